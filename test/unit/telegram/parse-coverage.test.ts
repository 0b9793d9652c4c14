import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { TELEGRAM_UPDATE_KINDS } from "../../../protocol/telegram-updates.ts";
import { CONTENT_FIELDS, SERVICE_FIELDS } from "../../../worker/channels/telegram/update-content.ts";
import { KNOWN_KINDS } from "../../../worker/channels/telegram/update.ts";
import { checkCall, readSchema } from "../../emulators/telegram/schema.ts";
import { inboundOf, parse, whyIgnored } from "./parse-reader.ts";
import { channelPost, privateMessage, update } from "./payloads.ts";
import { ALL_UPDATES } from "./payloads-all.ts";
import { CONTENT } from "./payloads-content.ts";
import { event, HEARD, NOTICES, UNREAD } from "./payloads-events.ts";
import { NOT_READ, READ } from "./payloads-fields.ts";
import { SERVICE, serviceMessage } from "./payloads-service.ts";

const SCHEMA = resolve(import.meta.dirname, "../../../../shared/fixtures/schemas/telegram-bot-api-10.1.json");
const schema = existsSync(SCHEMA) ? readSchema(SCHEMA) : null;
if (!schema) console.warn(`SKIPPED: the official schema is not there (${SCHEMA})`);
/** Types under the names of methods, so that each field is named that is wrong. */
const typed = schema && { methods: schema.types, types: schema.types };
const fieldsOf = (type: string) => (schema?.types[type]?.fields ?? []).map(({ name }) => name).sort();

const newMessage = update(privateMessage());
const kinds = {
  said: { message: newMessage, channel_post: event("channel_post", channelPost()) },
  heard: Object.fromEntries(Object.entries(HEARD).map(([kind, content]) => [kind, event(kind, content)])),
  unread: Object.fromEntries(Object.entries(UNREAD).map(([kind, content]) => [kind, event(kind, content)])),
};

describe("every kind of update", () => {
  it("has a payload of our own", () => {
    const covered = Object.values(kinds).flatMap((rows) => Object.keys(rows));
    expect(covered.sort()).toEqual([...KNOWN_KINDS].sort());
  });

  it("that Telegram is asked for is read, and no other", () => {
    const read = [...Object.keys(kinds.said), ...Object.keys(kinds.heard)];
    expect(read.sort()).toEqual([...TELEGRAM_UPDATE_KINDS].sort());
  });

  it.each(Object.entries(kinds.said))("%s becomes a message", (_kind, json) => {
    expect(parse(json).kind).toBe("messages");
  });

  it.each(Object.entries(kinds.heard))("%s becomes a happening", (_kind, json) => {
    expect(parse(json).kind).toBe("happenings");
  });

  it.each(Object.entries(kinds.unread))("%s is acknowledged and ignored by name", (kind, json) => {
    expect(whyIgnored(json)).toBe(`${kind} is not handled`);
  });

  it.runIf(schema)("of the official list is known", () => {
    expect(["update_id", ...KNOWN_KINDS].sort()).toEqual(fieldsOf("Update"));
  });
});

describe("every field of a message", () => {
  it("has a payload of our own if it makes a message something", () => {
    expect(Object.keys(CONTENT).sort()).toEqual(["caption", "text", ...CONTENT_FIELDS].sort());
    expect(Object.keys(SERVICE).sort()).toEqual([...SERVICE_FIELDS].sort());
  });

  it.each(Object.keys(CONTENT))("%s makes it a message that is read", (field) => {
    const {
      text,
      attachments,
      shared = [],
    } = inboundOf(privateMessage({ text: undefined, ...CONTENT[field]?.fields }));
    expect(text !== "" || attachments.length + shared.length > 0).toBe(true);
  });

  it.each(Object.keys(NOTICES))("%s makes it a happening", (field) => {
    expect(parse(update(NOTICES[field] ?? {})).kind).toBe("happenings");
  });

  it.each(SERVICE_FIELDS)("%s makes it a notice that is ignored by name", (field) => {
    expect(whyIgnored(update(serviceMessage(field)))).toBe(`a service message: ${field}`);
  });

  it.runIf(schema)("of the official list is on ours", () => {
    const ours = [
      ...READ,
      ...NOT_READ,
      "caption",
      "text",
      ...CONTENT_FIELDS,
      ...SERVICE_FIELDS,
      ...Object.keys(NOTICES),
    ];
    expect(ours.sort()).toEqual(fieldsOf("Message"));
  });
});

describe.runIf(typed)("a payload of our own", () => {
  it.each(ALL_UPDATES)("has the form that the official schema gives it: %s", (_name, json) => {
    if (!typed || typeof json !== "object" || json === null) throw new Error("no update");
    const problems = Object.entries(json).flatMap(([kind, value]) => {
      const type = schema?.types["Update"]?.fields?.find((field) => field.name === kind)?.types[0] ?? "";
      return kind === "update_id" ? [] : checkCall(typed, type, value);
    });
    expect(problems).toEqual([]);
  });
});
