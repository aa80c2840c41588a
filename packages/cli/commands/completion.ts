// completion.ts: `skelly completion`: scripts for shells. Module names are asked of skelly itself.
import { GLOBAL_FLAGS } from "../args.ts";
import type { Context, Verb } from "../context.ts";
import { EXIT, usageError } from "../exit-codes.ts";
import { didYouMean } from "../nearest.ts";
import { VERBS } from "./verbs.ts";

const SCRIPTS: Readonly<Record<string, () => string>> = { bash, zsh, fish };

export async function run(context: Context): Promise<number> {
  const [shell, ...more] = context.args.words;
  const makes = more.length === 0 && shell !== undefined ? SCRIPTS[shell] : undefined;
  if (makes === undefined) {
    const guess = shell === undefined ? "" : didYouMean(shell, Object.keys(SCRIPTS));
    throw usageError(`Which shell: bash, zsh or fish?${guess}`, HINT);
  }
  context.terminal.print(makes());
  return EXIT.done;
}

const HINT = "For example: source <(skelly completion bash)";

const SHOWN = VERBS.filter(({ group }) => group !== "hidden");
const modulesVerbs = (): Verb[] =>
  SHOWN.filter(({ completesModules }) => completesModules === true);

const namesOf = (verb: Verb): string[] => [verb.name, ...(verb.aliases ?? [])];
const flagsOf = (verb: Verb): string[] =>
  [...(verb.flags ?? []), ...GLOBAL_FLAGS].map(({ name }) => `--${name}`);

/** Words that a verb takes and that never change. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  config: ["get", "set"],
  export: ["systemd"],
  why: ["system"],
  completion: Object.keys(SCRIPTS),
  help: SHOWN.map(({ name }) => name),
};

function wordsOf(verb: Verb, modules: string): string {
  const fixed = FIXED[verb.name] ?? [];
  return [...fixed, ...(verb.completesModules === true ? [modules] : [])].join(" ");
}

function bash(): string {
  const cases = SHOWN.map(
    (verb) =>
      `    ${namesOf(verb).join("|")}) flags="${flagsOf(verb).join(" ")}"; ` +
      `words="${wordsOf(verb, "$(skelly modules 2>/dev/null)")}" ;;`,
  );
  return `# skelly completion for bash: source <(skelly completion bash)
_skelly() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  local verb="\${COMP_WORDS[1]}" flags words
  COMPREPLY=()
  case "$before" in -c|--config) COMPREPLY=($(compgen -f -- "$word")); return ;; esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${SHOWN.flatMap(namesOf).join(" ")}" -- "$word"))
    return
  fi
  case "$verb" in
${cases.join("\n")}
    *) return ;;
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$word")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
  esac
}
complete -F _skelly skelly`;
}

function zsh(): string {
  const verbs = SHOWN.map(({ name, says }) => `    '${name}:${zshQuoted(says)}'`);
  const cases = SHOWN.map((verb) => {
    const flags = [...(verb.flags ?? []), ...GLOBAL_FLAGS].map(
      ({ name, says }) => `'--${name}:${zshQuoted(says)}'`,
    );
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is zsh's, not ours
    const words = wordsOf(verb, '${(f)"$(skelly modules 2>/dev/null)"}');
    return (
      `    ${namesOf(verb).join("|")}) flags=(${flags.join(" ")}); ` + `words_of_verb=(${words}) ;;`
    );
  });
  return `#compdef skelly
# skelly completion for zsh: source <(skelly completion zsh)
_skelly() {
  local -a verbs flags words_of_verb
  verbs=(
${verbs.join("\n")}
  )
  if (( CURRENT == 2 )); then _describe 'command' verbs; return; fi
  case "$words[CURRENT-1]" in -c|--config) _files; return ;; esac
  case "$words[2]" in
${cases.join("\n")}
  esac
  if [[ "$words[CURRENT]" == -* ]]; then _describe 'option' flags
  elif (( \${#words_of_verb} )); then compadd -a words_of_verb; fi
}
compdef _skelly skelly`;
}

const zshQuoted = (text: string): string => text.replaceAll("'", "'\\''").replaceAll(":", "\\:");

function fish(): string {
  const quoted = (text: string): string =>
    `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = SHOWN.flatMap((verb) => {
    const seen = `-n '__fish_seen_subcommand_from ${namesOf(verb).join(" ")}'`;
    const fixed = FIXED[verb.name] ?? [];
    return [
      `complete -c skelly -n __fish_use_subcommand -a ${verb.name} -d ${quoted(verb.says)}`,
      ...(verb.flags ?? []).map(({ name, short, takes, says }) => {
        const letter = short === undefined ? "" : ` -s ${short}`;
        const value = takes === undefined ? "" : " -r";
        return `complete -c skelly ${seen} -l ${name}${letter}${value} -d ${quoted(says)}`;
      }),
      ...(fixed.length === 0 ? [] : [`complete -c skelly ${seen} -a ${quoted(fixed.join(" "))}`]),
    ];
  });
  const names = modulesVerbs().flatMap(namesOf).join(" ");
  return [
    "# skelly completion for fish: skelly completion fish | source",
    "complete -c skelly -f",
    ...lines,
    `complete -c skelly -n '__fish_seen_subcommand_from ${names}' ` +
      "-a '(skelly modules 2>/dev/null)'",
    ...GLOBAL_FLAGS.map(({ name, short, takes, says }) => {
      const letter = short === undefined ? "" : ` -s ${short}`;
      const value = takes === "FILE" ? " -r -F" : "";
      return `complete -c skelly -l ${name}${letter}${value} -d ${quoted(says)}`;
    }),
  ].join("\n");
}
