/** Looks whether a message of ours is in a channel already, when Discord no longer knows it by its nonce. */
import * as v from "valibot";
import { ChannelError } from "../../../protocol/errors.ts";
import { isRefused, Refusal } from "./outcome.ts";
import type { DiscordRest } from "./rest.ts";
import { route } from "./rest-route.ts";
import { ownId } from "./rest-self.ts";
import type { Content } from "./send-message.ts";

/** "Snowflakes": ms since the first second of 2015, above 22 bits. */
const EPOCH_MS = 1_420_070_400_000;
const BELOW_TIME_BITS = 22n;
/** Discord's clock and ours are so far apart at most. */
const CLOCK_MS = 1_000;
/** "Get Channel Messages": up to 100. Beyond so many pages nobody knows. */
const PAGE = 100;
const PAGES_MAX = 5;

const messages = v.array(
  v.object({
    id: v.string(),
    content: v.string(),
    nonce: v.nullish(v.union([v.string(), v.number()])),
    author: v.object({ id: v.string() }),
    attachments: v.array(v.object({ size: v.number() })),
  }),
);
type Message = v.InferOutput<typeof messages>[number];

/** What is looked for, and where. */
export type Sent = { readonly content: Content; readonly nonce: string };
export type Sought = {
  readonly channelId: string;
  /** Surely, even if it shows nothing: a direct chat. */
  readonly isReadable: boolean;
  /** Epoch ms of the first try. */
  readonly since: number;
};

/**
 * The id of what was sent to a channel since then; null: it is surely not there. Throws `ChannelError` only:
 * `channel_refused` when that cannot be known, for then nothing can be sent without a doubt.
 */
export async function findSent(
  rest: DiscordRest,
  { channelId, isReadable, since }: Sought,
  sent: Sent,
): Promise<string | null> {
  const self = await ownId(rest);
  let after = snowflakeAt(since - CLOCK_MS);
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const found = await read(rest, channelId, { after, limit: String(PAGE) });
    const own = found.find((message) => message.author.id === self && isSame(message, sent));
    if (own) return own.id;
    if (page === 0 && found.length === 0 && !isReadable) await mustBeReadable(rest, channelId);
    if (found.length < PAGE) return null;
    after = found.reduce((newest, { id }) => (BigInt(id) > BigInt(newest) ? id : newest), after);
  }
  throw unknowable("too much was written since");
}

/** A nonce tells for sure. Messages that are read later may have none, and then it is what they show. */
function isSame({ nonce, content, attachments }: Message, sent: Sent): boolean {
  if (nonce !== null && nonce !== undefined) return String(nonce) === sent.nonce;
  const { text, files } = sent.content;
  const hasFiles =
    attachments.length === files.length && files.every(({ bytes }, at) => attachments[at]?.size === bytes);
  return hasFiles && content.trim() === text.trim();
}

async function read(rest: DiscordRest, channelId: string, query: Readonly<Record<string, string>>): Promise<Message[]> {
  try {
    return await rest.ask(messages, route("GET", "/channels/{channel}/messages", { channel: channelId }), { query });
  } catch (error) {
    if (!(error instanceof Refusal) || isRefused(error, "unknown_channel")) throw error;
    throw unknowable("the channel may not be read");
  }
}

/** Who may not read the history of a channel is shown an empty one ("Get Channel Messages"). */
async function mustBeReadable(rest: DiscordRest, channelId: string): Promise<void> {
  const newest = await read(rest, channelId, { limit: "1" });
  if (newest.length === 0) throw unknowable("the channel shows no messages");
}

function snowflakeAt(ms: number): string {
  return String(BigInt(Math.max(0, Math.floor(ms) - EPOCH_MS)) << BELOW_TIME_BITS);
}

function unknowable(why: string): ChannelError {
  const at = { channel: "discord", method: "history" };
  return new ChannelError("channel_refused", at, `not sent again: it may be there already, and ${why}`);
}
