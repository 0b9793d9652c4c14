/** Asks the admin API of an assistant. */
import * as v from "valibot";
import { err, ok, type Result } from "../protocol/result.ts";
import { type Address, unreachable } from "./address.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";

export type AskFailure = { readonly exit: ExitCode; readonly message: string };

/** No admin answer takes longer; it reads a few rows, or asks Telegram twice for up to 5 s. */
const ASK_MAX_MS = 15_000;

/** What the admin API calls a request that it understood and refused, and what to say of it. */
const REFUSALS: Readonly<Record<string, string>> = {
  unknown_session:
    "nobody who is let in has written in that session, and of others there is nothing to look at; " +
    "npm run claw -- sessions lists them",
  unknown_message: "that session has no such message; npm run claw -- ledger <session> lists them",
  unknown_part: "that session has no such part; npm run claw -- ledger <session> --dead lists them",
  not_dead: "there is nothing to take up again",
  not_replayable: "the answer to that command is forgotten; send the command again",
  too_many_waiting: "too many messages of that session wait for an answer; try again later",
};
const refusal = v.object({ error: v.string(), state: v.optional(v.string()), message: v.optional(v.string()) });

/** What a request changes; without one it only reads. */
export type Change = { readonly method: "POST" | "PUT" | "DELETE"; readonly body?: object };

/** GETs `path` (below the address), or changes something there, and returns the answer's JSON. Never throws. */
export async function askAdmin(address: Address, path: string, change?: Change): Promise<Result<unknown, AskFailure>> {
  const { method = "GET", body } = change ?? {};
  const response = await fetch(`${address.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${address.token}`, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(ASK_MAX_MS),
  }).catch(() => null);
  if (!response) return err({ exit: EXIT.unusable, message: unreachable(address) });
  if (response.status === 401) return err({ exit: EXIT.unusable, message: "the admin token is wrong" });
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok && answer !== null) return ok(answer);
  return err({ exit: EXIT.failed, message: explain(answer) ?? `the assistant answered ${response.status} to ${path}` });
}

/** The words for a refusal that we know or that explains itself; null for any other answer. */
function explain(answer: unknown): string | null {
  const parsed = v.safeParse(refusal, answer);
  if (!parsed.success) return null;
  const { error, state, message } = parsed.output;
  const words = REFUSALS[error] ?? message;
  return words === undefined ? null : `${words}${state === undefined ? "" : `: it is ${state}`}`;
}
