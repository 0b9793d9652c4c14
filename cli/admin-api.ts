/** Asks the admin API of an assistant. */
import * as v from "valibot";
import { err, ok, type Result } from "../protocol/result.ts";
import { type Address, unreachable } from "./address.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { explainRefusal } from "./refusal.ts";

export type AskFailure = {
  readonly exit: ExitCode;
  readonly message: string;
  /** Each thing that is wrong with what was sent, where the assistant tells them apart. */
  readonly reasons?: readonly string[];
  /** What the assistant calls its refusal. */
  readonly code?: string;
};

/** Most admin answers take no longer; one reads a few rows, or asks Telegram twice for up to 5 s. */
const ASK_MAX_MS = 15_000;

/** What a request changes; without one it only reads. */
export type Change = Wait & {
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body?: object;
};

/** How long an answer may take (15 s). */
type Wait = { readonly timeoutMs?: number };

const refused = v.object({ error: v.string() });

/** GETs `path` (below the address), or changes something there, and returns the answer's JSON. Never throws. */
export async function askAdmin(
  address: Address,
  path: string,
  change: Partial<Change> = {},
): Promise<Result<unknown, AskFailure>> {
  const { method = "GET", body, timeoutMs = ASK_MAX_MS } = change;
  const response = await fetch(`${address.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${address.token}`, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch(() => null);
  if (!response) return err({ exit: EXIT.unusable, message: unreachable(address) });
  if (response.status === 401) return err({ exit: EXIT.unusable, message: "the admin token is wrong" });
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok && answer !== null) return ok(answer);
  const { message, reasons } = explainRefusal(answer) ?? {
    message: `the assistant answered ${response.status} to ${path}`,
  };
  return err({ exit: EXIT.failed, message, ...(reasons && { reasons }), ...codeOf(answer) });
}

function codeOf(answer: unknown): { readonly code?: string } {
  const parsed = v.safeParse(refused, answer);
  return parsed.success ? { code: parsed.output.error } : {};
}
