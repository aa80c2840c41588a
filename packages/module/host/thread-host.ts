// thread-host.ts: what a worker host does when it is told: starts, ends and lists its threads.
import type { ThreadCommand, ThreadReport } from "@skelly-jelly/contract";
import type { ControlLink } from "./control-link.ts";
import { startInMainThread } from "./main-thread.ts";
import { messageOf } from "./module-log.ts";
import { startThread, type Thread, type ThreadStart } from "./threads.ts";

export type ThreadHost = {
  /** Ends all threads; resolves when none lives. */
  close(): Promise<void>;
  readonly count: number;
};

export type ThreadHostOptions = {
  readonly program: URL;
  readonly env: NodeJS.ProcessEnv;
  /** Ends the whole process: the only way to end a module in its main thread. */
  readonly endHost: (why: string) => void;
};

export function createThreadHost(link: ControlLink, options: ThreadHostOptions): ThreadHost {
  const { program, endHost } = options;
  const threads = new Map<string, Thread>();
  let onEmpty: (() => void) | null = null;
  const shared = withoutOwnNames(options.env);

  const tell = (report: ThreadReport): void => {
    if (report.type === "thread-ended") {
      threads.delete(keyOf(report));
      if (threads.size === 0) onEmpty?.();
    }
    // What cannot be sent now is in the list that follows the next hello.
    link.send(report);
  };
  const start = (message: ThreadStart): void => {
    const key = keyOf(message);
    if (threads.has(key)) return;
    const env = { ...shared, ...message.env };
    try {
      const thread =
        message.mode === "worker"
          ? startThread(program, message, env, tell)
          : startInMainThread(message, env, tell, endHost);
      threads.set(key, thread);
    } catch (error) {
      const { instance, incarnation } = message;
      const reason = messageOf(error);
      const ended = { code: null, message: reason, outOfMemory: false };
      tell({ type: "thread-ended", instance, incarnation, ...ended });
    }
  };
  const obey: { [T in ThreadCommand["type"]]: (m: Extract<ThreadCommand, { type: T }>) => void } = {
    "thread-start": start,
    "thread-terminate": (message) => threads.get(keyOf(message))?.terminate(),
    "thread-usage-ask": () => {
      void Promise.all([...threads.values()].map((thread) => thread.usage())).then((usages) =>
        link.send({ type: "thread-usage", threads: usages }),
      );
    },
  };
  link.onMessage((message) => {
    if (message.type === "welcome") {
      const list = [...threads.values()].map(({ instance, incarnation }) => ({
        instance,
        incarnation,
      }));
      link.send({ type: "thread-list", threads: list });
    } else if (Object.hasOwn(obey, message.type)) {
      obey[message.type as ThreadCommand["type"]](message as never);
    }
  });
  return {
    get count() {
      return threads.size;
    },
    async close() {
      if (threads.size === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      onEmpty = resolve;
      for (const thread of threads.values()) thread.terminate();
      await promise;
    },
  };
}

const keyOf = (name: { readonly instance: string; readonly incarnation: number }): string =>
  `${name.instance}/${name.incarnation}`;

/** The host's own token and identity are none of its threads' business. */
function withoutOwnNames(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("SKELLY_")));
}
