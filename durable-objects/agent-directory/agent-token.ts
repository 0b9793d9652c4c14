/**
 * The tokens by which a running turn calls the edge: what one says, under an HMAC. Web Cryptography, no state; who may
 * have one is decided elsewhere.
 */
import * as v from "valibot";
import { type RpcClaims, RPC_VERBS } from "../../protocol/agent-rpc.ts";
import { TURN_BOUNDS } from "../../protocol/bounds.ts";
import type { TurnId } from "../../protocol/ids.ts";
import { conversationKey, fence, turnId } from "../../protocol/schema.ts";
import {
  type ConversationKey,
  parseConversationKey,
  parseSessionKey,
  type SessionKey,
} from "../../protocol/session-key.ts";

/** The claims of a token that was minted here, with their own types. */
export type TokenClaims = RpcClaims & { readonly conversation: ConversationKey; readonly turnId: TurnId };

/** Longest token that is looked at; ours have less than 1,000 characters. */
const TOKEN_MAX = 4_096;
const ALGORITHM = { name: "HMAC", hash: "SHA-256" } as const;

const claims = v.strictObject({
  agent: v.string(),
  conversation: conversationKey,
  turnId,
  fence,
  verbs: v.array(v.picklist(RPC_VERBS)),
  expiresAt: v.pipe(v.number(), v.safeInteger()),
});

/** Makes the key usable; it cannot be read out again. */
export function importTokenKey(bytes: ArrayBuffer): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, ALGORITHM, false, ["sign", "verify"]);
}

/**
 * What the turns of a conversation may call: those of the owner's own everything, all others ask for their credentials
 * anew and no more. Nor do those that nobody has written (a planned event): their session is a job's.
 */
export function verbsOf(conversation: ConversationKey, session: SessionKey): RpcClaims["verbs"] {
  const talk = parseConversationKey(conversation);
  return !isOfJob(session) && talk.ok && talk.value.kind === "main" ? RPC_VERBS : ["credentials"];
}

/** Until when a turn that is granted now may call: as long as it may run. */
export function expiryOf(session: SessionKey, now: number): number {
  return now + (isOfJob(session) ? TURN_BOUNDS.jobTurnMaxMs : TURN_BOUNDS.turnMaxMs);
}

/** Whether nobody has written; a key that cannot be read gives nobody a right. */
function isOfJob(session: SessionKey): boolean {
  const place = parseSessionKey(session);
  return !place.ok || place.value.channel === "job";
}

/** Signs claims. */
export async function mintToken(key: CryptoKey, said: RpcClaims): Promise<string> {
  // In this order, so that equal claims are one text.
  const { agent, conversation, turnId: turn, fence: number, verbs, expiresAt } = said;
  const text = JSON.stringify({ agent, conversation, turnId: turn, fence: number, verbs, expiresAt });
  const payload = new TextEncoder().encode(text);
  const mac = await crypto.subtle.sign(ALGORITHM, key, payload);
  return `${base64url(payload)}.${base64url(new Uint8Array(mac))}`;
}

/** The claims of a token that this key has signed; null for any other text. The mac is compared in constant time. */
export async function readToken(key: CryptoKey, token: string): Promise<TokenClaims | null> {
  if (token.length > TOKEN_MAX) return null;
  const [payload, mac, ...more] = token.split(".").map(fromBase64url);
  if (!payload || !mac || more.length > 0) return null;
  if (!(await crypto.subtle.verify(ALGORITHM, key, mac, payload))) return null;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), claims), new TextDecoder().decode(payload));
  return parsed.success ? parsed.output : null;
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Null unless it is the one way to write these bytes. */
function fromBase64url(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[\w-]+$/.test(text)) return null;
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
    return base64url(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}
