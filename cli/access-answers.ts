/** What an assistant answers about people, pairings and its configuration, as far as the command line reads it. */
import * as v from "valibot";
import { DM_CHANNELS, DM_POLICIES, type DmPolicy, GROUP_POLICIES } from "../protocol/agent-config.ts";

const openPairing = v.object({ code: v.string(), peer: v.string(), name: v.string(), expiresAt: v.number() });
export const pairingsAnswer = v.object({ pairings: v.array(openPairing) });
export type OpenPairingAnswer = v.InferOutput<typeof openPairing>;

const person = v.object({
  personId: v.string(),
  name: v.string(),
  role: v.picklist(["owner", "person"]),
  peers: v.array(
    v.object({ peer: v.string(), how: v.picklist(["listed", "paired", "linked"]), at: v.nullable(v.number()) }),
  ),
});
export const peopleAnswer = v.object({ people: v.array(person) });
export type PersonAnswer = v.InferOutput<typeof person>;

const policy = v.picklist(DM_POLICIES);
const access = v.object({
  dmPolicy: policy,
  dm: v.record(v.string(), v.optional(policy)),
  allowFrom: v.array(v.string()),
  groupPolicy: v.picklist(GROUP_POLICIES),
  groupAllowFrom: v.array(v.string()),
});
/** Settings that only a later release knows are kept. */
export const configurationAnswer = v.object({
  version: v.number(),
  document: v.record(v.string(), v.unknown()),
  effective: v.looseObject({
    access: v.looseObject(access.entries),
    models: v.looseObject({ default: v.nullable(v.string()) }),
  }),
});
export type ConfigurationAnswer = v.InferOutput<typeof configurationAnswer>;
export type AccessSettings = v.InferOutput<typeof access>;

/** The policy for direct chats on each channel. Pure. */
export function directPolicies({ dmPolicy, dm }: AccessSettings): readonly { channel: string; policy: DmPolicy }[] {
  return DM_CHANNELS.map((channel) => ({ channel, policy: dm[channel] ?? dmPolicy }));
}
