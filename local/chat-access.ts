/** Whom a bot answers, asked of the running Worker: what its owner has to do before it answers anybody. */
import * as v from "valibot";
import { DM_POLICIES, GROUP_POLICIES } from "../protocol/agent-config.ts";

/** A banner that says less is better than one that comes late. */
const ANSWER_MAX_MS = 2_000;

const policy = v.picklist(DM_POLICIES);
const access = v.object({
  dmPolicy: policy,
  dm: v.object({ telegram: v.optional(policy), discord: v.optional(policy) }),
  groupPolicy: v.picklist(GROUP_POLICIES),
  groupAllowFrom: v.array(v.string()),
});
const configuration = v.object({ effective: v.object({ access }) });
const peer = v.object({ peer: v.string(), how: v.string() });
const known = v.object({ people: v.array(v.object({ peers: v.array(peer) })) });

export type ChatAccess = {
  readonly access: v.InferOutput<typeof access>;
  /** Of each person: where they are let in, and why. */
  readonly people: readonly (readonly v.InferOutput<typeof peer>[])[];
};

/** The channels that have a line in the banner. */
export type ChatChannel = "telegram" | "discord";

/** Null if the Worker does not say it in time. Never throws. */
export async function readChatAccess(url: string, adminToken: string): Promise<ChatAccess | null> {
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

/** What there is to do on a channel: a line, or none when the bot answers somebody there. Pure. */
export function describeChatAccess(
  { access: { dmPolicy, dm, ...groups }, people }: ChatAccess,
  channel: ChatChannel,
): readonly string[] {
  const direct = dm[channel] ?? dmPolicy;
  if (direct === "open" || direct === "disabled") return [];
  const isThere = (name: string) => name.startsWith(`${channel}:`);
  const heard = people.filter((peers) => direct === "pairing" || peers.some(({ how }) => how === "listed"));
  if (heard.some((peers) => peers.some(({ peer: name }) => isThere(name)))) return [];
  const hasGroups =
    groups.groupPolicy === "open" || (groups.groupPolicy === "allowlist" && groups.groupAllowFrom.some(isThere));
  return [
    `answers ${hasGroups ? "groups only" : "nobody yet"}: ${direct === "pairing" ? BY_PAIRING : byList(channel)}`,
  ];
}

const BY_PAIRING = "write to it, and let yourself in: npm run claw -- pair approve <the code that it tells you>";

function byList(channel: ChatChannel): string {
  return `npm run claw -- config set access.allowFrom '["${channel}:<your id>"]'`;
}
