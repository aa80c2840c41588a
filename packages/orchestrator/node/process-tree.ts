// process-tree.ts: a process and all that descends from it, as its kernel lists them.
import { readFileSync } from "node:fs";

/** A runaway fork must not hold up supervision. */
const TREE_MAX = 4096;

/** Children of other threads than the main one, and those that were given away, are not in it. */
export function processTree(root: number): readonly number[] {
  const tree = [root];
  for (let at = 0; at < tree.length && tree.length < TREE_MAX; at += 1) {
    tree.push(...childrenOf(tree[at] as number));
  }
  return tree;
}

function childrenOf(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim();
    return text === "" ? [] : text.split(" ").map(Number);
  } catch {
    // It ended, or the kernel does not list children.
    return [];
  }
}
