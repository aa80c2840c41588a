// process-finder.ts: which processes are an instance's: by its group, or by the mark in their environment.
import type { InstanceGroups } from "./instance-groups.ts";
import type { ProcessScan } from "./marked-processes.ts";
import { processTree } from "./process-tree.ts";

export type Sought = {
  readonly groups: InstanceGroups;
  readonly scan: ProcessScan;
  /** Of the present life; `null` when there is none. */
  mark(): string | null;
  parent(): number | null;
  /** A parent that has not spoken yet could not be told from its module. */
  parentIsTellable(): boolean;
  /** The main process of the present life. */
  main(): number | null;
};

/** How long what a scan of all processes found is good enough for pauses. */
const SCAN_AGE_MAX_MS = 1000;

export class ProcessFinder {
  private readonly sought: Sought;
  private scanned: readonly number[] = [];
  private scannedMs = Number.NEGATIVE_INFINITY;

  constructor(sought: Sought) {
    this.sought = sought;
  }

  /** Every process of the present life (or left by the last); never the parent. */
  find(): readonly number[] {
    const { groups, scan } = this.sought;
    const parent = this.sought.parent();
    const grouped = this.sought.parentIsTellable() ? groups.processes() : [];
    const inGroup = grouped.filter((pid) => pid !== parent);
    const mark = this.sought.mark();
    if (groups.inside || mark === null) return inGroup;
    return [...new Set([...inGroup, ...scan.of(mark, parent)])].filter((pid) => pid !== parent);
  }

  /** As `find`, without looking through all of the machine each time. */
  near(): readonly number[] {
    if (this.sought.groups.inside) return this.find();
    const nowMs = performance.now();
    if (nowMs - this.scannedMs > SCAN_AGE_MAX_MS) {
      this.scanned = this.find();
      this.scannedMs = nowMs;
    }
    const main = this.sought.main();
    return [...new Set([...this.scanned, ...(main === null ? [] : processTree(main))])];
  }
}
