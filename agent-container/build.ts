/**
 * Bundles the container into `dist/`, or into the folder that is given: the server, the reader of PDFs, lazy chunks,
 * and the one file that pi reads at run time.
 */
import { cp, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const outdir = process.argv[2] ?? `${here}dist`;

/** Pi's packages do nothing when they are imported, but do not all say so; without this nothing could be left out. */
const withoutSideEffects: Plugin = {
  name: "without-side-effects",
  setup(builder) {
    builder.onResolve({ filter: /^@earendil-works\/pi-/ }, async ({ path, resolveDir, kind, pluginData }) => {
      if (pluginData === "resolved") return undefined;
      const resolved = await builder.resolve(path, { resolveDir, kind, pluginData: "resolved" });
      return { ...resolved, sideEffects: false };
    });
  },
};

await rm(outdir, { recursive: true, force: true });
await build({
  // The reader of PDFs is a thread, and so a program of its own.
  entryPoints: { server: `${here}src/server.ts`, "pdf-worker": `${here}src/agent/attachments/pdf-worker.ts` },
  outdir,
  bundle: true,
  splitting: true,
  // Names stay, so that stack traces can be read; shortening them gains nothing once the code is cached.
  minifyWhitespace: true,
  minifySyntax: true,
  platform: "node",
  // The ES module builds of the AWS SDK can be shaken; its CommonJS builds cost 30 ms at every start.
  mainFields: ["module", "main"],
  target: "node22.19",
  // Only a build of the fault suite has fail points (fail-points/).
  define: { FAIL_POINTS: "false" },
  format: "esm",
  legalComments: "none",
  plugins: [withoutSideEffects],
  // CommonJS dependencies of pi call `require`, which an ES module does not have.
  banner: {
    js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);',
  },
});
// Pi's SQLite backend reads its schema from beside the module that it was bundled into.
const backend = fileURLToPath(import.meta.resolve("@earendil-works/pi-session-backend-sqlite-node"));
await cp(new URL("sqlite/migrations", `file://${backend}`), `${outdir}/migrations`, { recursive: true });
await cp(`${here}runtime-package.json`, `${outdir}/package.json`);
