// compose.ts: imports the processes of compose.yaml: services that say themselves what they run.
import { dirname } from "node:path";
import { readYaml } from "../read-config/read-yaml.ts";
import { GLOBAL_ADVICE, SERVICE_ADVICE } from "./compose-advice.ts";
import { healthOf } from "./compose-health.ts";
import { limitsOf, restartOf, stopOf } from "./compose-life.ts";
import type { Project, Service } from "./compose-project.ts";
import { commandOfService, environmentOf, folderOf } from "./compose-words.ts";
import { Group } from "./group.ts";
import type { Draft, DraftEdge, Imported, LeftOut, Source, WritableModule } from "./imported.ts";
import { malformed } from "./notes.ts";
import { dotenvBeside, Ids, noteOverrides, placeIn } from "./parts.ts";
import { valueNow, withVariables } from "./variables.ts";

export function importCompose(source: Source): Imported {
  const { shown, text, folder, notes } = source;
  const { value, places, problems } = readYaml(text);
  const [problem] = problems.filter(({ severity }) => severity === "error");
  if (problem !== undefined) throw malformed(shown, problem.line, problem.message);
  const root = Group.of(value, [], { shown, places });
  // Obsolete, and without effect there too.
  root.take("version");
  const services = root.groups("services");
  if (services.length === 0) throw malformed(shown, root.line("services"), "it names no service");
  const dotenv = dotenvBeside(folder, dirname(shown));
  const env = { ...dotenv?.values, ...source.env };
  const project: Project = {
    source,
    dotenv,
    now: ({ id, group }, key, written) => {
      const pieces = withVariables(written);
      if (pieces.some((piece) => typeof piece !== "string")) {
        const instead = "It has the value of the day of the import; change it here.";
        notes.add({ module: id, what: `the variable in ${key}`, line: group.line(key), instead });
      }
      return valueNow(pieces, env);
    },
  };
  noteOverrides(source);
  const ids = new Ids();
  const drafts: Draft[] = [];
  const leftOut: LeftOut[] = [];
  for (const [name, group] of services) {
    const runs = ["command", "entrypoint"].some((key) => !isEmpty(group.take(key)));
    if (runs && !onlyArguments(group))
      drafts.push(draftOf(project, { name, id: ids.of(name), group }));
    else leftOut.push(leaveOut(project, name, group));
  }
  const name = root.text("name");
  root.noteRest(notes, null, GLOBAL_ADVICE);
  return {
    name: name === null ? null : valueNow(withVariables(name), env),
    drafts,
    leftOut,
    profiles: {},
  };
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

/** Words for the entrypoint of the image, which is not here. */
const onlyArguments = (group: Group): boolean =>
  isEmpty(group.take("entrypoint")) && /^\s*-/.test(group.texts("command")?.[0] ?? "");

/** What it runs is inside its image. */
function leaveOut({ source }: Project, name: string, group: Group): LeftOut {
  const image = group.text("image");
  const what = onlyArguments(group)
    ? "Its command is only arguments for the entrypoint of its image"
    : image !== null
      ? `It runs the image ${image}, and names no command`
      : group.has("build")
        ? "What it runs is in its Dockerfile"
        : group.has("extends")
          ? "It takes what it runs from another service (extends)"
          : "It names no command";
  const why = `${what}. Run it with Docker, or write its command here.`;
  source.notes.add({
    module: null,
    what: `the service '${name}'`,
    line: group.line(),
    instead: why,
  });
  return { name, line: group.line(), why };
}

function draftOf(project: Project, service: Service): Draft {
  const { source } = project;
  const { notes } = source;
  const { name, id, group } = service;
  const { folder, comment } = folderOf(project, service);
  const { env, exports, envFile } = environmentOf(project, service);
  const config: WritableModule = { command: commandOfService(project, service, exports) };
  placeIn(config, source.outFolder, folder, group.text("working_dir") ?? "");
  if (Object.keys(env).length > 0) config.env = env;
  if (envFile.length > 0) config.envFile = envFile.length === 1 ? (envFile[0] as string) : envFile;
  const profiles = group.texts("profiles");
  if (profiles !== null && profiles.length > 0) config.profiles = profiles;
  Object.assign(config, healthOf(project, service));
  Object.assign(
    config,
    restartOf(project, service),
    stopOf(project, service),
    limitsOf(project, service),
  );
  const edges = edgesOf(project, service);
  for (const key of ["image", "build"]) {
    if (!group.has(key)) continue;
    group.take(key);
    notes.add({
      module: id,
      what: key,
      line: group.line(key),
      instead: "It runs here as a process of this machine: install what it needs here.",
    });
  }
  group.noteRest(notes, id, SERVICE_ADVICE);
  return {
    name,
    id,
    line: group.line(),
    config,
    edges,
    comments: comment === null ? [] : [comment],
  };
}

const CONDITIONS: Readonly<Record<string, DraftEdge["condition"]>> = {
  service_started: "started",
  service_healthy: "healthy",
  service_completed_successfully: "completed",
};

/** Short: a list of names. Long: with conditions. */
function edgesOf({ source }: Project, { id, group }: Service): DraftEdge[] {
  if (group.isList("depends_on")) {
    const line = group.line("depends_on");
    return (group.texts("depends_on") ?? []).map((on) => ({ on, condition: "started", line }));
  }
  return group.groups("depends_on").map(([on, edge]) => {
    const written = edge.text("condition") ?? "service_started";
    const condition = CONDITIONS[written];
    if (condition === undefined) {
      throw edge.wrong("condition", Object.keys(CONDITIONS).join(", "));
    }
    const restarts = edge.flag("restart") === true;
    const needed = edge.flag("required") !== false;
    if (!needed) {
      source.notes.add({
        module: id,
        what: `required: false of its dependency on '${on}'`,
        line: edge.line("required"),
        instead: `It waits for '${on}' at its start; later it goes on without. To start without, remove the edge.`,
      });
    }
    edge.noteRest(source.notes, id, {}, `depends_on ${on}: `);
    const whenDown = restarts ? "restart" : needed ? null : "ignore";
    return { on, condition, line: edge.line(), ...(whenDown !== null && { whenDown }) };
  });
}
