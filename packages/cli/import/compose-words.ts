// compose-words.ts: commands, environments and folders of services.
import { existsSync, statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { isPlain } from "@skelly-jelly/contract/internal";
import type { Project, Service } from "./compose-project.ts";
import { malformed } from "./notes.ts";
import {
  type EnvPair,
  type EnvParts,
  envFilesFrom,
  envPair,
  envParts,
  refuseName,
} from "./parts.ts";
import { commandOf, type Mixed, splitMixed, withVariables } from "./variables.ts";

/** Text is cut into words, as Compose does; no shell reads it. */
function wordsAt({ source }: Project, { group }: Service, key: string): Mixed[] {
  if (group.isList(key)) return (group.texts(key) ?? []).map(withVariables);
  const text = group.text(key);
  if (text === null) return [];
  const words = splitMixed(withVariables(text));
  if (words === null) throw malformed(source.shown, group.line(key), "a quote is never closed");
  return words;
}

export function commandOfService(
  project: Project,
  service: Service,
  exports: readonly EnvPair[],
): string | string[] {
  const { source } = project;
  const { group, id } = service;
  const entrypoint = wordsAt(project, service, "entrypoint");
  const command = wordsAt(project, service, "command");
  if (entrypoint.length === 0 && group.has("image")) {
    source.notes.add({
      module: id,
      what: "the image's own entrypoint",
      line: group.line("image"),
      instead:
        "Some images begin every command with a script of theirs; see that this command runs alone.",
    });
  }
  return commandOf([...entrypoint, ...command], exports);
}

export type ServiceEnvironment = EnvParts & { readonly envFile: readonly string[] };

export function environmentOf(project: Project, { group, id }: Service): ServiceEnvironment {
  const { source, dotenv } = project;
  const { notes, folder, outFolder } = source;
  const pairs: EnvPair[] = [];
  if (group.isList("environment")) {
    pairs.push(...(group.texts("environment") ?? []).map((text) => envPair(text, withVariables)));
  } else {
    const map = group.group("environment");
    for (const name of map?.keys() ?? []) {
      const text = map?.text(name) ?? null;
      pairs.push(text === null ? envPair(name, withVariables) : [name, withVariables(text)]);
    }
  }
  const inFile = new Set(Object.keys(dotenv?.values ?? {}));
  const parts = envParts(pairs, inFile, refuseName(notes, id, group.line("environment")));
  const files = envFilesOf(project, { group, id, name: "" });
  // Where Compose takes variables from; our module has to be given that file.
  const used = JSON.stringify([pairs, group.take("command"), group.take("entrypoint")]);
  const needsDotenv = [...inFile].some((name) => new RegExp(`\\$\\{?${name}\\b`).test(used));
  const all = needsDotenv ? [".env", ...files] : files;
  return { ...parts, envFile: envFilesFrom(outFolder, folder, [...new Set(all)]) };
}

function envFilesOf(project: Project, service: Service): string[] {
  const { source } = project;
  const { group, id } = service;
  const written = group.take("env_file");
  if (written === undefined) return [];
  return (Array.isArray(written) ? written : [written]).flatMap((item: unknown) => {
    const long = isPlain(item) ? item : { path: item };
    const { path, required = true } = long as { path?: unknown; required?: unknown };
    if (typeof path !== "string") throw group.wrong("env_file", "a path, or a list of paths");
    const file = project.now(service, "env_file", path);
    if (required !== false || existsSync(resolve(source.folder, file))) return [file];
    source.notes.add({
      module: id,
      what: `the env_file '${file}', which is not there`,
      line: group.line("env_file"),
      instead: "Skelly needs the files that it is told of: add it to `envFile` when it is there.",
    });
    return [];
  });
}

export type ServiceFolder = { readonly folder: string; readonly comment: string | null };

/** Folders of a container are not those of this machine. */
export function folderOf(project: Project, service: Service): ServiceFolder {
  const { source } = project;
  const { group, id } = service;
  const built = contextOf(project, service);
  const written = group.text("working_dir");
  const wanted = written === null ? null : project.now(service, "working_dir", written);
  if (wanted !== null && isFolder(resolve(source.folder, wanted))) {
    return { folder: resolve(source.folder, wanted), comment: null };
  }
  if (wanted !== null) {
    const where = isAbsolute(wanted) ? "a folder of the container" : "not there";
    source.notes.add({
      module: id,
      what: `working_dir: ${wanted}, ${where}`,
      line: group.line("working_dir"),
      instead:
        built === null || built === source.folder
          ? "It runs beside the file; write `cwd` to change that."
          : "It runs in the folder it is built from.",
    });
  }
  if (built === null || built === source.folder) return { folder: source.folder, comment: null };
  return { folder: built, comment: "Its folder is the one that its image is built from." };
}

function contextOf({ source }: Project, { group }: Service): string | null {
  const build = group.take("build");
  const context = isPlain(build) ? build["context"] : build;
  if (typeof context !== "string") return null;
  const folder = resolve(source.folder, context);
  return isFolder(folder) ? folder : null;
}

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
