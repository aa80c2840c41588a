// cgroup-places.ts: where this process stands in the kernel's group hierarchies, and small file helpers.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
} from "node:fs";

/** The leaf we move to where a v2 group may not hold both processes and limited groups. */
export const OWN_LEAF = "skelly-daemon";

/**
 * The folder of our own group: in the v1 hierarchy of a controller, or (`null`) in the v2 tree.
 * `null` when there is no such hierarchy here.
 */
export function ownPlace(controller: string | null): string | null {
  const place = placeIn(readOrEmpty("/proc/self/cgroup"), controller);
  // mountinfo: id parent device root mountpoint options ... - type source super-options
  const mount = readOrEmpty("/proc/self/mountinfo")
    .split("\n")
    .find((line) => isMountOf(line, controller))
    ?.split(" ");
  const [root, point] = [mount?.[3], mount?.[4]];
  if (place === null || root === undefined || point === undefined) return null;
  const below = root !== "/" && place.startsWith(root) ? place.slice(root.length) : place;
  const folder = `${point}${below}`.replace(/\/+$/, "");
  return folder.endsWith(`/${OWN_LEAF}`) ? folder.slice(0, -OWN_LEAF.length - 1) : folder;
}

/** Lines of /proc/self/cgroup: `number:controllers:path`, in the v2 tree `0::path`. */
function placeIn(text: string, controller: string | null): string | null {
  for (const line of text.split("\n")) {
    const [number, names = "", ...path] = line.split(":");
    const isIt = controller === null ? number === "0" && names === "" : has(names, controller);
    if (isIt) return path.join(":");
  }
  return null;
}

function isMountOf(line: string, controller: string | null): boolean {
  if (controller === null) return line.includes(" - cgroup2 ");
  const [, after] = line.split(" - ");
  const [type, , options = ""] = after?.split(" ") ?? [];
  return type === "cgroup" && has(options, controller);
}

const has = (names: string, name: string): boolean => names.split(",").includes(name);

export function makeFolder(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EEXIST";
  }
}

const buffer = Buffer.allocUnsafeSlow(16 * 1024);

/** Readings are many and small: a third of what `readFileSync` costs. */
export function readOrEmpty(path: string): string {
  let file: number | null = null;
  try {
    file = openSync(path, "r");
    const length = readSync(file, buffer, 0, buffer.length, 0);
    return length < buffer.length
      ? buffer.toString("latin1", 0, length)
      : readFileSync(path, "latin1");
  } catch {
    // No such file here, or no longer: nothing is in it.
    return "";
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** False when the kernel did not take it, or has no such file. */
export function writeTo(path: string, text: string): boolean {
  try {
    // A file that is not there is never made: the kernel makes them all with the folder.
    if (!existsSync(path)) return false;
    writeFileSync(path, text);
    return true;
  } catch {
    return false;
  }
}
