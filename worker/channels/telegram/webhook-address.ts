/** Where a webhook could be: whether Telegram would reach an address, as far as the address alone tells. Pure. */
import { isLocalHost } from "../../../protocol/public-host.ts";
import { err, ok, type Result } from "../../../protocol/result.ts";

/** The route of our webhook; added to an address that names none. */
const WEBHOOK_PATH = "/telegram/webhook";
/** "Marvin's Marvellous Guide to All Things Webhook": the ports that Telegram posts to. */
const PORTS: ReadonlySet<string> = new Set(["", "443", "80", "88", "8443"]);

/** The webhook's address in full, or why Telegram would not reach it: the end of a sentence, with what to do. */
export function readWebhookAddress(text: string): Result<string, string> {
  const url = URL.parse(text);
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) return err(`that is no address. ${ADVICE}`);
  const address = withPath(url);
  const problem = problemOf(url);
  return problem === null ? ok(address) : err(`Telegram cannot reach ${address}: ${problem}. ${ADVICE}`);
}

const ADVICE =
  "Give it a public https address (PUBLIC_URL, or --to), or no webhook at all: npm start then fetches the messages itself";

function withPath(url: URL): string {
  const full = new URL(url);
  if (full.pathname === "/") full.pathname = WEBHOOK_PATH;
  full.hash = "";
  full.username = "";
  full.password = "";
  return full.href;
}

function problemOf({ protocol, hostname, port, username, password }: URL): string | null {
  if (hostname.startsWith("[")) return "it takes no IPv6 addresses";
  if (isLocalHost(hostname)) return "that address means something in this machine or network only";
  if (protocol !== "https:") return "it takes nothing but https";
  if (!PORTS.has(port)) return `it does not take port ${port}, only 443, 80, 88 and 8443`;
  if (username !== "" || password !== "") return "it sends no name and no password along";
  return null;
}
