// reference-page.ts: `docs/configuration.md`, the table of every key, made from the shapes.

import { MODULE_KEYS, MODULE_SHAPE } from "./module-keys.ts";
import {
  BUS_KEYS,
  EDGE_KEYS,
  LIMITS_KEYS,
  LOGS_KEYS,
  NUMBER_LIMIT_KEYS,
  RECOVERY_KEYS,
  STOP_KEYS,
  SUBJECT_RULE_KEYS,
} from "./module-part-keys.ts";
import { HTTP_KEYS, PROBE_KEYS, READY_KEYS, TCP_KEYS } from "./probe-keys.ts";
import { DEGRADED_KEYS, RESTART_KEYS, RUNG_KEYS, SYSTEM_RESTART_KEYS } from "./rung-keys.ts";
import { expected, inWords, type Key, type Shape } from "./shape.ts";
import { ORCHESTRATOR_KEYS, PROFILE_KEYS, SYSTEM_BUS_KEYS, SYSTEM_KEYS } from "./system-keys.ts";

type Section = readonly [title: string, intro: string, keys: Readonly<Record<string, Key>>];

const SECTIONS: readonly Section[] = [
  [
    "The file",
    "`skelly.config.ts`, `.mts`, `.js`, `.mjs`, `.json`, `.yaml` or `.yml`.",
    SYSTEM_KEYS,
  ],
  ["`orchestrator`", "Policies over all modules.", ORCHESTRATOR_KEYS],
  ["`bus`", "The system's event bus.", SYSTEM_BUS_KEYS],
  [
    "`profiles.<name>`",
    "Laid over the file by `--profile <name>`. Groups are merged key by key; lists, " +
      "`ready`, `liveness`, `recovery`, `dependsOn` and `bus` of a module are replaced.",
    PROFILE_KEYS,
  ],
  [
    "`modules.<id>`",
    "One of `command` and `entry` says what runs. " +
      "Ids are lower-case letters, digits, `-`, `_` and `.`.",
    MODULE_KEYS,
  ],
  ["`dependsOn.<id>`", "What one dependency means.", EDGE_KEYS],
  ["`stop`", "", STOP_KEYS],
  ["`ready`", "One of `http`, `tcp`, `exec`, `log`, `notifyFd`, and its timing.", READY_KEYS],
  ["`liveness`", "One of `http`, `tcp`, `exec`, and its timing.", PROBE_KEYS],
  ["`http` in its long form", "", HTTP_KEYS],
  ["`tcp` in its long form", "", TCP_KEYS],
  ["`healthLimits.<number>`", "", NUMBER_LIMIT_KEYS],
  ["`limits`", "Of the module's whole process tree.", LIMITS_KEYS],
  ["`recovery`", "", RECOVERY_KEYS],
  ["A rung of the ladder", "One of these keys; a name alone means its defaults.", RUNG_KEYS],
  ["`restart` and `restart-with-reset`", "", RESTART_KEYS],
  ["`degraded-mode`", "", DEGRADED_KEYS],
  ["`system-restart`", "", SYSTEM_RESTART_KEYS],
  ["`logs`", "", LOGS_KEYS],
  ["`bus` of a module", "`true`, `false`, or what it may do.", BUS_KEYS],
  ["`publish` and `subscribe` in their long form", "", SUBJECT_RULE_KEYS],
];

const OPENING = `# Configuration

Every key of the configuration file. This page is made from the same tables that check the file
(\`tools/write-schema.ts\`), so it cannot be out of step with them.

- Durations are milliseconds, or text: \`"500ms"\`, \`"30s"\`, \`"5m"\`, \`"2h"\`, \`"1d"\`; at most 24 days.
- Sizes are bytes, or text: \`"512MB"\` (decimal), \`"1GiB"\` (binary).
- Relative paths are relative to the file.
- Unknown keys are refused, and the nearest known one is named. At the top, keys that begin
  with \`x-\` are yours: a home for YAML anchors.
- \`env:NAME\` and \`file:PATH\` in \`env\` and \`config\` are references to secrets: they are
  read when the module starts, and are never printed. \`literal:\` before a value keeps it as it is.
`;

export function referencePage(): string {
  const refused = inWords(Object.keys(MODULE_SHAPE.refused).map((name) => `\`${name}\``));
  return [
    OPENING,
    ...SECTIONS.map(sectionText),
    "## Not built yet\n",
    `${refused} of a module and \`ready.notify\` are recognised and refused by name.\n`,
  ].join("\n");
}

function sectionText([title, intro, keys]: Section): string {
  const rows = Object.entries(keys).map(([name, key]) =>
    row([`\`${name}\``, valueText(key.shape), defaultText(key), descriptionText(key)]),
  );
  return [
    `## ${title}\n`,
    ...(intro === "" ? [] : [`${intro}\n`]),
    row(["key", "value", "default", "what it is"]),
    row(["---", "---", "---", "---"]),
    ...rows,
    "",
  ].join("\n");
}

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

function valueText(shape: Shape): string {
  switch (shape.kind) {
    case "duration":
      return "duration";
    case "size":
      return "size";
    case "list":
      return `list of: ${valueText(shape.of)}`;
    case "map":
      return `keys, each: ${valueText(shape.of)}`;
    case "object":
      return `\`${shape.name}\` group`;
    case "data":
      return "any keys";
    case "either":
      return inWords(shape.options.map(valueText));
    default:
      return expected(shape);
  }
}

function defaultText({ default: usual, defaultIsProse }: Key): string {
  if (usual === undefined) return "";
  return defaultIsProse === true ? String(usual) : `\`${JSON.stringify(usual)}\``;
}

const descriptionText = ({ description, example }: Key): string =>
  example === undefined ? description : `${description} Example: \`${JSON.stringify(example)}\``;
