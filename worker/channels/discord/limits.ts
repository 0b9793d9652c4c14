/** What Discord takes, and how often. */
import type { ReplyAddress } from "../../../protocol/outbound.ts";
import type { ChannelLimits, PreviewMode } from "../channel.ts";
import { TEXT_MAX } from "./render.ts";

/** Discord shows a message of any number of lines; more are a wall that pushes all else off the screen. */
export const LINES_MAX = 17;
/** "Uploading Files": 10 files of a message, 10 MiB each where nobody has paid for more. */
const FILES_MAX = 10;
const FILE_MAX_BYTES = 10_485_760;
/** Channels of a server talk more than groups do, and few of it is of use. */
const OVERHEARD_MAX = 20;
/** About five edits in 5 s in a channel, as its buckets tell; the answer must still fit. */
const EDIT_EVERY_MS = 1_200;
/** "Trigger Typing Indicator": typing is shown for 10 s. */
const TYPING_EVERY_MS = 8_000;
/**
 * "Rate Limits": 50 calls a second by the bot's token; a channel takes about five messages in 5 s, as its buckets tell. A
 * little below each, since calls do not arrive as evenly as they leave.
 */
const RATES = {
  bot: { burst: 4, everyMs: 22 },
  direct: { burst: 5, everyMs: 1_000 },
  group: { burst: 5, everyMs: 1_000 },
} as const;

export const DISCORD_LIMITS: ChannelLimits = {
  textMax: TEXT_MAX,
  linesMax: LINES_MAX,
  captionMax: TEXT_MAX,
  filesMax: FILES_MAX,
  fileMaxBytes: FILE_MAX_BYTES,
  showsButtons: true,
  overheardMax: OVERHEARD_MAX,
  previewMode,
  previewEveryMs: () => EDIT_EVERY_MS,
  busyEveryMs: TYPING_EVERY_MS,
  rates: RATES,
  // What follows a first answer has no nonce; all else has one, or is an edit.
  sendIsIdempotent: ({ ticket }) => !ticket?.isBinding || ticket.holdsPlace,
};

/** Where "thinking" stands, the growing answer can too. Who is answered by what follows only sees the whole. */
function previewMode({ ticket }: ReplyAddress): PreviewMode {
  if (ticket?.holdsPlace) return "draft";
  return ticket?.isBinding ? "none" : "message";
}
