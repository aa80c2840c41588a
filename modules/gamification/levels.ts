// levels.ts: from experience to level and title. Pure.

const FIRST_COST = 100;
const COST_STEP = 150;
const TITLES = [
  "Loose Bones",
  "Steady Joints",
  "Spine Straightener",
  "Marrow Keeper",
  "Rib Architect",
  "Bone Conductor",
  "Skeleton Key",
] as const;
const LEVELS_A_TITLE = 5;

/** Level 1 costs 100, each one after it 150 more than the one before. */
export function levelOf(xp: number): number {
  let level = 1;
  let left = xp;
  for (let cost = FIRST_COST; left >= cost; cost += COST_STEP) {
    left -= cost;
    level++;
  }
  return level;
}

export function titleOf(level: number): string {
  const index = Math.min(TITLES.length - 1, Math.floor((level - 1) / LEVELS_A_TITLE));
  return TITLES[index] ?? TITLES[0];
}
