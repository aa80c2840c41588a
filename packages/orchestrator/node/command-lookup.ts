// command-lookup.ts: whether a command is there and may be run, asked before anything is forked.
import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readFileSync,
  readSync,
  statSync,
} from "node:fs";
import { isAbsolute, join } from "node:path";

/** The file that `execvp` would run, or `null`. Relative names are relative to the module's folder. */
export function findCommand(name: string, cwd: string, path: string): string | null {
  if (name === "") return null;
  if (name.includes("/")) {
    const file = isAbsolute(name) ? name : join(cwd, name);
    return isExecutable(file) ? file : null;
  }
  for (const folder of path.split(":")) {
    const file = join(isAbsolute(folder) ? folder : join(cwd, folder), name);
    if (isExecutable(file)) return file;
  }
  return null;
}

/** The interpreter in a script's first line when that is not there; `null` when all is well. */
export function missingInterpreter(file: string): string | null {
  const line = firstBytes(file);
  if (!line.startsWith("#!")) return null;
  const interpreter =
    line
      .slice(2)
      .trimStart()
      .split(/[\s\0]/, 1)[0] ?? "";
  return isAbsolute(interpreter) && !isExecutable(interpreter) ? interpreter : null;
}

/** A user by name or number, from /etc/passwd; `null` when there is none. */
export function findUser(name: string): { name: string; uid: number; gid: number } | null {
  for (const line of readFileSync("/etc/passwd", "utf8").split("\n")) {
    const [login = "", , uid = "", gid = ""] = line.split(":");
    if (login !== "" && (login === name || uid === name)) {
      return { name: login, uid: Number(uid), gid: Number(gid) };
    }
  }
  return null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function firstBytes(file: string): string {
  try {
    const fd = openSync(file, "r");
    try {
      const buffer = Buffer.alloc(256);
      return buffer.toString("latin1", 0, readSync(fd, buffer)).split("\n", 1)[0] ?? "";
    } finally {
      closeSync(fd);
    }
  } catch {
    // Executable but not readable: the kernel will say.
    return "";
  }
}
