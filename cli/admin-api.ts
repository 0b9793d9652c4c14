/** Asks the admin API of an assistant. */
import { err, ok, type Result } from "../protocol/result.ts";
import { type Address, unreachable } from "./address.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";

export type AskFailure = { readonly exit: ExitCode; readonly message: string };

/** No admin answer takes longer; it reads a few rows. */
const ASK_MAX_MS = 15_000;

/** GETs `path` (below the address) and returns its JSON. Never throws. */
export async function askAdmin(address: Address, path: string): Promise<Result<unknown, AskFailure>> {
  const response = await fetch(`${address.url}${path}`, {
    headers: { authorization: `Bearer ${address.token}` },
    signal: AbortSignal.timeout(ASK_MAX_MS),
  }).catch(() => null);
  if (!response) return err({ exit: EXIT.unusable, message: unreachable(address) });
  if (response.status === 401) return err({ exit: EXIT.unusable, message: "the admin token is wrong" });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && body !== null) return ok(body);
  return err({ exit: EXIT.failed, message: `the assistant answered ${response.status} to ${path}` });
}
