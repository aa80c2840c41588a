// module-description.tsx: what a module was told to be: its edges, probes, limits, and what is done when it fails.
import type { ModuleDescription, ModuleStatus, Probe, Rung } from "@skelly-jelly/contract";
import type { ComponentChild, ComponentChildren } from "preact";
import { bytes, duration, number } from "./format.ts";
import { moduleHref } from "./router.ts";

type Props = {
  readonly module: ModuleStatus;
  readonly described: ModuleDescription | null;
};

export function Description({ module, described }: Props): ComponentChild {
  return (
    <section aria-labelledby="facts">
      <h2 id="facts">What it is</h2>
      <dl class="facts-list">
        <Fact name="Runs as">{runText(module, described)}</Fact>
        <Fact name="Life">
          incarnation {module.incarnation}, {module.restarts}{" "}
          {module.restarts === 1 ? "restart" : "restarts"}
          {module.readyMs !== null && `, ready in ${duration(module.readyMs)}`}
        </Fact>
        {module.exit !== null && (
          <Fact name="Last end">
            {module.exit.signal === null
              ? `exit code ${module.exit.code ?? "unknown"}`
              : `killed by ${module.exit.signal}`}
          </Fact>
        )}
        {described !== null && <Told described={described} module={module} />}
      </dl>
    </section>
  );
}

function Told({ described, module }: { readonly described: ModuleDescription } & Props) {
  const { dependsOn, ready, liveness, limits, ladder, env, healthLimits } = described;
  const limited = [
    limits.cpuPercent !== undefined && `${limits.cpuPercent} % CPU`,
    limits.memoryBytes !== undefined && bytes(limits.memoryBytes),
    limits.fileHandles !== undefined && `${number(limits.fileHandles)} file handles`,
    limits.threads !== undefined && `${number(limits.threads)} threads`,
  ].filter((each) => each !== false);
  const enforced = module.enforcement === "none" ? "not enforced" : `by ${module.enforcement}`;
  return (
    <>
      <Fact name="Needs">
        {dependsOn.length === 0
          ? "nobody"
          : dependsOn.map(({ on, condition, whenDown }) => (
              <div>
                <a href={moduleHref(on)}>{on}</a> {condition}
                <small> · when down: {whenDown}</small>
              </div>
            ))}
      </Fact>
      <Fact name="Ready when">{ready === null ? "started" : probeText(ready)}</Fact>
      <Fact name="Alive when">{liveness === null ? "nothing asks" : probeText(liveness)}</Fact>
      <Fact name="Limits">
        {limited.length === 0 ? "none" : `${limited.join(", ")} (${enforced})`}
        {Object.entries(healthLimits).map(([name, { warn, fail }]) => (
          <div>
            {name}
            {warn !== undefined && ` warns at ${number(warn)}`}
            {fail !== undefined && ` fails at ${number(fail)}`}
          </div>
        ))}
      </Fact>
      <Fact name="When it fails">
        {described.autoRecovery ? (
          <ol class="ladder">
            {ladder.map((rung) => (
              <li>{rungText(rung)}</li>
            ))}
          </ol>
        ) : (
          "a person is waited for"
        )}
      </Fact>
      <Fact name="Stops by">
        {described.stop.signal}, at most {duration(described.stop.timeoutMs)}
      </Fact>
      {env.length > 0 && <Fact name="Environment">{env.join(", ")}</Fact>}
    </>
  );
}

const Fact = ({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ComponentChildren;
}) => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
);

function runText({ runner, pid, required }: ModuleStatus, described: ModuleDescription | null) {
  const run = described?.run;
  const what =
    run === undefined || run.kind === "definition"
      ? null
      : run.kind === "command"
        ? run.argv.join(" ")
        : run.kind === "shell"
          ? run.line
          : run.file;
  return (
    <>
      {described?.task === true ? "task, " : ""}
      {runner}
      {pid !== null && ` ${pid}`}, {required ? "required" : "optional"}
      {what !== null && <code class="command">{what}</code>}
    </>
  );
}

function probeText({ ask, intervalMs, timeoutMs, threshold }: Probe): string {
  const often = `every ${duration(intervalMs)}, limit ${duration(timeoutMs)}, ${threshold} in a row`;
  switch (ask.kind) {
    case "http":
      return `${ask.url} answers ${ask.status.join("–")} (${often})`;
    case "tcp":
      return `${ask.host}:${ask.port} takes a connection (${often})`;
    case "exec":
      return `${ask.argv.join(" ")} ends with 0 (${often})`;
    case "log":
      return `a line matches ${ask.pattern}`;
    case "notify-fd":
      return `it writes to file descriptor ${ask.fd}`;
    case "module":
      return `it says so itself (${often})`;
  }
}

function rungText(rung: Rung): string {
  switch (rung.kind) {
    case "restart":
    case "restart-with-reset": {
      const times = rung.attempts === 1 ? "once" : `${rung.attempts} times`;
      return `${rung.kind.replaceAll("-", " ")} ${times} in ${duration(rung.windowMs)}, waits ${duration(rung.backoffMs)} to ${duration(rung.backoffMaxMs)}`;
    }
    case "degraded-mode":
      return `go on at level ${rung.level}`;
    case "system-restart":
      return "restart the whole system";
    case "manual":
      return "wait for a person";
  }
}
