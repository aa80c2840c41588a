#!/usr/bin/env node
console.log("skelly");
