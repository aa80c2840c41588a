// build.mjs: bundles every package's doors into dist/ (esbuild, a second) so that plain Node runs them.
import { cpSync, existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const at = (...parts) => join(root, ...parts);
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node22",
  conditions: ["source"],
  logLevel: "error",
  legalComments: "none",
};

const DOORS = [
  "index.ts",
  "internal.ts",
  "harness.ts",
  "hub.ts",
  "host/worker-thread.ts",
  "host/process-host.ts",
  "testkit/index.ts",
];

/** Library doors: other packages stay imports, so that one process holds one copy of each. */
const doors = readdirSync(at("packages"))
  .filter((name) => name !== "cli")
  .flatMap((name) =>
    DOORS.filter((file) => existsSync(at("packages", name, file))).map((file) => ({
      file: at("packages", name, file),
      // testkit/index.ts is the door called testkit.
      out: at("packages", name, "dist", `${basename(file.replace("/index", ""), ".ts")}.js`),
    })),
  );

await Promise.all(
  doors.map(({ file, out }) =>
    build({
      ...common,
      entryPoints: [file],
      outfile: out,
      format: "esm",
      packages: "external",
      sourcemap: true,
    }),
  ),
);

/** What the command runs: each one self-contained file. `node20`: runs on whatever Node there is. */
const programs = [
  { file: "main.ts", out: "cli.cjs", format: "cjs", target: "node20" },
  { file: "daemon/main.ts", out: "daemon.cjs", format: "cjs" },
  { file: "index.ts", out: "index.js", format: "esm" },
  { file: "gateway/main.ts", out: "gateway.mjs", format: "esm" },
  { file: "read-config/main.ts", out: "read-config.mjs", format: "esm" },
  { file: "journal/main.ts", out: "read-journal.mjs", format: "esm" },
  { file: "../module/host/process-host.ts", out: "process-host.mjs", format: "esm" },
  { file: "../module/host/worker-host.ts", out: "worker-host.mjs", format: "esm" },
  { file: "../module/host/worker-thread.ts", out: "worker-thread.mjs", format: "esm" },
  { file: "../module/host/hub-main.ts", out: "hub-module.mjs", format: "esm" },
];
await Promise.all(
  programs
    .filter(({ file }) => existsSync(at("packages/cli", file)))
    .map(({ file, out, format, target }) =>
      build({
        ...common,
        entryPoints: [at("packages/cli", file)],
        outfile: at("packages/cli/dist", out),
        format,
        target: target ?? "node22",
        minifySyntax: true,
        minifyWhitespace: true,
        ...(format === "esm" && {
          banner: {
            js: 'import{createRequire as _cr}from"node:module";const require=_cr(import.meta.url);',
          },
        }),
      }),
    ),
);

/** Skelly-Jelly's modules, each one file: a process that strips types itself costs 35 MB more. */
await Promise.all(
  readdirSync(at("modules"))
    .filter((name) => existsSync(at("modules", name, "main.ts")))
    .map(async (name) => {
      await build({
        ...common,
        entryPoints: [at("modules", name, "main.ts")],
        outfile: at("modules", name, "dist/main.mjs"),
        format: "esm",
        keepNames: true,
      });
      // What a module serves or reads lies beside its program.
      const page = at("modules", name, "page");
      if (existsSync(page)) cpSync(page, at("modules", name, "dist/page"), { recursive: true });
    }),
);

/** The dashboard: four small files beside the gateway that serves them. */
const page = at("packages/dashboard/dist/page");
await build({
  ...common,
  entryPoints: {
    app: at("packages/dashboard/app/main.tsx"),
    style: at("packages/dashboard/app/app.css"),
  },
  outdir: page,
  platform: "browser",
  target: ["chrome120", "firefox121", "safari17"],
  format: "esm",
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
});
for (const name of ["index.html", "icon.svg"]) {
  cpSync(at("packages/dashboard/app", name), join(page, name));
}
cpSync(page, at("packages/cli/dist/page"), { recursive: true });
