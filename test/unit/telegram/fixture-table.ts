/**
 * What becomes of captured Telegram payloads (with `DM_POLICY=open`), and why. They are other people's and lie beside the
 * repository, in `../shared/fixtures/telegram`; what they show is also in `payloads*.ts`, in our own words.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const FIXTURE_DIR = resolve(import.meta.dirname, "../../../../shared/fixtures/telegram");

/** `heard`: it reaches a session, which answers nothing. */
export type Fate = "answered" | "heard" | "ignored";
export type FixtureRow = { readonly answered: boolean; readonly fate: Fate; readonly why: string };

/** A row of the table. */
export function fixtureRow(fate: Fate, why: string): FixtureRow {
  return { answered: fate === "answered", fate, why };
}

/** By file, and below it the path to the payload when the file holds several. */
export const FIXTURE_TABLE: Readonly<Record<string, FixtureRow>> = {
  "teloxide__message__chat_boost_added.json": fixtureRow("ignored", "a service message: boost_added"),
  "teloxide__message__effect_id.json": fixtureRow("answered", "a private message"),
  "teloxide__message__paid_message_price_changed.json": fixtureRow(
    "ignored",
    "a service message: paid_message_price_changed",
  ),
  "teloxide__message__show_caption_above_media.json": fixtureRow("answered", "a private message"),
  "teloxide__message__suggested_post_approval_failed.json": fixtureRow(
    "ignored",
    "a service message: suggested_post_approval_failed",
  ),
  "teloxide__message__suggested_post_approved.json": fixtureRow(
    "ignored",
    "a service message: suggested_post_approved",
  ),
  "teloxide__message__suggested_post_declined.json": fixtureRow(
    "ignored",
    "a service message: suggested_post_declined",
  ),
  "teloxide__message__suggested_post_refunded.json": fixtureRow(
    "ignored",
    "a service message: suggested_post_refunded",
  ),
  "teloxide__message__topic_message.json": fixtureRow("heard", "a group message that is not meant for us"),
  "teloxide__message_reaction_updated__deserialize_chat.json": fixtureRow("heard", "reacted"),
  "teloxide__message_reaction_updated__deserialize_user.json": fixtureRow("heard", "reacted"),
  "teloxide__update__chat_boost_updated.json": fixtureRow("ignored", "chat_boost is not handled"),
  "teloxide__update__de_private_chat_text_message.json": fixtureRow("answered", "a private message"),
  "teloxide__update__dice_works.json": fixtureRow("heard", "a group message that is not meant for us"),
  "teloxide__update__message_reaction_count_updated.json": fixtureRow(
    "ignored",
    "message_reaction_count is not handled",
  ),
  "teloxide__update__new_update_kind_error.json": fixtureRow("ignored", "unknown kind is not handled"),
  "vercel-chat__replay-telegram.json/mention": fixtureRow("answered", "a private message"),
  "vercel-chat__replay-telegram.json/followUp": fixtureRow("answered", "a private message"),
};

export type Fixture = { readonly name: string; readonly update: object };

/** Every update and every bare message of the captured payloads, the latter wrapped; null when they are not there. */
export function readFixtures(): readonly Fixture[] | null {
  if (!existsSync(FIXTURE_DIR)) return null;
  const files = readdirSync(FIXTURE_DIR).filter((file) => file.endsWith(".json"));
  return files.flatMap((file) => updatesIn(JSON.parse(readFileSync(join(FIXTURE_DIR, file), "utf8")), file));
}

function updatesIn(value: unknown, name: string): Fixture[] {
  if (typeof value !== "object" || value === null) return [];
  if ("update_id" in value) return [{ name, update: value }];
  if ("message_id" in value && "chat" in value) {
    const kind = "new_reaction" in value ? "message_reaction" : "message";
    return [{ name, update: { update_id: idOf(name), [kind]: value } }];
  }
  return Object.entries(value).flatMap(([key, inner]) => updatesIn(inner, `${name}/${key}`));
}

/** An update id for a bare message: of its name, so that it is the same each time and none is used twice. */
function idOf(name: string): number {
  return (
    name.split("").reduce((hash, character) => (hash * 31 + (character.codePointAt(0) ?? 0)) % 900_000_001, 7) + 1_000
  );
}
