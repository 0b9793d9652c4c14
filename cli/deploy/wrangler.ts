/** wrangler: uploads the Worker, changes its secrets, goes back to an earlier version. Secrets go through its standard input. */
import { join } from "node:path";
import * as v from "valibot";
import type { Variables } from "../../local/variables.ts";
import { runTool } from "./child.ts";
import type { DeploySettings } from "./settings.ts";

export type Upload = {
  /** In the open: they stand in a command line. */
  readonly plain: Variables;
  readonly secrets: Variables;
  readonly release: string;
  /** Objects that run are taken over at once, instead of when they have a moment. */
  readonly isUrgent: boolean;
};

type Tell = (line: string) => void;
export type WranglerAccess = { readonly root: string; readonly settings: DeploySettings; readonly accountId: string };

/** Where wrangler reads a file from that is no file. */
const STDIN = "/dev/stdin";

/** Code, variables and secrets as one version, which takes all requests. */
export async function uploadWorker(access: WranglerAccess, upload: Upload, tell: Tell): Promise<void> {
  const plain = Object.entries(upload.plain).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
  await wrangler(access, {
    words: [
      "deploy",
      "--name",
      access.settings.name,
      ...plain,
      "--secrets-file",
      STDIN,
      "--tag",
      upload.release,
      "--message",
      `npm run deploy ${upload.release}`,
      ...(upload.isUrgent ? ["--durable-objects-code-update-mode", "immediate"] : []),
    ],
    input: JSON.stringify(upload.secrets),
    secrets: Object.values(upload.secrets),
    tell,
  });
}

/** Sets secrets of the Worker that is there; null takes one away. */
export async function changeSecrets(
  access: WranglerAccess,
  secrets: Readonly<Record<string, string | null>>,
  tell: Tell,
): Promise<void> {
  await wrangler(access, {
    words: ["secret", "bulk", "--name", access.settings.name],
    input: JSON.stringify(secrets),
    secrets: Object.values(secrets).filter((value) => value !== null),
    tell,
  });
}

/** Removes the Worker with everything that its Durable Objects hold. */
export async function deleteWorker(access: WranglerAccess, tell: Tell): Promise<void> {
  await wrangler(access, { words: ["delete", "--name", access.settings.name, "--force"], tell });
}

/** Has an earlier version take all requests again. */
export async function rollBackWorker(access: WranglerAccess, versionId: string, tell: Tell): Promise<void> {
  await wrangler(access, {
    words: [
      "rollback",
      versionId,
      "--name",
      access.settings.name,
      "--yes",
      "--message",
      "npm run deploy -- --rollback",
      "--durable-objects-code-update-mode",
      "immediate",
    ],
    tell,
  });
}

const tokenAnswer = v.pipe(v.string(), v.parseJson(), v.object({ token: v.string() }));

/** The token of `wrangler login`; null if nobody is logged in. */
export async function loginToken(root: string, settings: DeploySettings): Promise<string | null> {
  try {
    const printed = await wrangler(
      { root, settings, accountId: "" },
      { words: ["auth", "token", "--json"], tell: () => {} },
    );
    const parsed = v.safeParse(tokenAnswer, printed);
    return parsed.success ? parsed.output.token : null;
  } catch {
    return null;
  }
}

type Words = {
  readonly words: readonly string[];
  readonly input?: string;
  readonly secrets?: readonly string[];
  readonly tell: Tell;
};

async function wrangler({ root, settings, accountId }: WranglerAccess, run: Words): Promise<string> {
  const { token, baseUrl } = settings.cloudflare;
  return await runTool({
    what: `wrangler ${run.words[0] ?? ""}`,
    command: process.execPath,
    words: [join(root, "node_modules", "wrangler", "bin", "wrangler.js"), ...run.words],
    folder: root,
    environment: {
      // With a login the token is wrangler's own affair: it renews it.
      ...(token !== null && { CLOUDFLARE_API_TOKEN: token }),
      ...(accountId !== "" && { CLOUDFLARE_ACCOUNT_ID: accountId }),
      CLOUDFLARE_API_BASE_URL: baseUrl,
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_HIDE_BANNER: "true",
      // Its log holds what it sends.
      WRANGLER_WRITE_LOGS: "false",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
    },
    ...(run.input !== undefined && { input: run.input }),
    secrets: [...(run.secrets ?? []), ...(token === null ? [] : [token])],
    tell: run.tell,
  });
}
