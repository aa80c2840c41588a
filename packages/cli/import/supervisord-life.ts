// supervisord-life.ts: how its programs start, stop, are restarted, and log.
import type { LogsConfig } from "@skelly-jelly/contract";
import { binaryBytes, durationText, signalName, sizeText } from "./amounts.ts";
import { MANY_ATTEMPTS, restartLadder, type WritableModule } from "./imported.ts";
import { malformed } from "./notes.ts";
import type { IniSection, IniValue } from "./read-ini.ts";
import { nowAt, type Program } from "./supervisord-program.ts";

/** Its defaults. */
const START_SECONDS = 1;
const START_RETRIES = 3;

export const numberAt = (value: IniValue | undefined | null): number | null => {
  if (value === undefined || value === null) return null;
  const number = Number(value.value);
  if (value.value.trim() !== "" && Number.isInteger(number) && number >= 0) return number;
  throw malformed(value.shown, value.line, `'${value.value}' must be a whole number`);
};

const TRUE = ["true", "on", "yes", "1"];
const FALSE = ["false", "off", "no", "0"];

function flagAt(program: Program, key: string): boolean | null {
  const value = program.take(key);
  if (value === null) return null;
  const text = value.value.trim().toLowerCase();
  if (TRUE.includes(text)) return true;
  if (FALSE.includes(text)) return false;
  throw malformed(value.shown, value.line, `${key} must be true or false, but is '${value.value}'`);
}

export function lifeOf(program: Program, daemon: IniSection | null): WritableModule {
  return {
    ...restartOf(program),
    ...stopOf(program),
    ...userOf(program, daemon),
    ...logsOf(program),
  };
}

function restartOf(program: Program): WritableModule {
  const config: WritableModule = {};
  const written = program.take("autorestart");
  const text = written?.value.trim().toLowerCase() ?? "unexpected";
  if (text !== "unexpected" && ![...TRUE, ...FALSE].includes(text)) {
    const { shown, line } = written as IniValue;
    throw malformed(shown, line, `autorestart must be true, false or unexpected, but is '${text}'`);
  }
  const exits = program.take("exitcodes");
  const codes = exits === null ? [0] : exits.value.split(",").map((code) => Number(code.trim()));
  if (exits !== null && codes.some((code) => !Number.isInteger(code) || code < 0 || code > 255)) {
    throw malformed(exits.shown, exits.line, "exitcodes must be numbers from 0 to 255 with commas");
  }
  config.restart = TRUE.includes(text) ? "always" : FALSE.includes(text) ? "never" : "on-failure";
  if (text === "unexpected" && exits !== null) config.successExitCodes = codes;
  // A run this long is RUNNING there; what ends sooner is one of the startretries.
  const seconds = numberAt(program.take("startsecs")) ?? START_SECONDS;
  const retries = numberAt(program.take("startretries")) ?? START_RETRIES;
  if (config.restart !== "never") {
    // With startsecs=0 every start succeeds there, and is made again without end.
    const attempts = seconds === 0 ? MANY_ATTEMPTS : retries;
    const longest = durationText(1000 * Math.max(1, Math.min(60, attempts)));
    config.recovery = { ladder: restartLadder(attempts, "1s", longest) };
    config.stableAfter = durationText(1000 * Math.max(1, seconds));
  } else {
    program.note(
      "another try of a start that ends within startsecs",
      "autorestart",
      "`restart: never` means it: write on-failure to have failed starts tried again.",
    );
  }
  if (flagAt(program, "autostart") === false) {
    config.profiles = ["manual"];
    program.note(
      "autostart=false",
      "autostart",
      "It starts with `skelly up --profile manual`; else remove `profiles`.",
    );
  }
  return config;
}

function stopOf(program: Program): WritableModule {
  const written = program.take("stopsignal");
  const signal = written === null ? null : signalName(written.value);
  if (written !== null && signal === null) {
    throw malformed(written.shown, written.line, `'${written.value}' is no signal`);
  }
  const seconds = numberAt(program.take("stopwaitsecs"));
  if (flagAt(program, "stopasgroup") === true) {
    program.note(
      "stopasgroup",
      "stopasgroup",
      "The program itself is asked to stop; what it leaves behind is killed.",
    );
  }
  // What is left when the time is over is always killed here, with all that it started.
  flagAt(program, "killasgroup");
  if (signal === null && seconds === null) return {};
  return {
    stop: {
      ...(signal !== null && { signal }),
      ...(seconds !== null && { timeout: durationText(1000 * seconds) }),
    },
  };
}

function userOf(program: Program, daemon: IniSection | null): WritableModule {
  const user = program.take("user") ?? daemon?.values.get("user") ?? null;
  const mask = program.take("umask") ?? daemon?.values.get("umask") ?? null;
  const name = user === null ? null : nowAt(program, user, "user").trim();
  const digits = mask === null ? null : mask.value.trim().padStart(3, "0");
  if (mask !== null && digits !== null && !/^0?[0-7]{3}$/.test(digits)) {
    throw malformed(
      mask.shown,
      mask.line,
      `umask must be octal such as 022, but is '${mask.value}'`,
    );
  }
  return {
    ...(name !== null && { user: /^\d+$/.test(name) ? Number(name) : name }),
    ...(digits !== null && { umask: digits }),
  };
}

const KEPT = "Skelly keeps each module's output, with times: `skelly logs`.";

/** Sizes and counts fit; places do not. */
function logsOf(program: Program): WritableModule {
  const size = program.take("stdout_logfile_maxbytes");
  const backups = numberAt(program.take("stdout_logfile_backups"));
  // Both are kept together here, and told apart.
  flagAt(program, "redirect_stderr");
  for (const key of ["stdout_logfile", "stderr_logfile"]) {
    const file = program.take(key);
    if (file !== null && file.value.trim().toUpperCase() !== "AUTO") program.note(key, key, KEPT);
  }
  const bytes = size === null ? null : binaryBytes(size.value);
  if (size !== null && bytes === null) {
    throw malformed(size.shown, size.line, `'${size.value}' is no size such as 50MB`);
  }
  if (bytes === 0) program.note("a log without end", "stdout_logfile_maxbytes", KEPT);
  const logs: LogsConfig = {
    ...(bytes !== null && bytes > 0 && { maxSize: sizeText(bytes) }),
    ...(backups !== null && { keep: Math.min(1000, backups) }),
  };
  return Object.keys(logs).length > 0 ? { logs } : {};
}
