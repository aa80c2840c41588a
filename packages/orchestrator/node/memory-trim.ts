// memory-trim.ts: gives the pages of the Node binary that only its start needed back to the kernel, once.
import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { endianness } from "node:os";

export type TrimResult =
  | {
      readonly done: true;
      readonly by: "node:ffi" | "koffi";
      readonly ranges: number;
      /** Address space that was offered; what of it was resident shows in the difference of RSS. */
      readonly offeredBytes: number;
      readonly rssBeforeBytes: number;
      readonly rssAfterBytes: number;
    }
  | { readonly done: false; readonly why: string };

export type TrimOptions = {
  readonly enabled: boolean;
  /** Where an optional `koffi` is looked for: paths of files or folders. */
  readonly resolveFrom?: readonly string[];
};

export type Range = { readonly start: number; readonly bytes: number };

type Advise = (start: bigint, bytes: bigint) => number;
type Native = { readonly by: "node:ffi" | "koffi"; readonly advise: Advise; close(): void };

const MADV_DONTNEED = 4;

/**
 * Only mappings of the binary's own file that may not be written and of which no page ever was: the
 * kernel forgets where they are, and reads them from the page cache again when they are touched.
 * Nothing else is ever given back. Without a way to call madvise it says so and does nothing.
 */
export function trimMemory({ enabled, resolveFrom = [] }: TrimOptions): TrimResult {
  if (!enabled) return not("switched off");
  if (process.platform !== "linux") return not("only Linux shows which pages were never written");
  if (endianness() !== "LE") return not("not tried on this processor");
  let native: Native | null = null;
  try {
    const ranges = neverWritten(readFileSync("/proc/self/smaps", "latin1"), binaryPath());
    if (ranges.length === 0) return not("the binary has no mapping that was never written");
    native = nativeCalls(resolveFrom);
    if (native === null) return not("neither node:ffi nor koffi is here");
    const { by, advise } = native;
    const rssBeforeBytes = process.memoryUsage.rss();
    let offeredBytes = 0;
    for (const { start, bytes } of ranges) {
      const answer = advise(BigInt(start), BigInt(bytes));
      if (answer !== 0) return not(`madvise by ${by} answered ${answer}`);
      offeredBytes += bytes;
    }
    const rssAfterBytes = process.memoryUsage.rss();
    return { done: true, by, ranges: ranges.length, offeredBytes, rssBeforeBytes, rssAfterBytes };
  } catch (error) {
    return not((error as Error).message);
  } finally {
    native?.close();
  }
}

const not = (why: string): TrimResult => ({ done: false, why });

const binaryPath = (): string => realpathSync("/proc/self/exe");

const MAPPING = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ (\d+)\s+(.*)$/;

/**
 * Read-only, private, of the binary's file, with no page of its own: one that was ever written is
 * anonymous, or in swap. (Dirty says nothing: so are the pages of a file that was just installed.)
 */
export function neverWritten(smaps: string, binary: string): readonly Range[] {
  const found: Range[] = [];
  let range: Range | null = null;
  let clean = false;
  const settle = () => {
    if (range !== null && clean) found.push(range);
    range = null;
  };
  for (const line of smaps.split("\n")) {
    const mapping = MAPPING.exec(line);
    if (mapping !== null) {
      settle();
      const [, from = "", to = "", rights = "", , path] = mapping;
      const start = Number.parseInt(from, 16);
      const mayBeGiven = path === binary && /^r-.p$/.test(rights);
      range = mayBeGiven ? { start, bytes: Number.parseInt(to, 16) - start } : null;
      clean = true;
    } else if (/^(?:Anonymous|Swap|Locked):\s+[1-9]/.test(line)) {
      clean = false;
    }
  }
  settle();
  return found;
}

function nativeCalls(resolveFrom: readonly string[]): Native | null {
  return fromNodeFfi() ?? fromKoffi(resolveFrom);
}

/** Node 26 and later. */
function fromNodeFfi(): Native | null {
  const ffi = process.getBuiltinModule("node:ffi" as string) as unknown as NodeFfi | undefined;
  if (ffi === undefined) return null;
  const signature = { arguments: ["u64", "u64", "i32"], return: "i32" };
  const { lib, functions } = ffi.dlopen("libc.so.6", { madvise: signature });
  const madvise = functions["madvise"];
  if (madvise === undefined) {
    lib?.close?.();
    return null;
  }
  return {
    by: "node:ffi",
    advise: (start, bytes) => Number(madvise(start, bytes, MADV_DONTNEED)),
    close: () => lib?.close?.(),
  };
}

function fromKoffi(resolveFrom: readonly string[]): Native | null {
  for (const place of resolveFrom) {
    let koffi: Koffi;
    try {
      koffi = createRequire(place)("koffi") as Koffi;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") continue;
      throw error;
    }
    const library = koffi.load("libc.so.6");
    const madvise = library.func("int madvise(uint64_t address, uint64_t length, int advice)");
    return {
      by: "koffi",
      advise: (start, bytes) => Number(madvise(start, bytes, MADV_DONTNEED)),
      close: () => library.unload?.(),
    };
  }
  return null;
}

type NativeFunction = (...values: (bigint | number)[]) => unknown;

type NodeFfi = {
  dlopen(
    name: string,
    functions: object,
  ): { lib?: { close?(): void }; functions: Readonly<Record<string, NativeFunction>> };
};

type Koffi = {
  load(name: string): { func(prototype: string): NativeFunction; unload?(): void };
};
