// launch.ts: the command from source, as bin/skelly.js runs the bundle.
import { main } from "../main.ts";

await main({ argv: process.argv.slice(2), root: process.env["SKELLY_TEST_ROOT"] ?? "" });
