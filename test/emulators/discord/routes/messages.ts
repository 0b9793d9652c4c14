/** Messages of channels, with the bot's token: reading, writing, changing, deleting. */
import { editAsBot } from "../bot-edit.ts";
import { type Body, CHANNEL_FLAGS, composeNew } from "../compose.ts";
import { withoutContent } from "../content-intent.ts";
import { formError, notNow, refusal } from "../failure.ts";
import { isObject, type Json } from "../json.ts";
import { CHANNEL_MENTIONS, pingsOf, rulesOf } from "../mentions.ts";
import { type Content, type Message, MESSAGE_FLAGS, MESSAGE_TYPE } from "../message.ts";
import { CHANNEL_TYPE, isThread, may, type Place } from "../place.ts";
import { addMessage, removeMessage, wireOf } from "../posting.ts";
import type { Call, Route } from "../route.ts";
import { isOlder, isSnowflake } from "../snowflake.ts";
import type { World } from "../world.ts";

const LIST = "/channels/{channel_id}/messages";
const ONE = "/channels/{channel_id}/messages/{message_id}";
const LIST_MAX = 100;
const LIST_DEFAULT = 50;

export const MESSAGE_ROUTES: readonly Route[] = [
  { method: "GET", template: LIST, run: (call, world) => ({ status: 200, json: list(call, world) }) },
  { method: "POST", template: LIST, run: (call, world) => ({ status: 200, json: create(call, world) }) },
  {
    method: "GET",
    template: ONE,
    run: (call, world) => ({ status: 200, json: readBack(world, one(call, world, "READ_MESSAGE_HISTORY")) }),
  },
  {
    method: "PATCH",
    template: ONE,
    run: (call, world) => {
      const message = one(call, world);
      if (message.author.id !== world.me.id) throw refusal("notOurs");
      return { status: 200, json: wireOf(world, editAsBot(world, message, call.body)) };
    },
  },
  {
    method: "DELETE",
    template: ONE,
    run: (call, world) => {
      const message = one(call, world);
      if (message.author.id !== world.me.id) {
        const place = world.places.get(message.channelId);
        if (place.guildId === null) throw refusal("notOursToDelete");
        if (!may(place, "MANAGE_MESSAGES")) throw refusal("missingPermissions");
      }
      removeMessage(world, message);
      return { status: 204 };
    },
  },
];

function one({ params }: Call, world: World, ...needed: Parameters<World["places"]["reach"]>[1][]): Message {
  const place = world.places.reach(params["channel_id"], ...needed);
  const message = world.places.message(place, params["message_id"]);
  if (!message || message.ephemeralFor !== null) throw refusal("unknownMessage");
  return message;
}

/** The newest first. Nothing where the bot may not read what was before. */
function list({ params, query }: Call, world: World): readonly Json[] {
  const place = world.places.reach(params["channel_id"]);
  const limit = Number(query.get("limit") ?? LIST_DEFAULT);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIST_MAX) {
    throw formError("limit", "NUMBER_TYPE_MAX", `int value should be between 1 and ${LIST_MAX}.`);
  }
  const [after, before] = [query.get("after"), query.get("before")];
  if ([after, before].some((id) => id !== null && !isSnowflake(id))) {
    throw formError("after", "NUMBER_TYPE_COERCE", "Value is not snowflake.");
  }
  if (!may(place, "READ_MESSAGE_HISTORY")) return [];
  const seen = place.messages.filter(
    ({ id, ephemeralFor }) =>
      ephemeralFor === null && (after === null || isOlder(after, id)) && (before === null || isOlder(id, before)),
  );
  // After a message those that come next, else those that came last.
  const page = after === null ? seen.slice(-limit) : seen.slice(0, limit);
  return page.toReversed().map((message) => readBack(world, message));
}

/** A message as it is read later: without its nonce, and without what the privileged intent guards. */
function readBack(world: World, message: Message): Json {
  const wire = wireOf(world, world.tellsNonceLater ? message : { ...message, nonce: null });
  const { guildId } = world.places.get(message.channelId);
  if (world.mayReadContent || guildId === null) return wire;
  const { guild_id: _guild, ...shown } = withoutContent({ ...wire, guild_id: guildId }, world.me.id);
  return shown;
}

function create({ params, body }: Call, world: World): Json {
  const place = world.places.reach(params["channel_id"], "VIEW_CHANNEL");
  checkMayWrite(world, place, body);
  const { json } = body;
  const nonce = typeof json["nonce"] === "string" || typeof json["nonce"] === "number" ? json["nonce"] : null;
  const known = json["enforce_nonce"] === true && nonce !== null ? sameNonce(world, nonce) : null;
  if (known) return wireOf(world, known);
  const replied = repliedTo(place, json, world);
  const content = composeNew(body, world.files, CHANNEL_FLAGS);
  checkMayAttach(place, content);
  const rules = { allowed: rulesOf(json), byDefault: CHANNEL_MENTIONS, replied };
  const message = addMessage(world, place, {
    ...content,
    author: world.me,
    type: replied ? MESSAGE_TYPE.reply : MESSAGE_TYPE.default,
    pings: pingsOf(content.content, { ...rules, userOf: (id) => world.people.get(id) ?? null }),
    nonce,
    reference: replied && { channelId: place.id, messageId: replied.id },
  });
  return wireOf(world, message);
}

function checkMayWrite(world: World, place: Place, { uploads }: Body): void {
  const needed = isThread(place) ? "SEND_MESSAGES_IN_THREADS" : "SEND_MESSAGES";
  if (!may(place, needed) || (uploads.length > 0 && !may(place, "ATTACH_FILES"))) throw refusal("missingPermissions");
  if (place.isLocked && place.isArchived) throw refusal("threadLocked");
  const isClosed = place.type === CHANNEL_TYPE.direct && place.recipients.some(({ id }) => world.closedTo.has(id));
  if (isClosed) throw refusal("cannotSendToUser");
}

function checkMayAttach(place: Place, { flags }: Content): void {
  if ((flags & MESSAGE_FLAGS.voice) !== 0 && !may(place, "SEND_VOICE_MESSAGES")) throw refusal("noVoiceMessages");
}

/** What the bot wrote a moment ago with this nonce, anywhere. */
function sameNonce(world: World, nonce: string | number): Message | null {
  const since = world.now() - world.nonceWindowMs;
  return world.places.newestOf(
    (message) => message.author.id === world.me.id && message.nonce === nonce && message.at > since,
  );
}

/** The message that is answered. Throws when it is not there, unless the bot said that it does not mind. */
function repliedTo(place: Place, json: Json, world: World): Message | null {
  const reference = json["message_reference"];
  if (!isObject(reference)) return null;
  if (!may(place, "READ_MESSAGE_HISTORY")) throw refusal("replyWithoutHistory");
  const { message_id: id, channel_id: channelId = place.id, fail_if_not_exists: fails } = reference;
  const message = world.places.message(place, typeof id === "string" ? id : undefined);
  if (channelId === place.id && message && message.ephemeralFor === null) {
    const isSystem = message.type === MESSAGE_TYPE.threadCreated || message.type === MESSAGE_TYPE.threadStarter;
    if (!isSystem) return message;
    throw notNow("message_reference", "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", "Cannot reply to a system message");
  }
  if (fails === false) return null;
  throw notNow("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message");
}
