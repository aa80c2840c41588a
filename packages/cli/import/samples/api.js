setInterval(() => {}, 1000);
console.log("api", process.argv.slice(2).join("|"));
