// process-compose.ts: imports process-compose.yaml (F1bonacc1/process-compose).
import { dirname, resolve } from "node:path";
import { readYaml } from "../read-config/read-yaml.ts";
import { Group } from "./group.ts";
import type { Draft, DraftEdge, Imported, Source, WritableModule } from "./imported.ts";
import { malformed } from "./notes.ts";
import { dotenvBeside, Ids, noteOverrides, placeIn } from "./parts.ts";
import { GLOBAL_ADVICE, PROCESS_ADVICE } from "./process-compose-advice.ts";
import { restartOf, stopOf } from "./process-compose-life.ts";
import { probesOf } from "./process-compose-probes.ts";
import type { ProcessPlace, Project } from "./process-compose-project.ts";
import { commandOfProcess, envOfProcess, wordsOf } from "./process-compose-words.ts";

export function importProcessCompose(source: Source): Imported {
  const { shown, text, folder, notes } = source;
  const { value, places, problems } = readYaml(text);
  const [problem] = problems.filter(({ severity }) => severity === "error");
  if (problem !== undefined) throw malformed(shown, problem.line, problem.message);
  const root = Group.of(value, [], { shown, places });
  root.take("version");
  const dotenv = dotenvBeside(folder, dirname(shown));
  const words = wordsOf(root, { ...dotenv?.values, ...source.env });
  const project: Project = { source, words, dotenv, environment: root };
  const processes = root.groups("processes");
  if (processes.length === 0) throw malformed(shown, root.line("processes"), "it names no process");
  noteOverrides(source);
  const ids = new Ids();
  const drafts = processes.flatMap(([name, group]) => draftsOf(project, name, group, ids));
  envOfProcess(project, root, null);
  root.noteRest(notes, null, GLOBAL_ADVICE);
  return { name: root.text("name"), drafts, leftOut: [], profiles: {} };
}

/** One module; or one for each replica where the command wants to know which it is. */
function draftsOf(project: Project, name: string, group: Group, ids: Ids): Draft[] {
  const replicas = group.whole("replicas") ?? 1;
  const command = `${group.text("command") ?? ""} ${(group.texts("entrypoint") ?? []).join(" ")}`;
  if (replicas <= 1 || !command.includes("PC_REPLICA_NUM")) {
    return [draftOf(project, { name, group, id: ids.of(name), replica: null })];
  }
  return Array.from({ length: replicas }, (_, replica) =>
    draftOf(project, { name, group, id: ids.of(`${name}-${replica}`), replica }),
  );
}

function draftOf(project: Project, place: ProcessPlace): Draft {
  const { source, words } = project;
  const { group, id, name, replica } = place;
  const { notes, folder } = source;
  const note = (what: string, key: string, instead: string): void =>
    notes.add({ module: id, what, line: group.line(key), instead });
  const directory = group.text("working_dir");
  const cwd = resolve(
    folder,
    directory === null ? "." : words.now(directory, place, "working_dir", notes),
  );
  const config: WritableModule = { command: commandOfProcess(project, place) };
  placeIn(config, source.outFolder, cwd, directory ?? "");
  Object.assign(config, envOfProcess(project, group, place));
  const replicas = group.whole("replicas") ?? 1;
  if (replica === null && replicas > 1) config.instances = replicas;
  if (replicas === 0) note("replicas: 0", "replicas", "`skelly stop` keeps a module stopped.");
  if (group.flag("disabled") === true) {
    config.profiles = ["disabled"];
    note(
      "disabled",
      "disabled",
      "It starts with `skelly up --profile disabled`; else remove `profiles`.",
    );
  }
  if (group.flag("is_daemon") === true) {
    note(
      "is_daemon",
      "is_daemon",
      "Let it run in the foreground: remove the flag that detaches it (`-d`, `--daemon`).",
    );
  }
  Object.assign(config, probesOf(project, place));
  Object.assign(config, restartOf(place, notes), stopOf(place, notes));
  const description = group.text("description");
  const edges = edgesOf(project, place);
  group.noteRest(notes, id, PROCESS_ADVICE);
  return {
    name,
    id,
    line: group.line(),
    config,
    edges,
    comments: description === null ? [] : [description],
  };
}

const CONDITIONS: Readonly<Record<string, DraftEdge["condition"]>> = {
  process_started: "started",
  process_healthy: "healthy",
  process_log_ready: "healthy",
  process_completed: "completed",
  process_completed_successfully: "completed",
};

function edgesOf({ source }: Project, { group, id }: ProcessPlace): DraftEdge[] {
  return group.groups("depends_on").map(([on, edge]) => {
    const written = edge.text("condition") ?? "process_started";
    const condition = CONDITIONS[written];
    if (condition === undefined) {
      const known = Object.keys(CONDITIONS).join(", ");
      throw malformed(
        source.shown,
        edge.line("condition"),
        `'${written}' is no condition: ${known}`,
      );
    }
    if (written === "process_completed") {
      source.notes.add({
        module: id,
        what: `process_completed of '${on}', which is any end`,
        line: edge.line("condition"),
        instead: `It waits for its success: write the other codes in successExitCodes of '${on}'.`,
      });
    }
    edge.noteRest(source.notes, id, {}, `depends_on ${on}: `);
    return { on, condition, line: edge.line() };
  });
}
