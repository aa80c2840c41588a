// view-stream.ts: server-sent events: a snapshot, then what changed; a page that comes back resumes.
import type { ServerResponse } from "node:http";
import type { View } from "./scene.ts";

export const VIEWERS_MAX = 16;
const CHANGES_KEPT = 64;
export const BEAT_MS = 15_000;
/** A page that does not read for so long that this much waits is cut; it comes back by itself. */
const UNREAD_MAX_BYTES = 256 * 1024;

export type ViewStream = {
  readonly viewers: number;
  /** False when there are too many already. `lastEventId` is what a returning page last saw. */
  join(response: ServerResponse, lastEventId: string | undefined): boolean;
  /** Sends what differs from the view before; nothing when nothing does. */
  show(view: View): void;
  close(): void;
};

/** `epoch` tells this life of the module from those before, whose numbers mean nothing now. */
export function createViewStream(epoch: string, first: View, onLeave: () => void): ViewStream {
  const clients = new Set<ServerResponse>();
  const changes: { readonly seq: number; readonly text: string }[] = [];
  let view = first;
  let seq = 0;
  let beat: NodeJS.Timeout | null = null;

  const send = (client: ServerResponse, text: string): void => {
    client.write(text);
    if (client.writableLength > UNREAD_MAX_BYTES) client.destroy();
  };
  const event = (name: string, data: unknown): string =>
    `id: ${epoch}.${seq}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

  function leave(client: ServerResponse): void {
    if (!clients.delete(client)) return;
    if (clients.size === 0 && beat !== null) {
      clearInterval(beat);
      beat = null;
    }
    onLeave();
  }

  function missed(lastEventId: string | undefined): readonly string[] | null {
    const [life, number] = lastEventId?.split(".") ?? [];
    const after = Number(number);
    if (life !== epoch || !Number.isInteger(after) || after > seq) return null;
    const oldest = changes[0]?.seq ?? seq + 1;
    if (after < oldest - 1) return null;
    return changes.filter((change) => change.seq > after).map(({ text }) => text);
  }

  return {
    get viewers() {
      return clients.size;
    },
    join(response, lastEventId) {
      if (clients.size >= VIEWERS_MAX) return false;
      clients.add(response);
      response.on("close", () => leave(response));
      response.on("error", () => leave(response));
      const news = missed(lastEventId);
      send(response, "retry: 1500\n\n");
      if (news === null) send(response, event("snapshot", view));
      else send(response, [...news, "event: beat\ndata: {}\n\n"].join(""));
      beat ??= setInterval(() => {
        for (const client of clients) send(client, "event: beat\ndata: {}\n\n");
      }, BEAT_MS).unref();
      return true;
    },
    show(next) {
      const difference = differenceOf(view, next);
      view = next;
      if (difference === null) return;
      seq++;
      const text = event("change", difference);
      changes.push({ seq, text });
      if (changes.length > CHANGES_KEPT) changes.shift();
      for (const client of clients) send(client, text);
    },
    close() {
      if (beat !== null) clearInterval(beat);
      for (const client of clients) client.end();
      clients.clear();
    },
  };
}

/** The top-level fields that are no longer the same. */
export function differenceOf(before: View, after: View): Partial<View> | null {
  const changed = Object.entries(after).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key as keyof View]),
  );
  return changed.length === 0 ? null : Object.fromEntries(changed);
}
