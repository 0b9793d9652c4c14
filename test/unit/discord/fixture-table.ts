/**
 * What becomes of captured Discord payloads, and why. They are other people's and lie beside the repository, in
 * `../shared/fixtures/discord`; what they show is also in `payloads*.ts`, in our own words.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

export const FIXTURE_DIR = resolve(import.meta.dirname, "../../../../shared/fixtures/discord");

/** `heard`: it reaches a session, which answers nothing. `asked`: something must be known first. */
export type Fate = "answered" | "heard" | "asked" | "ignored";
export type FixtureRow = { readonly fate: Fate; readonly why: string };

/** A row of the table. */
export function fixtureRow(fate: Fate, why: string): FixtureRow {
  return { fate, why };
}

/** By file, and below it the path to the payload when the file holds several. The bot is in the guild and opened the thread. */
export const FIXTURE_TABLE: Readonly<Record<string, FixtureRow>> = {
  "split/buttonClickHello.json": fixtureRow("heard", "pressed"),
  "split/buttonClickMessages.json": fixtureRow("heard", "pressed"),
  "split/gatewayMention.json": fixtureRow("answered", "a message in a guild that is meant for us"),
  "split/gatewayRoleMention.json": fixtureRow("answered", "a message in a guild that is meant for us"),
  "split/gatewaySubscribedMessage.json": fixtureRow("answered", "a message in a guild that is meant for us"),
  "split/gatewayThreadCreate.json": fixtureRow("ignored", "an event that is not handled"),
  "split/gatewayThreadDMRequest.json": fixtureRow("answered", "a message in a guild that is meant for us"),
  "twilight__hello-zlib.json": fixtureRow("ignored", "no dispatch"),
  "twilight__hello-zstd.json": fixtureRow("ignored", "no dispatch"),
  "vercel-chat__channel-discord.json/mention": fixtureRow("answered", "a message in a guild that is meant for us"),
  "vercel-chat__channel-discord.json/channel_post_action": fixtureRow("heard", "pressed"),
};

/** The same while nobody has told of the thread, and we have no role: as right after a start. */
export const BLIND_TABLE: Readonly<Record<string, FixtureRow>> = {
  ...FIXTURE_TABLE,
  "split/gatewayRoleMention.json": fixtureRow("heard", "a message in a guild that is not meant for us"),
  "split/gatewaySubscribedMessage.json": fixtureRow("asked", "the channel of a thread"),
  "split/gatewayThreadDMRequest.json": fixtureRow("asked", "the channel of a thread"),
};

export type Fixture = { readonly name: string } & (
  | { readonly kind: "call"; readonly json: object }
  | { readonly kind: "event"; readonly event: string; readonly json: unknown }
  /** A frame of the Gateway that tells no event. */
  | { readonly kind: "frame"; readonly op: number }
);

/** Every payload that was captured; null when they are not there. */
export function readFixtures(): readonly Fixture[] | null {
  if (!existsSync(FIXTURE_DIR)) return null;
  const files = readdirSync(FIXTURE_DIR, { recursive: true, withFileTypes: true }).filter(
    (file) => file.isFile() && file.name.endsWith(".json"),
  );
  return files.flatMap((file) => {
    const path = join(file.parentPath, file.name);
    return payloadsIn(JSON.parse(readFileSync(path, "utf8")), relative(FIXTURE_DIR, path));
  });
}

const GATEWAY_PREFIX = "GATEWAY_";

function payloadsIn(value: unknown, name: string): Fixture[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  if ("op" in value && typeof value.op === "number") return [{ kind: "frame", name, op: value.op }];
  if ("token" in value && "application_id" in value) return [{ kind: "call", name, json: value }];
  if ("type" in value && typeof value.type === "string" && value.type.startsWith(GATEWAY_PREFIX)) {
    const event = value.type.slice(GATEWAY_PREFIX.length);
    return [{ kind: "event", name, event, json: "data" in value ? value.data : null }];
  }
  return Object.entries(value).flatMap(([key, inner]) => payloadsIn(inner, `${name}/${key}`));
}
