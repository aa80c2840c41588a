// parent-script.ts: the tiny shell that every process-module has as its parent, and how it is spoken to.
// It outlives the orchestrator, so an exit code is never lost. POSIX sh: dash, bash and ash run it.
//
//   orchestrator --cmd--> parent   set ...   what `go` does: environment, folder, command line
//                                  run K T V one incarnation, in the foreground; T is its token,
//                                            V the settings it is meant for
//                                  quit
//   orchestrator <--say-- parent   up G STAT     G: one digit a cgroup, 1 when it is inside
//                                  pid K STAT    K is about to become the module
//                                  no K WHAT     K could not be started
//                                  exit K CODE   K has ended; the parent waits for the next command
//                                  bad           a signal cut a command short: say it again
//
// Both pipes are FIFOs that it holds open for reading and writing: it never sees their end, and
// never dies of a reader that is gone. Secrets pass through `cmd` only, never through a file.

/**
 * Arguments: the instance's folder, the boot id, then files to write `0` to (cgroup.procs).
 * `trap :` keeps it alive where an ignored signal would be inherited by the module.
 * The message first, the file `lives` second: that is for an orchestrator that is not there yet.
 * It runs no number twice, whatever it is told: a command that comes again is the same one.
 */
export const PARENT_SCRIPT = `sk_d=$1 sk_b=$2 sk_n=0 sk_k=0 sk_v= sk_g= sk_l='
'
sk_nl=$sk_l
shift 2
trap : HUP INT QUIT USR1 USR2 PIPE ALRM TERM TSTP TTIN TTOU VTALRM PROF
exec 8<>"$sk_d/cmd" 9<>"$sk_d/say" || exit 1
for sk_c; do { echo 0 >"$sk_c"; } 2>/dev/null && sk_g=\${sk_g}1 || sk_g=\${sk_g}0; done
IFS= read -r sk_s </proc/self/stat
echo "up \${sk_g:-0} $sk_s" >&9
no() { echo "no $sk_k $1" >&9; exit 126; }
while :; do
  if IFS= read -r sk_l <&8; then sk_n=0; else
    sk_n=$((sk_n + 1)); [ $sk_n -lt 1000 ] || exit 1; continue
  fi
  case $sk_l in
  'set '*' #') eval "\${sk_l#set }" ;;
  'run '*' #')
    set -- $sk_l
    [ "$2" -gt "$sk_k" ] || continue
    [ "$4" = "$sk_v" ] || { echo bad >&9; continue; }
    sk_k=$2 sk_t=$3
    (go)
    sk_r=$?
    echo "exit $sk_k $sk_r" >&9
    echo "exit $sk_k $sk_r" >>"$sk_d/lives" ;;
  'quit #') exit 0 ;;
  *) echo bad >&9 ;;
  esac
done
`;

/** The file descriptors that the parent keeps for itself; its children get neither. */
const PARENT_FDS = [8, 9];

export type ChildSettings = {
  /** `system/instance`: the incarnation's mark without its number. */
  readonly mark: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** The folder of its output. */
  readonly spools: string;
  readonly umask: number | null;
  readonly fileHandles: number | null;
  /** A descriptor 3..9 that the module writes a newline to when it is ready. */
  readonly notifyFd: number | null;
  /** Put before the command: `setpriv ...`. */
  readonly prefix: readonly string[];
};

/** Made by the shell itself, or read-only in some shell: such names cannot be exported by it. */
const SHELL_OWN = /^(?:IFS|OPTIND|PPID|LINENO|PS[0-9]|_|UID|EUID|BASHOPTS|SHELLOPTS|sk_.*)$/;
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** One line that defines `go`: what the forked shell does to become the module. */
export function settingsLine(version: number, settings: ChildSettings): string {
  const plain: string[] = [];
  const odd: string[] = [];
  for (const [name, value] of Object.entries(settings.env)) {
    if (PLAIN_NAME.test(name) && !SHELL_OWN.test(name)) plain.push(`${name}=${quoted(value)}`);
    else odd.push(`${name}=${value}`);
  }
  // `env` is an exec more, and shows its arguments to all: only for names that a shell cannot hold.
  const argv = [...(odd.length > 0 ? ["env", ...odd] : []), ...settings.prefix, ...settings.argv];
  const closed = PARENT_FDS.filter((fd) => fd !== settings.notifyFd).map((fd) => `${fd}>&-`);
  const notify = settings.notifyFd === null ? [] : [`${settings.notifyFd}>>"$sk_d/$sk_k.notify"`];
  const steps = [
    `IFS= read -r sk_s </proc/self/stat`,
    `unset SKELLY_PARENT`,
    `export SKELLY_INCARNATION=${quoted(settings.mark)}/$sk_k SKELLY_TOKEN=$sk_t`,
    ...(plain.length > 0 ? [`export ${plain.join(" ")}`] : []),
    `cd -- ${quoted(settings.cwd)} 2>/dev/null || no cwd`,
    ...(settings.fileHandles === null
      ? []
      : [`ulimit -n ${Math.floor(settings.fileHandles)} 2>/dev/null || no fileHandles`]),
    `sk_o=${quoted(settings.spools)}`,
    `command exec </dev/null >>"$sk_o/$sk_k.out" 2>>"$sk_o/$sk_k.err" || no output`,
    `echo "pid $sk_k $sk_b $sk_s" >>"$sk_d/lives"`,
    `echo "pid $sk_k $sk_s" >&9`,
    ...(settings.umask === null ? [] : [`umask ${settings.umask.toString(8).padStart(3, "0")}`]),
    `exec ${[...argv.map(quoted), ...closed, ...notify].join(" ")}`,
  ];
  return `set sk_v=${version}; go() { ${steps.join("; ")}; } #\n`;
}

export const runLine = (incarnation: number, token: string, version: number): string =>
  `run ${incarnation} ${token} ${version} #\n`;

export const QUIT_LINE = "quit #\n";

/** A word for `eval` that is all on one line. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''").replaceAll("\n", `'"$sk_nl"'`)}'`;
}
