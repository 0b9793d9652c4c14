/** Every payload of our own by a name: what other tests change and check. */
import {
  ann,
  bob,
  directMessage,
  directReaction,
  edited,
  forward,
  guildMessage,
  joined,
  member,
  mentioning,
  OUR_THREAD,
  reaction,
  replyTo,
  threadMessage,
  us,
} from "./payloads.ts";
import {
  AS_GUEST,
  aboutPerson,
  askAbout,
  askWithFile,
  command,
  commandWith,
  FILE,
  form,
  IN_DIRECT,
  IN_PRIVATE,
  IN_THREAD,
  ping,
  press,
  selection,
  subcommand,
  textOption,
  typing,
} from "./payloads-calls.ts";

const rich = {
  content: `see <@${bob.id}> and \`<@${bob.id}>\` at <t:1771289283:R> <:crab:1900000000000000001>`,
  mentions: [{ ...bob, member }],
  attachments: [{ ...FILE, duration_secs: 1.5 }],
  embeds: [{ title: "A page", description: "About crabs" }],
  sticker_items: [{ id: "1900000000000000002", name: "Wave", format_type: 1 }],
  poll: {
    question: { text: "Lunch?" },
    answers: [{ answer_id: 1, poll_media: { text: "Pizza", emoji: { id: null, name: "🍕" } } }],
  },
  flags: 1 << 13,
};

const MESSAGES: Readonly<Record<string, object>> = {
  direct: directMessage(),
  guild: guildMessage(),
  rich: guildMessage(rich),
  mention: mentioning("/new buy milk"),
  reply: replyTo(us, {}, rich),
  thread: threadMessage(OUR_THREAD),
  webhook: guildMessage({ webhook_id: "1800000000000000001" }),
  forward: forward(rich),
  join: joined(),
};

const CALLS: Readonly<Record<string, object>> = {
  ping: ping(),
  ask: askWithFile("hi", IN_THREAD),
  direct: command("ask", { text: "hi" }, IN_DIRECT),
  private: command("status", {}, IN_PRIVATE),
  guest: command("new", { text: "hi" }, AS_GUEST),
  several: command("config", { action: "set", path: "a.b", value: 3 }),
  subcommand: commandWith(
    "pair",
    [subcommand("dismiss", [textOption("code", "AB12")])],
    {},
    { users: { [ann.id]: ann } },
  ),
  unknown: command("dance"),
  about: askAbout(guildMessage(rich)),
  person: aboutPerson(),
  typing: typing("son"),
  press: press({}, rich),
  selection: selection(),
  form: form(),
};

/** Without fields that are undefined, as they come over the wire. */
function onTheWire(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** Interactions by name. */
export const ALL_CALLS: readonly (readonly [name: string, json: unknown])[] = Object.entries(CALLS).map(
  ([name, json]) => [name, onTheWire(json)] as const,
);

/** Events by their name. */
export const ALL_EVENTS: readonly (readonly [event: string, data: unknown])[] = [
  ...Object.values(MESSAGES).map((data) => ["MESSAGE_CREATE", onTheWire(data)] as const),
  ...Object.values(MESSAGES).map((data) => {
    return ["MESSAGE_UPDATE", onTheWire({ ...data, edited_timestamp: "2026-05-02T05:06:00.000Z" })] as const;
  }),
  ["MESSAGE_UPDATE", onTheWire(edited())],
  ["MESSAGE_REACTION_ADD", onTheWire(reaction())],
  ["MESSAGE_REACTION_ADD", onTheWire(directReaction())],
  ["MESSAGE_REACTION_REMOVE", onTheWire(reaction())],
  ...ALL_CALLS.map(([, data]) => ["INTERACTION_CREATE", data] as const),
];
