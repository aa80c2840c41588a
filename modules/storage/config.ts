// config.ts: what the user may choose about storage.
import type { Retention } from "./user-data.ts";

export type StorageConfig = {
  readonly retention: Retention;
  readonly databaseMaxBytes: number;
  /** How long after a window's end the clock closes it when its producer is silent. */
  readonly graceMs: number;
};

const DEFAULTS: StorageConfig = {
  retention: { rawDays: 7, hourlyDays: 30, dailyDays: 365 },
  databaseMaxBytes: 1_000_000_000,
  graceMs: 15_000,
};

const LIMITS: Readonly<Record<string, readonly [number, number]>> = {
  rawDays: [0.01, 365],
  hourlyDays: [1, 3650],
  dailyDays: [1, 3650],
  databaseMaxBytes: [100_000, 1e12],
  graceMs: [1000, 600_000],
};

function numberFrom(chosen: unknown, name: string, usual: number): number {
  const value = chosen ?? usual;
  const [min, max] = LIMITS[name] ?? [0, Number.MAX_SAFE_INTEGER];
  if (typeof value !== "number" || !(value >= min && value <= max)) {
    throw new Error(`storage: ${name} must be a number from ${min} to ${max}, got ${value}`);
  }
  return value;
}

function known(value: unknown, names: readonly string[], where: string): Record<string, unknown> {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null) throw new Error(`${where} must be an object`);
  const stranger = Object.keys(value).find((key) => !names.includes(key));
  if (stranger !== undefined) {
    throw new Error(`${where}: no setting '${stranger}'; there are ${names.join(", ")}`);
  }
  return value as Record<string, unknown>;
}

/** Throws with the sentence for the user when something is wrong. */
export function storageConfig(chosen: object): StorageConfig {
  const top = known(chosen, ["retention", "databaseMaxBytes", "graceMs"], "storage");
  const keep = known(top["retention"], Object.keys(DEFAULTS.retention), "storage: retention");
  const { retention } = DEFAULTS;
  return {
    retention: {
      rawDays: numberFrom(keep["rawDays"], "rawDays", retention.rawDays),
      hourlyDays: numberFrom(keep["hourlyDays"], "hourlyDays", retention.hourlyDays),
      dailyDays: numberFrom(keep["dailyDays"], "dailyDays", retention.dailyDays),
    },
    databaseMaxBytes: numberFrom(
      top["databaseMaxBytes"],
      "databaseMaxBytes",
      DEFAULTS.databaseMaxBytes,
    ),
    graceMs: numberFrom(top["graceMs"], "graceMs", DEFAULTS.graceMs),
  };
}
