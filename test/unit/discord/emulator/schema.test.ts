import { describe, expect, it } from "vitest";
import { bodyCheck } from "../../../emulators/discord/schema.ts";
import { officialSchema, refused, startBot } from "./bot.ts";

if (!officialSchema) console.warn("SKIPPED: the official document of Discord's API is not there");

const MESSAGES = "/channels/{channel_id}/messages";
const WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}";
const CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback";
const COMMANDS = "/applications/{application_id}/commands";
const BUTTON = { type: 2, style: 1, label: "Yes", custom_id: "y" };
const ROWS = [{ type: 1, components: [BUTTON] }];
const QUIET = { allowed_mentions: { parse: [] } };

const GOOD: readonly (readonly [string, string, unknown])[] = [
  ["POST", MESSAGES, { content: "a", nonce: "n", enforce_nonce: true, ...QUIET }],
  ["POST", MESSAGES, { content: "a", message_reference: { message_id: "1", fail_if_not_exists: false } }],
  ["POST", MESSAGES, { components: ROWS, attachments: [{ id: "0", filename: "a" }], flags: 4096 }],
  ["POST", MESSAGES, { flags: 8192, attachments: [{ id: "0", duration_secs: 1.5, waveform: "AA==" }] }],
  ["PATCH", `${MESSAGES}/{message_id}`, { content: "a", components: [], attachments: [], ...QUIET }],
  ["POST", `${MESSAGES}/{message_id}/threads`, { name: "a", auto_archive_duration: 1440 }],
  ["POST", "/users/@me/channels", { recipient_id: "1" }],
  ["POST", WEBHOOK, { content: "a", flags: 64, ...QUIET }],
  ["PATCH", `${WEBHOOK}/messages/@original`, { content: "a", components: ROWS }],
  ["POST", CALLBACK, { type: 1 }],
  ["POST", CALLBACK, { type: 4, data: { content: "a", flags: 64, components: ROWS, ...QUIET } }],
  ["POST", CALLBACK, { type: 5 }],
  ["POST", CALLBACK, { type: 5, data: { flags: 64 } }],
  ["POST", CALLBACK, { type: 6 }],
  ["POST", CALLBACK, { type: 7, data: { components: ROWS } }],
  ["POST", CALLBACK, { type: 8, data: { choices: [{ name: "a", value: "a" }] } }],
  ["PUT", COMMANDS, [{ name: "a", description: "d", type: 1, contexts: [0, 1, 2], integration_types: [0, 1] }]],
  [
    "PUT",
    COMMANDS,
    [{ name: "a", description: "d", options: [{ type: 3, name: "b", description: "d", autocomplete: true }] }],
  ],
  ["PATCH", "/applications/@me", { interactions_endpoint_url: "https://example.com" }],
  ["POST", "/attachments/refresh-urls", { attachment_urls: ["https://example.com"] }],
  ["GET", MESSAGES, {}],
];

const BAD: readonly (readonly [string, string, unknown])[] = [
  ["POST", MESSAGES, { content: 1 }],
  ["POST", MESSAGES, { content: "a", nonce: "x".repeat(26) }],
  ["POST", MESSAGES, { content: "a", colour: "red" }],
  ["POST", MESSAGES, { content: "a", message_reference: {} }],
  ["POST", MESSAGES, { content: "a", allowed_mentions: { parse: ["cats"] } }],
  ["POST", MESSAGES, { content: "a", attachments: [{ id: 0 }] }],
  ["POST", MESSAGES, { content: "a", components: [BUTTON] }],
  ["POST", MESSAGES, { content: "a", components: [{ type: 1, components: [{ ...BUTTON, color: 1 }] }] }],
  ["PATCH", `${MESSAGES}/{message_id}`, { content: "a", nonce: "n" }],
  ["POST", `${MESSAGES}/{message_id}/threads`, { name: "" }],
  ["POST", `${MESSAGES}/{message_id}/threads`, { name: "a", auto_archive_duration: 5 }],
  ["POST", WEBHOOK, { content: "a", nonce: "n" }],
  ["POST", CALLBACK, {}],
  ["POST", CALLBACK, { type: 4, data: { content: "a", nonce: "n" } }],
  ["POST", CALLBACK, { type: 8 }],
  ["POST", CALLBACK, { type: 3 }],
  ["PUT", COMMANDS, { name: "a" }],
  ["PUT", COMMANDS, [{ description: "d" }]],
  ["PUT", COMMANDS, [{ name: "a", description: "d", contexts: [7] }]],
  ["POST", "/attachments/refresh-urls", {}],
];

const DOCUMENTS = [
  { name: "our own part", schema: undefined },
  { name: "the official document", schema: officialSchema },
];

describe.each(DOCUMENTS)("a body, by $name", ({ schema }) => {
  const check = bodyCheck(schema ?? undefined);

  it.skipIf(schema === null).each(GOOD)("is good: %s %s %j", (method, template, body) => {
    expect(check(method, template, body)).toEqual([]);
  });

  it.skipIf(schema === null).each(BAD)("is refused: %s %s %j", (method, template, body) => {
    expect(check(method, template, body).length).toBeGreaterThan(0);
  });
});

describe("the emulator", () => {
  it("refuses and notes what the document does not allow, and says which field it is", async () => {
    const { discord, call, channel } = await startBot(officialSchema ? { schema: officialSchema } : {});
    const answer = await call("POST", `/channels/${channel}/messages`, { content: "a", colour: "red" });
    expect(answer).toMatchObject(refused(400, 50_035));
    expect(discord.violations).toEqual([
      { where: `POST ${MESSAGES}`, what: expect.stringContaining("colour") as unknown },
    ]);
    expect(discord.shown(channel)).toEqual([]);
  });

  it.skipIf(!officialSchema)("does not read the document before it must", async () => {
    const startedAt = performance.now();
    await startBot(officialSchema ? { schema: { ...officialSchema } } : {});
    expect(performance.now() - startedAt).toBeLessThan(300);
  });
});
