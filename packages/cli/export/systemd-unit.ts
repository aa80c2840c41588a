// systemd-unit.ts: the text of a systemd unit that runs a system in the foreground, and how to install it. Pure.

export type UnitScope = "user" | "system";

export type UnitFacts = {
  readonly scope: UnitScope;
  /** What the system is called. */
  readonly name: string;
  readonly configFile: string;
  readonly directory: string;
  /** Absolute: systemd searches no PATH. */
  readonly node: string;
  readonly program: string;
  readonly profile: string | null;
  /** Set in the environment of whoever exports, and needed by those who start. */
  readonly env: Readonly<Record<string, string>>;
  readonly shutdownTimeoutMs: number;
  /** For the system's own manager: whom it runs as. */
  readonly user: string;
};

/** After the modules' time is over the orchestrator kills, and names what is left: so much longer. */
const STOP_MARGIN_MS = 15_000;

export const unitNameOf = (system: string): string =>
  `skelly-${system.replace(/[^a-zA-Z0-9_.-]/g, "-")}.service`;

export function systemdUnit(facts: UnitFacts): string {
  return [...unitPart(facts), "", ...servicePart(facts), "", ...installPart(facts), ""].join("\n");
}

function unitPart({ scope, name, configFile }: UnitFacts): string[] {
  const network = ["Wants=network-online.target", "After=network-online.target"];
  return [
    `# Runs the system '${oneLine(name)}' of ${oneLine(configFile)}.`,
    "# Made by `skelly export systemd`; make it anew when Node.js, skelly or the file moves.",
    "[Unit]",
    `Description=${escaped(`Skelly: ${name}`)}`,
    ...(scope === "system" ? network : []),
    "# Five starts in five minutes that all fail are enough.",
    "StartLimitIntervalSec=300",
    "StartLimitBurst=5",
  ];
}

function servicePart(facts: UnitFacts): string[] {
  const { scope, configFile, directory, node, program, profile, env, user } = facts;
  const words = [node, program, "-c", configFile, "up", "--logs"];
  if (profile !== null) words.push("--profile", profile);
  return [
    "[Service]",
    "# Started is when the command runs; `skelly status` tells when the modules do.",
    "Type=exec",
    ...(scope === "system" ? [`User=${escaped(user)}`] : []),
    `WorkingDirectory=${escaped(directory)}`,
    ...Object.entries(env).map(([key, value]) => `Environment=${quoted(`${key}=${value}`)}`),
    `ExecStart=${words.map(argument).join(" ")}`,
    "",
    "# A stop asks the command, which stops the modules in order; what is left then is killed.",
    "KillMode=mixed",
    `TimeoutStopSec=${Math.ceil((facts.shutdownTimeoutMs + STOP_MARGIN_MS) / 1000)}`,
    "# `up` ends with 128+n when signal n has stopped it: that is no failure.",
    "SuccessExitStatus=129 130 143",
    "Restart=on-failure",
    "RestartSec=5",
    "# Wrong usage or a wrong configuration does not get better by itself.",
    "RestartPreventExitStatus=2 78",
    "",
    "# The orchestrator makes control groups of its own below this one, to hold modules to their limits.",
    "Delegate=yes",
    "TasksMax=infinity",
    "# When a module runs out of memory, that module is recovered, not the whole unit stopped.",
    "OOMPolicy=continue",
    "",
    ...hardening(scope),
  ];
}

function hardening(scope: UnitScope): string[] {
  const forAll = [
    "# What no module should need. Loosen a line when one of yours does (sudo, ping: NoNewPrivileges).",
    "NoNewPrivileges=yes",
    "# /usr, /boot and /etc can only be read. `strict` with ReadWritePaths= is tighter still.",
    "ProtectSystem=full",
    "LockPersonality=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "# Not private: modules may share /tmp with programs outside, and a control socket whose usual",
    "# path would be too long is there, where `skelly status` of your own shell looks for it.",
    "PrivateTmp=no",
    "# Not protected: the limits of modules are written there.",
    "ProtectControlGroups=no",
    "# V8 compiles code while it runs.",
    "MemoryDenyWriteExecute=no",
  ];
  if (scope === "user") {
    return [
      ...forAll,
      "# Where the kernel allows users no namespaces, ProtectSystem fails with 226/NAMESPACE: remove it.",
    ];
  }
  return [
    ...forAll,
    "ProtectKernelTunables=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelLogs=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
  ];
}

const installPart = ({ scope }: UnitFacts): string[] => [
  "[Install]",
  `WantedBy=${scope === "user" ? "default.target" : "multi-user.target"}`,
];

/** What a person does with the unit. `file`: where it is, when it was written. */
export function installSteps({ scope, name }: UnitFacts, file: string | null): string[] {
  const unit = unitNameOf(name);
  const source = file ?? unit;
  if (scope === "user") {
    const folder = "~/.config/systemd/user";
    return [
      `mkdir -p ${folder} && cp ${shellWord(source)} ${folder}/`,
      "systemctl --user daemon-reload",
      `systemctl --user enable --now ${unit}`,
      "loginctl enable-linger   # to have it run from boot, also when you are not logged in",
      `journalctl --user -u ${unit} -f`,
    ];
  }
  return [
    `sudo cp ${shellWord(source)} /etc/systemd/system/`,
    "sudo systemctl daemon-reload",
    `sudo systemctl enable --now ${unit}`,
    `journalctl -u ${unit} -f`,
  ];
}

const oneLine = (text: string): string => text.replace(/[\r\n]+/g, " ");

/** systemd reads `%` as the beginning of a specifier. */
const escaped = (text: string): string => oneLine(text).replaceAll("%", "%%");

const quoted = (text: string): string =>
  `"${escaped(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/** In ExecStart `$` begins a variable as well. */
const argument = (text: string): string => {
  const safe = /^[a-zA-Z0-9_@/.:=+,-]+$/.test(text);
  return safe ? text : quoted(text).replaceAll("$", "$$$$");
};

const shellWord = (text: string): string =>
  /^[a-zA-Z0-9_@/.:=+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
