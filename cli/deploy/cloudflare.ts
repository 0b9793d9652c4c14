/** What the deploy command reads of a Cloudflare account, by the requests that wrangler itself makes. It changes nothing. */
import * as v from "valibot";
import { DeployError } from "./deploy-error.ts";

export type CloudflareAccess = { readonly baseUrl: string; readonly token: string };

/** A version of the Worker: its code, variables and the names of its secrets. */
export type WorkerVersion = {
  readonly id: string;
  readonly number: number;
  readonly createdAt: string;
  readonly plain: Readonly<Record<string, string>>;
  readonly secretNames: readonly string[];
};

const ASK_MAX_MS = 30_000;

const answer = v.object({
  success: v.boolean(),
  errors: v.optional(v.nullable(v.array(v.looseObject({ code: v.optional(v.number()), message: v.string() }))), []),
  result: v.optional(v.unknown(), null),
});

const accounts = v.array(v.object({ id: v.string(), name: v.optional(v.string(), "") }));
const subdomain = v.object({ subdomain: v.nullish(v.string(), null) });
const deployments = v.object({
  deployments: v.array(v.object({ versions: v.array(v.object({ version_id: v.string() })) })),
});
const versionSummary = v.object({ id: v.string(), number: v.optional(v.number(), 0) });
const versionList = v.object({ items: v.array(versionSummary) });
const versionDetail = v.object({
  id: v.string(),
  number: v.optional(v.number(), 0),
  metadata: v.optional(v.object({ created_on: v.optional(v.string(), "") }), {}),
  resources: v.object({
    bindings: v.array(v.object({ type: v.string(), name: v.string(), text: v.optional(v.string()) })),
  }),
});

export type Cloudflare = ReturnType<typeof openCloudflare>;

/** Nothing is asked yet. */
export function openCloudflare({ baseUrl, token }: CloudflareAccess) {
  /** Null: there is no such thing. Throws one line that never holds the token. */
  async function get(path: string): Promise<unknown> {
    const response = await fetch(`${baseUrl}${path}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(ASK_MAX_MS),
    }).catch(() => null);
    if (response === null) throw new DeployError("Cloudflare cannot be reached", "look at your network");
    const parsed = v.safeParse(answer, await response.json().catch(() => null));
    if (response.status === 404) return null;
    if (parsed.success && parsed.output.success) return parsed.output.result;
    const [first] = (parsed.success && parsed.output.errors) || [];
    const said = first?.message ?? `it answered ${response.status}`;
    throw new DeployError(
      `Cloudflare refuses (${said})`,
      response.status === 401 || response.status === 403 ? WRONG_TOKEN : SEE_STATUS,
    );
  }

  async function version(accountId: string, name: string, id: string): Promise<WorkerVersion | null> {
    const found = await get(`/accounts/${accountId}/workers/scripts/${name}/versions/${id}`);
    if (found === null) return null;
    const { number, metadata, resources } = v.parse(versionDetail, found);
    const plain = resources.bindings.flatMap(({ type, name: key, text }) =>
      type === "plain_text" && text !== undefined ? [[key, text] as const] : [],
    );
    const secretNames = resources.bindings.filter(({ type }) => type === "secret_text").map((binding) => binding.name);
    return { id, number, createdAt: metadata.created_on ?? "", plain: Object.fromEntries(plain), secretNames };
  }

  /** All versions that take requests: a gradual deployment has two. */
  async function liveVersions(accountId: string, name: string): Promise<readonly WorkerVersion[]> {
    const found = await get(`/accounts/${accountId}/workers/scripts/${name}/deployments`);
    const current = found === null ? undefined : v.parse(deployments, found).deployments[0];
    const all = await Promise.all(
      (current?.versions ?? []).map(async ({ version_id: id }) => await version(accountId, name, id)),
    );
    return all.filter((one) => one !== null);
  }

  return {
    version,
    liveVersions,

    async accounts(): Promise<readonly { readonly id: string; readonly name: string }[]> {
      return v.parse(accounts, (await get("/accounts")) ?? []);
    },

    /** What addresses at workers.dev end with; null if the account has not chosen one yet. */
    async subdomain(accountId: string): Promise<string | null> {
      const found = await get(`/accounts/${accountId}/workers/subdomain`);
      return found === null ? null : v.parse(subdomain, found).subdomain;
    },

    /** The version that takes the requests; null if there is no such Worker. */
    async liveVersion(accountId: string, name: string): Promise<WorkerVersion | null> {
      return (await liveVersions(accountId, name))[0] ?? null;
    },

    /** The newest versions, the newest first. */
    async versions(
      accountId: string,
      name: string,
    ): Promise<readonly { readonly id: string; readonly number: number }[]> {
      const found = await get(`/accounts/${accountId}/workers/scripts/${name}/versions?deployable=true`);
      const { items } = found === null ? { items: [] } : v.parse(versionList, found);
      return items.toSorted((a, b) => b.number - a.number);
    },
  };
}

const WRONG_TOKEN =
  "make a token with the template 'Edit Cloudflare Workers' at https://dash.cloudflare.com/profile/api-tokens and set CLOUDFLARE_API_TOKEN";
const SEE_STATUS = "try again later, or see https://www.cloudflarestatus.com";
