/** Who comes to a chat and who goes, we among them, and where a chat goes on become `Happening`s. Pure. */
import type { Happening, Sender } from "../../../protocol/inbound.ts";
import { err, ok, type Result } from "../../../protocol/result.ts";
import { accountOf, type Source, updateKey } from "./dedupe-keys.ts";
import { CHANNEL, groupSession, placeIn } from "./place.ts";
import { userSender } from "./sender.ts";
import type { Member, MemberChange } from "./update-events.ts";
import type { Message } from "./update-message.ts";
import type { TelegramChat, User } from "./update-parts.ts";

/** People of one notice that are named; Telegram's apps add at most 200 at a time. */
const JOINED_MAX = 200;

/** Reads that we were let into a chat or out of it. */
export function readMembership(change: MemberChange, source: Source): Result<Happening, string> {
  const place = placeIn(change.chat);
  if (!place.ok) return place;
  const isMember = isIn(change.new_chat_member);
  if (isMember === null) return err("a membership of an unknown kind");
  if (isMember === isIn(change.old_chat_member)) return err("our rights in a chat changed, not our membership");
  const { session, address: replyTo } = place.value;
  return ok({
    kind: "membership",
    session,
    channel: CHANNEL,
    dedupeKeys: [updateKey(source)],
    at: change.date * 1000,
    isMember,
    by: userSender(change.from),
    replyTo,
  });
}

/** Reads that somebody else came to a chat or left it. */
export function readMember({ chat, date, ...change }: MemberChange, source: Source): Result<Happening, string> {
  const isMember = isIn(change.new_chat_member);
  if (isMember === null || isMember === isIn(change.old_chat_member)) return err("nobody came and nobody left");
  const who = [change.new_chat_member.user];
  return toMembers(chat, date, isMember ? who : [], isMember ? [] : who, source);
}

/** Reads the notice of people who came or left; null if the message is none. */
export function readMembersNotice(message: Message, source: Source): Result<Happening, string> | null {
  const { chat, date, new_chat_members: joined, left_chat_member: left } = message;
  if (!joined && !left) return null;
  return toMembers(chat, date, (joined ?? []).slice(0, JOINED_MAX), left ? [left] : [], source);
}

/** Reads the notice that a group has become a supergroup, which comes in both; null if the message is none. */
export function readMove(message: Message): Result<Happening, string> | null {
  const { chat, date, migrate_to_chat_id: to, migrate_from_chat_id: from } = message;
  if (to === undefined && from === undefined) return null;
  return ok({
    kind: "moved",
    session: groupSession(from ?? chat.id),
    channel: CHANNEL,
    dedupeKeys: [],
    at: date * 1000,
    to: groupSession(to ?? chat.id),
  });
}

/** Bots are left out: of us `my_chat_member` tells, and others do not talk to us. */
function toMembers(
  chat: TelegramChat,
  date: number,
  joined: readonly User[],
  left: readonly User[],
  source: Source,
): Result<Happening, string> {
  const place = placeIn(chat);
  if (!place.ok) return place;
  const people = { joined: peopleOf(joined), left: peopleOf(left) };
  if (people.joined.length + people.left.length === 0) return err("only bots came or left");
  // An admin bot is told twice, by a notice in the chat and by a change of each member.
  const keysOf = (way: keyof typeof people) =>
    people[way].map(({ id }) => `${accountOf(source.bot)}:${way}:${chat.id}:${id}:${date}`);
  return ok({
    kind: "members",
    session: place.value.session,
    channel: CHANNEL,
    dedupeKeys: [updateKey(source), ...keysOf("joined"), ...keysOf("left")],
    at: date * 1000,
    ...people,
  });
}

function peopleOf(users: readonly User[]): readonly Sender[] {
  return users.filter((user) => !user.is_bot).map(userSender);
}

/** Whether a member is in the chat; null for a status that is newer than "ChatMember" of Bot API 10.1. */
function isIn({ status, is_member }: Member): boolean | null {
  switch (status) {
    case "creator":
    case "administrator":
    case "member":
      return true;
    case "restricted":
      return is_member ?? false;
    case "left":
    case "kicked":
      return false;
    default:
      return null;
  }
}
