/**
 * Telegram: updates in by webhook, answers out by the Bot API. What is odd about the platform, and what we do about it:
 *
 * - Nothing is signed; a secret header is the only proof of origin (`verify.ts`).
 * - Updates are repeated until a 2xx, up to 100 at once, and not in order; ids may restart at random after a quiet week.
 *   So both the update and the message are dedupe keys, and nothing compares ids (`parse.ts`).
 * - A message names no bot: whether a group means us follows from entities, whose offsets count UTF-16 units, and from
 *   our names, which only `getMe` tells (`addressed.ts`).
 * - Who writes in the name of a chat comes with a made-up bot as the sender; other bots, where Telegram shows us their
 *   messages at all, come as bots (`sender.ts`).
 * - Sending has no idempotency key. A call without an answer may have happened; only a call that was never written is
 *   safe to repeat, and `bot-api.ts` says how that is known.
 * - A 429 can hold for the whole bot, so all calls of this isolate wait until it ends. Of Telegram's other 4xx only 400,
 *   403 and 413 are final; a page of a proxy or a captive portal is no answer of Telegram at all (`outcome.ts`).
 * - A group that becomes a supergroup gets another id; the refusal names it, and the message goes there (`send-place.ts`).
 *   An edit cannot follow: the supergroup has no such message.
 * - A text has three forms: rich messages for what HTML cannot show, such as tables (`rich.ts`), HTML (`render.ts`), and as
 *   it is. Servers before Bot API 10.1 know no rich messages. What is refused was not shown, so the next form follows at
 *   once; what may have been shown is left to the session (`send-text.ts`).
 * - 4096 UTF-16 units are counted after entity parsing, 1024 in captions; only the first 100 entities are shown. Formulas
 *   are no Markdown, and Markdown would take their marks for its own (`../text/formulas.ts`).
 * - How a file is shown depends on its type, size and measures, and on the receiver, who may take no voice messages: what
 *   is refused as a picture or voice goes as a document. An album is of one sort; its receipt is that of its first message
 *   (`files.ts`). A file streams into the call, which is not carried out unless it is whole (`files-upload.ts`).
 * - An edit that changes nothing is refused, and done (`send.ts`, `preview.ts`).
 * - Drafts are no messages: they need a private chat, live for 30 s and go when the answer comes. Groups see an answer
 *   grow in a message that is edited, and before it "typing", which lasts 5 s (`preview.ts`).
 * - A press spins on its button until it is answered, and reactions are a list of emoji (`acknowledge.ts`, `reaction.ts`).
 * - Topics: only `is_topic_message` makes one; the General topic has id 1, which sending must leave out and typing must
 *   name (`send-place.ts`). What is written in a topic "answers" the notice of its creation, which says nothing about whom
 *   it is meant for.
 * - A bot's token is part of every URL, those of files included, so no error carries a URL or a cause (`outcome.ts`).
 */
import { assert } from "../../../protocol/assert.ts";
import { INBOUND_BOUNDS, OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import type { Channel } from "../channel.ts";
import { acknowledgeTelegram } from "./acknowledge.ts";
import { botApi, type TelegramSettings } from "./bot-api.ts";
import { downloadTelegram } from "./download.ts";
import { parseUpdate, type TelegramUpdate } from "./parse.ts";
import { previewTelegram } from "./preview.ts";
import { CAPTION_MAX, TEXT_MAX } from "./render.ts";
import { sendTelegram } from "./send.ts";
import { verifyTelegram } from "./verify.ts";

/** "sendMediaGroup": 2-10 items. */
const ALBUM_MAX = 10;
/** "sendDocument": up to 50 MB; here whichever MB is meant. */
const FILE_MAX_BYTES = 50_000_000;
/** A group takes 20 messages a minute, edits included, and the answer must still fit. */
const EDIT_EVERY_MS = 3_000;
/** "sendChatAction": typing is shown for 5 s. */
const TYPING_EVERY_MS = 4_500;
/**
 * "Bots FAQ": about one message a second in a chat with short bursts above it, 20 a minute in a group, 30 a second in
 * all. A little below each, since calls do not arrive as evenly as they leave.
 */
const RATES = {
  bot: { burst: 4, everyMs: 45 },
  direct: { burst: 8, everyMs: 1_050 },
  group: { burst: 5, everyMs: 4_000 },
} as const;

/** The Telegram channel of one bot. Throws when the secret is empty: verification cannot be switched off. */
export function createTelegramChannel(settings: TelegramSettings): Channel<TelegramUpdate> {
  assert(settings.webhookSecret.length > 0, "a Telegram channel has a webhook secret");
  const bot = botApi(settings);
  return {
    id: "telegram",
    limits: {
      textMax: TEXT_MAX,
      linesMax: null,
      captionMax: CAPTION_MAX,
      filesMax: ALBUM_MAX,
      fileMaxBytes: FILE_MAX_BYTES,
      showsButtons: true,
      overheardMax: INBOUND_BOUNDS.contextSaidMax,
      previewMode: ({ chatKind }) => (chatKind === "direct" ? "draft" : chatKind === "group" ? "message" : "none"),
      previewEveryMs: ({ chatKind }) => (chatKind === "direct" ? OUTBOUND_BOUNDS.previewEveryMs : EDIT_EVERY_MS),
      busyEveryMs: TYPING_EVERY_MS,
      rates: RATES,
      sendIsIdempotent: () => false,
    },
    verify: (request) => verifyTelegram(request, settings.webhookSecret, bot),
    parse: parseUpdate,
    send: (to, message) => sendTelegram(bot, to, message),
    download: (attachment) => downloadTelegram(bot, attachment),
    acknowledge: (to, what) => acknowledgeTelegram(bot, to, what),
    preview: (to, growing) => previewTelegram(bot, to, growing),
  };
}
