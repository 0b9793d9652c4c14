/** The addresses in the settings: which are refused, and which lead elsewhere than people may expect. Pure. */
import type { Variables } from "../../local/variables.ts";

export type Reject = (variable: string, problem: string) => void;

/** `AWS_ENDPOINT_URL_S3`, `ANTHROPIC_BASE_URL`, `TELEGRAM_API_ROOT`, `AGENTCORE_ENDPOINT`, ... */
const ADDRESS = /^AWS_ENDPOINT_URL(?:_|$)|_(?:BASE_URL|API_ROOT|ENDPOINT|EDGE_URL)$/;
/** Where the deploy command itself goes. */
const CLOUD = /^(?:AWS_ENDPOINT_URL(?:_|$)|CLOUDFLARE_API_BASE_URL$)/;
const LOOPBACK: readonly string[] = ["127.0.0.1", "localhost", "[::1]"];

/** What is said, and what is sent with a key, goes over https; only this machine is spoken to without. */
export function isProtected(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.includes(url.hostname));
}

/** `known`: only variables that mean something here. */
export function checkAddresses(known: Variables, reject: Reject): void {
  for (const [name, text] of Object.entries(known)) {
    if (!ADDRESS.test(name)) continue;
    const url = URL.parse(text);
    if (url === null || !isProtected(url))
      reject(name, "must be an https address; plain http is for this machine only");
    else if (url.username !== "" || url.password !== "") reject(name, "must not hold a user name or a password");
  }
  checkClouds(known, reject);
}

/** A test has both clouds on this machine. One alone is left over from something else, such as an emulator of AWS. */
function checkClouds(known: Variables, reject: Reject): void {
  const isHere = isOnThisMachine(known["CLOUDFLARE_API_BASE_URL"]);
  if (isHere && !isOnThisMachine(known["AWS_ENDPOINT_URL"])) {
    reject("CLOUDFLARE_API_BASE_URL", "leads to this machine, and AWS_ENDPOINT_URL does not: unset it, or set both");
  }
  if (isHere) return;
  for (const name of Object.keys(known).filter((each) => /^AWS_ENDPOINT_URL(?:_|$)|^AGENTCORE_ENDPOINT$/.test(each))) {
    if (!isOnThisMachine(known[name])) continue;
    reject(name, `leads to this machine, and Cloudflare is the real one: unset ${name} (shell, .dev.vars)`);
  }
}

function isOnThisMachine(text: string | undefined): boolean {
  const host = text === undefined ? undefined : URL.parse(text)?.hostname;
  return host !== undefined && LOOPBACK.includes(host);
}

/** One line for each cloud that is not asked at its own address. */
export function elsewhere(known: Variables): readonly string[] {
  return Object.entries(known).flatMap(([name, text]) =>
    CLOUD.test(name) ? [`${name} leads to ${URL.parse(text)?.host ?? "no address"}.`] : [],
  );
}
