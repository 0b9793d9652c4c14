/** Where an interactions endpoint could be: whether Discord would reach an address, as far as the address alone tells. Pure. */
import { isLocalHost } from "../../../protocol/public-host.ts";
import { err, ok, type Result } from "../../../protocol/result.ts";

/** The route of our endpoint; added to an address that names none. */
export const ENDPOINT_PATH = "/discord/interactions";

/** The endpoint's address in full, or why Discord would not reach it: the end of a sentence, with what to do. */
export function readEndpointAddress(text: string): Result<string, string> {
  const url = URL.parse(text);
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) return err(`that is no address. ${ADVICE}`);
  const full = new URL(url);
  if (full.pathname === "/") full.pathname = ENDPOINT_PATH;
  full.hash = "";
  full.username = "";
  full.password = "";
  const problem = problemOf(url);
  return problem === null ? ok(full.href) : err(`Discord cannot reach ${full.href}: ${problem}. ${ADVICE}`);
}

const ADVICE =
  "Give it a public https address (PUBLIC_URL, or as an argument), or no endpoint at all: with DISCORD_GATEWAY=on slash " +
  "commands come over the Gateway";

function problemOf({ protocol, hostname, username, password }: URL): string | null {
  if (hostname.startsWith("[")) return "that is an IPv6 address, and a certificate is for a name";
  if (isLocalHost(hostname)) return "that address means something in this machine or network only";
  if (protocol !== "https:") return "it takes nothing but https";
  if (username !== "" || password !== "") return "it sends no name and no password along";
  return null;
}
