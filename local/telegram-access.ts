/** Whom the bot answers, asked of the running Worker: what its owner has to do before it answers anybody. */
import * as v from "valibot";
import { DM_POLICIES, GROUP_POLICIES } from "../protocol/agent-config.ts";

/** A banner that says less is better than one that comes late. */
const ANSWER_MAX_MS = 2_000;

const policy = v.picklist(DM_POLICIES);
const access = v.object({
  dmPolicy: policy,
  dm: v.object({ telegram: v.optional(policy) }),
  groupPolicy: v.picklist(GROUP_POLICIES),
  groupAllowFrom: v.array(v.string()),
});
const configuration = v.object({ effective: v.object({ access }) });
const peer = v.object({ peer: v.string(), how: v.string() });
const known = v.object({ people: v.array(v.object({ peers: v.array(peer) })) });

export type TelegramAccess = {
  readonly access: v.InferOutput<typeof access>;
  /** Of each person: where they are let in, and why. */
  readonly people: readonly (readonly v.InferOutput<typeof peer>[])[];
};

/** Null if the Worker does not say it in time. Never throws. */
export async function readTelegramAccess(url: string, adminToken: string): Promise<TelegramAccess | null> {
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`${url}/admin/api/${path}`, {
      headers: { authorization: `Bearer ${adminToken}` },
      signal: AbortSignal.timeout(ANSWER_MAX_MS),
    });
    return await response.json();
  };
  try {
    const [config, people] = await Promise.all([ask("config"), ask("people")]);
    const { effective } = v.parse(configuration, config);
    return { access: effective.access, people: v.parse(known, people).people.map(({ peers }) => peers) };
  } catch {
    return null;
  }
}

/** What there is to do: a line, or none when the bot answers somebody. Pure. */
export function describeTelegramAccess({
  access: { dmPolicy, dm, ...groups },
  people,
}: TelegramAccess): readonly string[] {
  const direct = dm.telegram ?? dmPolicy;
  if (direct === "open" || direct === "disabled") return [];
  const heard = people.filter((peers) => direct === "pairing" || peers.some(({ how }) => how === "listed"));
  if (heard.some((peers) => peers.some(({ peer: name }) => isTelegrams(name)))) return [];
  const hasGroups =
    groups.groupPolicy === "open" || (groups.groupPolicy === "allowlist" && groups.groupAllowFrom.some(isTelegrams));
  return [`answers ${hasGroups ? "groups only" : "nobody yet"}: ${direct === "pairing" ? BY_PAIRING : BY_LIST}`];
}

function isTelegrams(name: string): boolean {
  return name.startsWith("telegram:");
}

const BY_PAIRING = "write to it, and let yourself in: npm run claw -- pair approve <the code that it tells you>";
const BY_LIST = `npm run claw -- config set access.allowFrom '["telegram:<your id>"]'`;
