/** Who may use the hooks: whoever bears `HOOKS_TOKEN`, in a header. In an address it would end up in logs. */
import { secretsMatch } from "../../protocol/constant-time.ts";
import { err, ok, type Result } from "../../protocol/result.ts";

/** Longest token that is compared at all; a longer one is wrong. */
const TOKEN_MAX = 1_024;
const BEARER = /^bearer +(\S+)$/i;
/** By such names people put tokens into addresses. */
const QUERY_NAME = /token|secret|auth|api_?key|password/i;

/** `in_address`: it is in the query string, right or wrong. */
export async function checkHookToken(
  { url, headers }: Pick<Request, "url" | "headers">,
  token: string,
): Promise<Result<null, "in_address" | "wrong">> {
  const { searchParams } = new URL(url);
  if ([...searchParams.keys()].some((name) => QUERY_NAME.test(name))) return err("in_address");
  const given = BEARER.exec(headers.get("authorization") ?? "")?.[1] ?? headers.get("x-openclaw-token");
  if (given === null || given.length > TOKEN_MAX || !(await secretsMatch(given, token))) return err("wrong");
  return ok(null);
}
