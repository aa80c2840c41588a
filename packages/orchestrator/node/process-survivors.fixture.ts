// process-survivors.fixture.ts: a small orchestrator, to be killed. Starts the shell lines it is given
// as `m#1`, `m#2` …; says one JSON line for each fact; starts the next incarnation for each line it reads.
import { createInterface } from "node:readline";
import { requestFor } from "./process-runner.harness.ts";
import { createProcessRunner } from "./process-runner.ts";

const [directory = "", runDirectory = "", options = "{}", ...lines] = process.argv.slice(2);
const runner = createProcessRunner({
  system: "test",
  runDirectory,
  baseEnv: process.env,
  ...JSON.parse(options),
});
const incarnations = new Map<string, number>();
const start = (line: string, index: number): void => {
  const instance = `m#${index + 1}`;
  const incarnation = (incarnations.get(instance) ?? 0) + 1;
  incarnations.set(instance, incarnation);
  runner.start(requestFor(directory, instance, incarnation, line), (fact) => {
    console.log(JSON.stringify({ instance, incarnation, ...fact }));
  });
};
runner.survivors();
lines.forEach(start);
createInterface({ input: process.stdin }).on("line", () => lines.forEach(start));
