/**
 * Where a webhook of a job may go: public https addresses, and what the deployment names besides. As far as the address
 * alone tells; what a name leads to is the network's business (docs/hooks.md). Pure.
 */
import { isLocalHost } from "./public-host.ts";
import { err, ok, type Result } from "./result.ts";

/** What the deployment says of where a webhook may go. */
export type WebhookRules = {
  /** `host` or `host:port` that may be http, and in the deployment's own network. */
  readonly allowHosts: readonly string[];
  /** The assistant's own address: what it says may not come in as a hook or a message. */
  readonly publicUrl: string | null;
};

/** A webhook's address; `isAllowed`: the deployment names its host. */
export type WebhookTarget = { readonly url: URL; readonly isAllowed: boolean };

/** Ports below this belong to other services than web servers, but for 443. */
const OTHER_SERVICES_BELOW = 1_024;
const URL_MAX = 2_000;

/** The address, or what is wrong with it: the end of a sentence that begins with "the webhook's address". */
export function checkWebhookUrl(text: string, rules: WebhookRules): Result<WebhookTarget, string> {
  const url = text.length > URL_MAX ? null : URL.parse(text);
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) {
    return err("must be one of the web, such as https://example.com/hook");
  }
  if (url.username !== "" || url.password !== "") return err("must hold no user name and no password");
  if (isOwnAddress(url, rules.publicUrl)) return err("is the assistant's own");
  if (rules.allowHosts.some((entry) => isHost(url, entry))) return ok({ url, isAllowed: true });
  const problem = problemOfPublic(url);
  return problem === null ? ok({ url, isAllowed: false }) : err(problem);
}

function problemOfPublic({ protocol, hostname, port }: URL): string | null {
  if (isPrivate(hostname)) return `is not a public one; ${ALLOW}`;
  if (protocol !== "https:") return `must begin with https://; ${ALLOW}`;
  return port !== "" && Number(port) < OTHER_SERVICES_BELOW ? "must have port 443, or one from 1024 on" : null;
}

const ALLOW = "WEBHOOK_ALLOW_HOSTS can name a host for which that is right";

/** Whether an entry of a list of hosts can be one. */
export function isAllowableHost(entry: string): boolean {
  const url = URL.parse(`http://${entry}`);
  return url !== null && !entry.includes("*") && url.href === `http://${url.host}/`;
}

/** Whether an entry of a list of hosts names that of an address. Without a port an entry means the usual one. */
export function isHost(url: URL, entry: string): boolean {
  return URL.parse(`${url.protocol}//${entry}`)?.host === url.host;
}

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1?\])$/;

/** Loopback has many names. */
function isOwnAddress(url: URL, publicUrl: string | null): boolean {
  const own = publicUrl === null ? null : URL.parse(publicUrl);
  if (!own) return false;
  const host = (address: URL) => address.hostname.replace(/\.+$/, "");
  if (host(url) === host(own)) return portOf(url) === portOf(own) || !LOOPBACK.test(host(own));
  return LOOPBACK.test(host(url)) && LOOPBACK.test(host(own)) && portOf(url) === portOf(own);
}

function portOf({ port, protocol }: URL): string {
  if (port !== "") return port;
  return protocol === "https:" ? "443" : "80";
}

function isPrivate(hostname: string): boolean {
  return hostname.startsWith("[") ? !isPublicIpv6(hostname.slice(1, -1)) : isLocalHost(hostname);
}

/**
 * Of global unicast (2000::/3) all but IANA's special blocks: 2001::/23 and Teredo, 2001:db8::/32 and 3fff::/20 for
 * examples, 2002::/16 which holds an IPv4 address. Mapped and translated ones lie outside. `URL` has written it shortest.
 */
function isPublicIpv6(address: string): boolean {
  const [first = "", second = ""] = address.split(":");
  const [head, next] = [Number.parseInt(first || "0", 16), Number.parseInt(second || "0", 16)];
  if (head < 0x2000 || head > 0x3fff || head === 0x2002) return false;
  if (head === 0x2001) return next >= 0x0200 && next !== 0x0db8;
  return !(head === 0x3fff && next < 0x1000);
}
