/** The Worker, bundled by wrangler itself, so that the laptop runs byte for byte what `wrangler deploy` would upload. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, parse } from "node:path";
import { buildCacheDir, cachedBuild } from "./build-cache.ts";
import { runBuildStep } from "./build-step.ts";
import { parseWranglerToml, type WranglerToml } from "./worker-config.ts";

export type WorkerBundle = {
  readonly hash: string;
  readonly wrangler: WranglerToml;
  /** Absolute path of its one module. */
  readonly modulePath: string;
};

const SOURCES = [
  "worker",
  "durable-objects",
  "protocol",
  "fail-points",
  "wrangler.toml",
  "tsconfig.base.json",
  "package-lock.json",
];

/** The Worker of the repository in `root` and its bindings. Throws if it cannot be built or run here. */
export async function buildWorker(root: string): Promise<WorkerBundle> {
  const wrangler = parseWranglerToml(readFileSync(join(root, "wrangler.toml"), "utf8"));
  const { hash, folder } = await cachedBuild({
    root,
    name: "worker",
    sources: SOURCES,
    build: (target) => bundle(root, target),
  });
  const modulePath = join(folder, `${parse(wrangler.main).name}.js`);
  if (!existsSync(modulePath)) throw new Error(`wrangler built no ${modulePath}`);
  return { hash, wrangler, modulePath };
}

async function bundle(root: string, folder: string): Promise<void> {
  const wranglerPackage = createRequire(join(root, "package.json")).resolve("wrangler/package.json");
  await runBuildStep({
    what: "the Worker",
    root,
    script: [join(wranglerPackage, "..", "bin", "wrangler.js"), "deploy", "--dry-run", "--outdir", folder],
    environment: {
      // The banner asks the registry for a newer version.
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_SEND_METRICS: "false",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      WRANGLER_LOG_PATH: join(buildCacheDir(root), "logs"),
    },
  });
  // workerd is given one module; another kind (wasm, text) would have to be listed in its configuration.
  const modules = readdirSync(folder).filter((name) => !name.endsWith(".map") && name !== "README.md");
  if (modules.length > 1)
    throw new Error(`npm start runs a Worker of one module; wrangler built ${modules.join(", ")}`);
}
