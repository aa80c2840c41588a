// live.ts: keeps the page's state in step with the system.
import type { SystemEvent } from "@skelly-jelly/contract";
import { ask } from "./api.ts";
import type { News } from "./state.ts";
import { tell } from "./store.ts";
import { openStream } from "./stream.ts";

const NAMES: ReadonlySet<string> = new Set(["snapshot", "event", "status", "connection"]);
const PAST = 500;

export function goLive(): void {
  let pastKnown = false;
  openStream(
    "/v1/events",
    ({ name, data }) => {
      if (!NAMES.has(name)) return;
      tell({ name, data: JSON.parse(data) } as News);
      if (name !== "snapshot" || pastKnown) return;
      pastKnown = true;
      ask<{ events: readonly SystemEvent[] }>(`/v1/events?limit=${PAST}`).then(
        ({ events }) => tell({ name: "past", data: events }),
        () => {
          // Asked again with the next snapshot.
          pastKnown = false;
        },
      );
    },
    (why) => tell({ name: "connection-is", data: why === "refused" ? "refused" : "gateway-away" }),
  );
}
