// parent-nursery.ts: raises many parent processes through one short-lived perl, where there is one.
// Node's spawn holds up the event loop for a millisecond or more each; a small process forks in a tenth.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { PARENT_SCRIPT } from "./parent-script.ts";
import type { RaiseRequest } from "./raise-request.ts";

/**
 * For each record (number, two FIFOs, mark, arguments) it makes the FIFOs, says the number, and forks a
 * shell that leads a session of its own. A number with words behind it: that one could not be.
 */
const NURSERY = `use POSIX ();
my ($name, $script) = splice @ARGV, 0, 2;
$| = 1; $/ = "\\0\\n"; $SIG{CHLD} = "IGNORE";
RECORD: while (my $record = <STDIN>) {
  chomp $record;
  my ($number, $commands, $says, $mark, @words) = split /\\0/, $record, -1;
  for ($commands, $says) {
    next if -p $_ or POSIX::mkfifo($_, 0600);
    print "$number mkfifo: $!\\n";
    next RECORD;
  }
  my $pid = fork;
  if (!defined $pid) { print "$number fork: $!\\n"; next }
  if ($pid) { print "$number\\n"; next }
  $SIG{CHLD} = "DEFAULT";
  POSIX::setsid();
  chdir "/";
  open my $told, ">&", \\*STDOUT;
  open STDIN, "<", "/dev/null";
  open STDOUT, ">", "/dev/null";
  open STDERR, ">", "/dev/null";
  $ENV{$name} = $mark;
  my @command = ("/bin/sh", "-c", $script, "skelly-parent", @words);
  exec { $command[0] } @command;
  print $told "$number exec: $!\\n";
  POSIX::_exit(127);
}
`;

export type Nursery = {
  readonly perl: string;
  readonly env: Readonly<Record<string, string>>;
  /** The environment name that holds a parent's mark. */
  readonly markName: string;
};

/** Raises them all; `args` are the words of one parent's script. */
export function raiseInNursery(
  { perl, env, markName }: Nursery,
  requests: readonly RaiseRequest[],
  args: (request: RaiseRequest) => readonly string[],
): void {
  const child = spawn(perl, ["-e", NURSERY, markName, PARENT_SCRIPT], {
    cwd: "/",
    env,
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  const unheard = new Set(requests.keys());
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    const [number = "", ...why] = line.split(" ");
    const request = requests[Number(number)];
    if (unheard.delete(Number(number)) && why.length === 0) request?.fifosReady();
    else request?.gone(why.join(" "));
  });
  // All it had to say has been heard: what it did not speak of was never tried.
  whenClosed(child, (reason) => {
    for (const number of unheard) requests[number]?.gone(reason);
  });
  child.stdin.on("error", () => child.kill());
  const records = requests.map((request, number) => {
    const { commands, says } = request.path;
    const words = [String(number), commands, says, request.mark, ...args(request)];
    return `${words.join("\0")}\0\n`;
  });
  child.stdin.end(records.join(""));
}

function whenClosed(child: ChildProcess, call: (reason: string) => void): void {
  let failed = "perl ended early";
  child.on("error", (error) => {
    failed = error.message;
  });
  child.on("close", () => call(failed));
}
