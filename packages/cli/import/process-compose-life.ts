// process-compose-life.ts: how its processes are restarted and stopped.
import { durationText, signalName } from "./amounts.ts";
import { MANY_ATTEMPTS, restartLadder, type WritableModule } from "./imported.ts";
import type { Notes } from "./notes.ts";
import type { ProcessPlace } from "./process-compose-project.ts";

const RESTARTS: Readonly<Record<string, "always" | "on-failure" | "never">> = {
  always: "always",
  on_failure: "on-failure",
  exit_on_failure: "never",
  no: "never",
  // An older spelling of the same.
  false: "never",
};

export function restartOf({ group, id }: ProcessPlace, notes: Notes): WritableModule {
  const availability = group.group("availability");
  if (availability === null) return { restart: "never" };
  const written = availability.text("restart") ?? "no";
  const restart = RESTARTS[written];
  if (restart === undefined) {
    throw availability.wrong("restart", "always, on_failure, exit_on_failure or no");
  }
  const note = (what: string, key: string, instead: string): void =>
    notes.add({ module: id, what, line: availability.line(key), instead });
  const seconds = availability.whole("backoff_seconds") ?? 1;
  const most = availability.whole("max_restarts") ?? 0;
  const ends = availability.flag("exit_on_end") === true;
  if (written === "exit_on_failure" || ends) {
    note(
      ends ? "exit_on_end" : "restart: exit_on_failure",
      ends ? "exit_on_end" : "restart",
      "The others go on. `skelly status` says `critical` while a required module has failed.",
    );
  }
  availability.noteRest(
    notes,
    id,
    {
      exit_on_skipped: "What depends on it waits, and `skelly status` says for whom.",
    },
    "availability.",
  );
  if (restart === "never") return { restart };
  if (most > 0) {
    note(
      `max_restarts: ${most} over its whole life`,
      "max_restarts",
      "Skelly counts failures in a row; a stable run (`stableAfter`) forgives earlier ones.",
    );
  }
  const backoff = durationText(1000 * Math.max(1, seconds));
  const ladder = restartLadder(most === 0 ? MANY_ATTEMPTS : most, backoff, backoff);
  return { restart, recovery: { ladder } };
}

export function stopOf({ group, id }: ProcessPlace, notes: Notes): WritableModule {
  const shutdown = group.group("shutdown");
  if (shutdown === null) return {};
  const command = shutdown.text("command");
  if (command !== null) {
    notes.add({
      module: id,
      what: `shutdown.command (${command})`,
      line: shutdown.line("command"),
      instead:
        "Skelly stops by signal. Let the program end at `stop.signal`, or trap it in a script.",
    });
  }
  const written = shutdown.text("signal");
  const signal = written === null ? null : signalName(written);
  if (written !== null && signal === null) throw shutdown.wrong("signal", "the number of a signal");
  const timeout = shutdown.whole("timeout_seconds");
  // The main process is asked first here in any case.
  shutdown.take("parent_only");
  shutdown.noteRest(notes, id, {}, "shutdown.");
  if (signal === null && timeout === null) return {};
  return {
    stop: {
      ...(signal !== null && { signal }),
      ...(timeout !== null && timeout > 0 && { timeout: durationText(1000 * timeout) }),
    },
  };
}
