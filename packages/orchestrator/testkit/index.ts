// index.ts: the door to the testkit: a system of your own in a world made of glass.
export * from "./descriptors.ts";
export * from "./fake-runner.ts";
export * from "./seeded-random.ts";
export * from "./sim-clock.ts";
export * from "./world.ts";
