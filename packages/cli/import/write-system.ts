// write-system.ts: the imported system as a commented YAML file.
import { Document, isScalar, isSeq, type Node, visit } from "yaml";
import type { Imported } from "./imported.ts";
import type { NotCarried } from "./notes.ts";
import { placed } from "./notes.ts";
import type { Settled } from "./settle.ts";

export type Writing = {
  readonly shown: string;
  /** What its format is called. */
  readonly product: string;
  readonly imported: Imported;
  readonly settled: Settled;
  readonly notCarried: readonly NotCarried[];
};

const COLUMNS = 98;

export function writeSystem({ shown, product, imported, settled, notCarried }: Writing): string {
  const { name, leftOut, profiles } = imported;
  const notesOf = (module: string | null): string[] =>
    notCarried.filter((each) => each.module === module).map(noteText);
  const head = [
    `Made by \`skelly import\` from ${shown} (${product}).`,
    "Check it: skelly validate. Run it: skelly up. Every key: docs/configuration.md.",
    ...notesOf(null),
  ];
  const system = {
    ...(name !== null && { name }),
    ...(Object.keys(settled.orchestrator).length > 0 && { orchestrator: settled.orchestrator }),
  };
  const modules = settled.modules.flatMap(({ id, name: own, line, config, comments }, index) => [
    ...(index === 0 ? [] : [""]),
    ...comment([`'${own}' in ${placed(shown, line)}`, ...comments, ...notesOf(id)], "  "),
    ...yaml({ [id]: inOrder(config) }, "  "),
  ]);
  const away = leftOut.flatMap(({ name: own, line, why }) => [
    "",
    ...comment([`'${own}' in ${placed(shown, line)} is not imported. ${why}`], "  "),
  ]);
  return `${[
    ...comment(head, ""),
    ...(Object.keys(system).length > 0 ? yaml(system, "") : []),
    "",
    ...(settled.modules.length === 0 ? ["modules: {}"] : ["modules:", ...modules]),
    ...away,
    ...(Object.keys(profiles).length > 0 ? ["", ...yaml({ profiles }, "")] : []),
  ].join("\n")}\n`;
}

// biome-ignore format: a list of words
const ORDER = [
  "command", "task", "profiles", "instances", "dependsOn", "cwd", "env", "envFile", "user", "umask",
  "startupTimeout", "ready", "liveness", "restart", "successExitCodes", "stableAfter", "recovery", "stop",
  "limits", "logs",
];

const inOrder = (config: object): object =>
  Object.fromEntries(
    Object.entries(config).sort(([one], [other]) => ORDER.indexOf(one) - ORDER.indexOf(other)),
  );

const noteText = ({ what, where, instead }: NotCarried): string =>
  `Not carried over: ${what} (${where}). ${instead}`;

/** What holds only short plain values stands on one line. */
function yaml(value: object, indent: string): string[] {
  const document = new Document(value);
  visit(document, {
    Seq: (_, node) => {
      if (node.items.every((item) => isScalar(item))) node.flow = true;
    },
    Map: (key, node, path) => {
      const short = node.items.length <= 4 && String(node).length <= 70;
      const flat = node.items.every(
        ({ value: item }) => isScalar(item) || isFlatList(item as Node),
      );
      const inList = isSeq(path.at(-1));
      if (path.length > 2 && flat && short && (key !== null || inList)) node.flow = true;
    },
  });
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: true });
  return text
    .trimEnd()
    .split("\n")
    .map((line) => (line === "" ? "" : `${indent}${line}`));
}

const isFlatList = (node: Node): boolean =>
  isSeq(node) && node.items.every((item) => isScalar(item));

function comment(texts: readonly string[], indent: string): string[] {
  return texts
    .flatMap((text) => wrapped(text.replace(/[\s\p{Cc}]+/gu, " ").trim(), COLUMNS - indent.length))
    .map((line) => `${indent}# ${line}`);
}

/** Further lines of one text stand two to the right. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 1 <= columns - 2) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(lines.length === 0 ? word : `  ${word}`);
  }
  return lines;
}
