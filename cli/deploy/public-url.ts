/** Whether PUBLIC_URL leads to the deployment: asked without the admin token, which is for nobody else. */
import * as v from "valibot";
import { DeployError } from "./deploy-error.ts";
import { type Facts, known } from "./facts.ts";

const ASK_MAX_MS = 15_000;

const health = v.object({ deployment: v.string(), release: v.string() });

export type Standing =
  | { readonly kind: "ours"; readonly release: string }
  | { readonly kind: "other"; readonly why: string };

/** Null: PUBLIC_URL is not set, and the address at workers.dev is the account's own. */
export async function publicUrlStanding({ accounts, settings }: Facts): Promise<Standing | null> {
  if (settings.publicUrl === null) return null;
  const { url } = known(accounts, "accounts");
  const options = { redirect: "manual", signal: AbortSignal.timeout(ASK_MAX_MS) } as const;
  const response = await fetch(`${url}/healthz`, options).catch(() => null);
  if (response === null) return { kind: "other", why: `nobody answers at ${url}` };
  const parsed = v.safeParse(health, await response.json().catch(() => null));
  if (!parsed.success) {
    const why = `${url} answers ${response.status} and not as this deployment`;
    return { kind: "other", why };
  }
  const { deployment, release } = parsed.output;
  if (deployment === settings.name) return { kind: "ours", release };
  return { kind: "other", why: `at ${url} is the deployment ${deployment}, not ${settings.name}` };
}

/** What to do about a PUBLIC_URL that leads elsewhere; nothing where none is set. */
export function publicUrlAdvice({ settings: { publicUrl, name } }: Facts): readonly string[] {
  if (publicUrl === null) return [];
  return [
    `PUBLIC_URL is ${publicUrl} (.dev.vars, or the environment): it must lead to the Worker ${name}; a tunnel to a laptop does not`,
    "lead the domain there (Workers & Pages, Domains), or take PUBLIC_URL out for an address at workers.dev",
  ];
}

/** Throws before anything with the token is sent to a PUBLIC_URL that leads elsewhere. */
export async function requireOurAddress(facts: Facts): Promise<void> {
  const standing = await publicUrlStanding(facts);
  if (standing?.kind === "other") throw new DeployError(standing.why, ...publicUrlAdvice(facts));
}
