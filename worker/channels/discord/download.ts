/** Opens a file that somebody sent. Its address comes from a message, so only Discord's own are followed. */
import * as v from "valibot";
import { INBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { ChannelError } from "../../../protocol/errors.ts";
import type { Attachment } from "../../../protocol/inbound.ts";
import type { Download } from "../channel.ts";
import { DISCORD_API_ROOT } from "./settings.ts";
import { type DiscordRest, QUICK_TIMEOUT_MS } from "./rest.ts";
import { route } from "./rest-route.ts";

/** "Signed Attachment CDN URLs": where files are. */
const HOSTS: ReadonlySet<string> = new Set(["cdn.discordapp.com", "media.discordapp.net"]);
/** An address that has expired, or a file that is gone. */
const GONE: ReadonlySet<number> = new Set([400, 403, 404, 410]);
const AT = { channel: "discord", method: "attachment" } as const;

const renewed = v.object({ refreshed_urls: v.array(v.object({ refreshed: v.nullish(v.string()) })) });

/**
 * Follows no redirection, and tells nobody who we are. An address that has expired is renewed once. Throws `ChannelError`
 * only: `channel_refused` when the file is not to be had.
 */
export async function downloadDiscord(rest: DiscordRest, { platformId: address }: Attachment): Promise<Download> {
  const first = await open(rest, address);
  const response = GONE.has(first.status) ? await open(rest, await renew(rest, address)) : first;
  if (response.ok && response.body) {
    const bytes = Number(response.headers.get("content-length") ?? Number.NaN);
    return { body: response.body, bytes: Number.isSafeInteger(bytes) ? bytes : null };
  }
  await response.body?.cancel().catch(() => {});
  const code = GONE.has(response.status) ? "channel_refused" : "channel_unreachable";
  throw new ChannelError(code, AT, `attachment: ${response.status}`);
}

/** Both opening and reading end after `attachmentTimeoutMs`. */
async function open(rest: DiscordRest, address: string): Promise<Response> {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url || !isDiscords(rest, url)) throw new ChannelError("channel_refused", AT, "not a file of Discord's");
  const signal = AbortSignal.timeout(INBOUND_BOUNDS.attachmentTimeoutMs);
  const response = await fetch(url, { redirect: "manual", signal }).catch(() => null);
  if (!response) throw new ChannelError("channel_unreachable", AT, "attachment: no answer");
  if (GONE.has(response.status)) await response.body?.cancel().catch(() => {});
  return response;
}

function isDiscords({ apiRoot }: DiscordRest, { protocol, host, origin }: URL): boolean {
  if (protocol === "https:" && HOSTS.has(host)) return true;
  const own = new URL(apiRoot).origin;
  return origin === own && own !== new URL(DISCORD_API_ROOT).origin;
}

async function renew(rest: DiscordRest, address: string): Promise<string> {
  const { refreshed_urls: urls } = await rest.ask(renewed, route("POST", "/attachments/refresh-urls"), {
    json: { attachment_urls: [address] },
    timeoutMs: QUICK_TIMEOUT_MS,
  });
  const fresh = urls[0]?.refreshed;
  if (fresh) return fresh;
  throw new ChannelError("channel_refused", AT, "attachment: it is gone");
}
