// stream.ts: an event stream that comes back by itself. (EventSource cannot send a token.)
import { authorization } from "./api.ts";
import { type Message, messageReader } from "./sse-lines.ts";

const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 5_000;
/** The gateway says something every 15 s; who is silent much longer is gone. */
const SILENCE_MS = 40_000;

export type StreamEnd = "refused" | "away";

export function openStream(
  path: string,
  heard: (message: Message) => void,
  ended: (why: StreamEnd) => void = () => {},
): () => void {
  const stop = new AbortController();
  void stay(path, stop.signal, heard, ended);
  return () => stop.abort();
}

async function stay(
  path: string,
  stop: AbortSignal,
  heard: (message: Message) => void,
  ended: (why: StreamEnd) => void,
): Promise<void> {
  let lastId: string | null = null;
  let waitMs = RETRY_MIN_MS;
  while (!stop.aborted) {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), SILENCE_MS);
    try {
      const response: Response = await fetch(path, {
        headers: {
          accept: "text/event-stream",
          ...authorization(),
          ...(lastId !== null && { "last-event-id": lastId }),
        },
        signal: AbortSignal.any([stop, silence.signal]),
      });
      if (response.status === 401 || response.status === 403) return ended("refused");
      if (!response.ok || response.body === null) throw new Error(`answered ${response.status}`);
      const read = messageReader();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        waitMs = RETRY_MIN_MS;
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE_MS);
        for (const message of read(value)) {
          lastId = message.id ?? lastId;
          heard(message);
        }
      }
    } catch {
      // Whatever it was: the line is down, and is tried again below.
    } finally {
      clearTimeout(timer);
    }
    if (stop.aborted) return;
    ended("away");
    await new Promise((done) => setTimeout(done, waitMs));
    waitMs = Math.min(RETRY_MAX_MS, waitMs * 1.6);
  }
}
