// shrink.ts: the smallest story that still fails: deeds, quirks and modules are left out while it does.
import { HOST, type Story } from "./story.ts";

/** `fails` plays a story and says whether it breaks the same invariant. */
export async function shrinkStory(
  story: Story,
  tries: number,
  fails: (story: Story) => Promise<boolean>,
): Promise<Story> {
  let best = story;
  let left = tries;
  const attempt = async (smaller: Story): Promise<boolean> => {
    if (left <= 0) return false;
    left -= 1;
    if (!(await fails(smaller))) return false;
    best = smaller;
    return true;
  };
  for (let before: Story | null = null; before !== best && left > 0; ) {
    before = best;
    await withoutDeeds(() => best, attempt);
    await withoutModules(() => best, attempt);
    await withoutQuirks(() => best, attempt);
    await withoutEdges(() => best, attempt);
  }
  return best;
}

type Attempt = (smaller: Story) => Promise<boolean>;

/** Halves first, then ever smaller runs, then single ones. */
async function withoutDeeds(best: () => Story, attempt: Attempt): Promise<void> {
  for (let size = best().deeds.length; size >= 1; size = size >> 1) {
    for (let at = best().deeds.length - size; at >= 0; at -= size) {
      const { deeds } = best();
      await attempt({ ...best(), deeds: deeds.filter((_, nth) => nth < at || nth >= at + size) });
    }
  }
}

async function withoutModules(best: () => Story, attempt: Attempt): Promise<void> {
  for (const { id } of [...best().system.modules].reverse()) {
    const { system, deeds } = best();
    if (id === HOST && system.modules.some(({ runner }) => runner === "worker")) continue;
    const modules = system.modules
      .filter((module) => module.id !== id)
      .map((module) => ({ ...module, dependsOn: module.dependsOn.filter(({ on }) => on !== id) }));
    if (modules.length === 0) continue;
    await attempt({
      ...best(),
      system: { ...system, modules },
      deeds: deeds.filter((deed) => !("module" in deed) || deed.module !== id),
    });
  }
}

async function withoutQuirks(best: () => Story, attempt: Attempt): Promise<void> {
  for (const instance of Object.keys(best().quirks)) {
    const { [instance]: own = [], ...others } = best().quirks;
    if (await attempt({ ...best(), quirks: others })) continue;
    for (let nth = own.length - 1; nth >= 0; nth--) {
      const kept = best().quirks[instance] ?? [];
      if (kept[nth] === null) continue;
      const calmer = kept.map((quirk, at) => (at === nth ? null : quirk));
      await attempt({ ...best(), quirks: { ...best().quirks, [instance]: calmer } });
    }
  }
}

async function withoutEdges(best: () => Story, attempt: Attempt): Promise<void> {
  for (const { id, dependsOn } of best().system.modules) {
    for (const { on } of dependsOn) {
      const { system } = best();
      const modules = system.modules.map((module) =>
        module.id === id
          ? { ...module, dependsOn: module.dependsOn.filter((edge) => edge.on !== on) }
          : module,
      );
      await attempt({ ...best(), system: { ...system, modules } });
    }
  }
}
