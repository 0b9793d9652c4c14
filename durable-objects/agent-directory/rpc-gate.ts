/**
 * Whether a call of a running turn is heard. The directory makes the tokens, because it grants the turns: it alone knows
 * which turn holds a lane. Its key is made once, and is nowhere else.
 */
import type { RpcClaims, RpcRefusalCode } from "../../protocol/agent-rpc.ts";
import type { Fence, TurnId } from "../../protocol/ids.ts";
import { RPC_BOUNDS } from "../../protocol/own-work-bounds.ts";
import type { ConversationKey, SessionKey } from "../../protocol/session-key.ts";
import { expiryOf, importTokenKey, mintToken, readToken, verbsOf } from "./agent-token.ts";
import { readLane } from "./lanes.ts";

/** Bytes of the key: as many as the hash has. */
const KEY_BYTES = 32;

/** `session`: where the turn is, by its lane and not by what it says of itself. */
export type RpcAdmission =
  | { readonly kind: "heard"; readonly claims: RpcClaims; readonly session: SessionKey }
  | { readonly kind: "refused"; readonly code: RpcRefusalCode };

/** What a turn calls the edge with, and what it may call. */
export type EdgeToken = { readonly token: string; readonly verbs: RpcClaims["verbs"] };

export type GrantedTurn = {
  readonly conversation: ConversationKey;
  readonly turnId: TurnId;
  readonly fence: Fence;
  readonly session: SessionKey;
};

export class RpcGate {
  readonly #sql: SqlStorage;
  /**
   * How often the turn of a conversation has asked for credentials, in order of asking. In memory: it stops a turn that asks
   * without end, and as long as one does the object stays awake.
   */
  readonly #asked = new Map<string, { readonly fence: Fence; readonly times: number }>();
  #key: Promise<CryptoKey> | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The token of a turn that was just granted. */
  async mint(agent: string, { conversation, turnId, fence, session }: GrantedTurn, now: number): Promise<EdgeToken> {
    const verbs = verbsOf(conversation, session);
    const expiresAt = expiryOf(session, now);
    const token = await mintToken(await this.#tokenKey(now), { agent, conversation, turnId, fence, verbs, expiresAt });
    return { token, verbs };
  }

  /** Stores nothing. `verb`: what is asked for, as it was written; null: it cannot be read. */
  async check(agent: string, token: string, verb: string | null, now: number): Promise<RpcAdmission> {
    const claims = await readToken(await this.#tokenKey(now), token);
    if (claims?.agent !== agent) return refused("token_bad");
    if (claims.expiresAt <= now) return refused("token_expired");
    if (verb !== null && !claims.verbs.some((allowed) => allowed === verb)) return refused("verb_not_allowed");
    const { fence, holder } = readLane(this.#sql, claims.conversation);
    if (holder?.turnId !== claims.turnId || fence !== claims.fence) return refused("fence_lost");
    if (verb === "credentials" && !this.#mayAsk(claims)) return refused("too_many_calls");
    return { kind: "heard", claims, session: holder.session };
  }

  /** Counts a call of `credentials`. A conversation has one turn under one fence at a time. */
  #mayAsk({ conversation, fence }: RpcClaims): boolean {
    const asked = this.#asked.get(conversation);
    const times = asked?.fence === fence ? asked.times : 0;
    if (times >= RPC_BOUNDS.credentialsPerTurnMax) return false;
    this.#asked.delete(conversation);
    this.#asked.set(conversation, { fence, times: times + 1 });
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > RPC_BOUNDS.credentialsCounted && oldest !== undefined) this.#asked.delete(oldest);
    return true;
  }

  #tokenKey(now: number): Promise<CryptoKey> {
    this.#key ??= importTokenKey(keyBytes(this.#sql, now));
    return this.#key;
  }
}

/** The stored key, made when it is first needed. */
function keyBytes(sql: SqlStorage, now: number): ArrayBuffer {
  const [stored] = sql.exec<{ key: ArrayBuffer }>("SELECT key FROM rpc_key").toArray();
  if (stored) return stored.key;
  const { buffer } = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  sql.exec("INSERT INTO rpc_key (id, key, made_at) VALUES (1, ?, ?)", buffer, now);
  return buffer;
}

function refused(code: RpcRefusalCode): RpcAdmission {
  return { kind: "refused", code };
}
