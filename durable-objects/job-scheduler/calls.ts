/** The calls table: what was answered to each call of a turn, so that the same call is answered the same again. Synchronous SQL only. */
import type { RpcReply } from "../../protocol/agent-rpc.ts";
import { RPC_BOUNDS } from "../../protocol/own-work-bounds.ts";

/** One call of one turn. `digest`: of what it asks for. */
export type Call = { readonly callId: string; readonly turnId: string; readonly digest: string };

/** What is known of a call. `other`: its id was used by another turn, or for something else. */
export type KnownCall =
  | { readonly kind: "new" }
  | { readonly kind: "answered"; readonly reply: RpcReply }
  | { readonly kind: "other" };

/** Old rows that are removed with each new one: more than one, so that there are ever fewer. */
const SWEPT_AT_ONCE = 20;

export function findCall(sql: SqlStorage, { callId, turnId, digest }: Call): KnownCall {
  const query = "SELECT turn_id, digest, reply FROM calls WHERE call = ?";
  const [row] = sql.exec<{ turn_id: string; digest: string; reply: string }>(query, callId).toArray();
  if (!row) return { kind: "new" };
  if (row.turn_id !== turnId || row.digest !== digest) return { kind: "other" };
  const reply: RpcReply = JSON.parse(row.reply); // only `storeCall` writes it
  return { kind: "answered", reply };
}

/** How many calls of a turn were carried out. */
export function countCalls(sql: SqlStorage, turnId: string): number {
  return sql.exec<{ n: number }>("SELECT count(*) AS n FROM calls WHERE turn_id = ?", turnId).one().n;
}

/** Writes down what was answered, in the transaction of its effect. What is too old or too much goes. */
export function storeCall(sql: SqlStorage, call: Call, reply: RpcReply, now: number): void {
  sql.exec(
    "INSERT INTO calls (call, turn_id, digest, reply, at) VALUES (?, ?, ?, ?, ?)",
    call.callId,
    call.turnId,
    call.digest,
    JSON.stringify(reply),
    now,
  );
  const { newest } = sql.exec<{ newest: number }>("SELECT max(seq) AS newest FROM calls").one();
  sql.exec(
    "DELETE FROM calls WHERE seq IN (SELECT seq FROM calls ORDER BY seq LIMIT ?) AND (seq <= ? OR at < ?)",
    SWEPT_AT_ONCE,
    newest - RPC_BOUNDS.callsKept,
    now - RPC_BOUNDS.callsKeptMs,
  );
}
