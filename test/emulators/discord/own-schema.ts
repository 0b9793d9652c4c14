/** What agent-claw sends to Discord, written from its documentation, for when the official document is not at hand. */
import type { Json } from "./json.ts";
import type { Schema } from "./schema.ts";

const SNOWFLAKE = { type: "string", pattern: "^\\d+$" };
const FLAGS = { type: ["integer", "null"] };
const text = (maxLength: number, minLength = 0) => ({ type: "string", minLength, maxLength });
const maybe = (schema: Json) => ({ anyOf: [{ type: "null" }, schema] });
const list = (items: Json, maxItems: number) => ({ type: ["array", "null"], items, maxItems });
const object = (properties: Json, ...required: readonly string[]) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const BUTTON = object(
  {
    type: { const: 2 },
    id: { type: "integer" },
    style: { type: "integer", minimum: 1, maximum: 5 },
    label: text(80),
    custom_id: text(100, 1),
    url: text(512),
    disabled: { type: "boolean" },
    emoji: object({ name: text(32) }),
  },
  "type",
  "style",
);
const COMPONENTS = list(
  object(
    {
      type: { const: 1 },
      id: { type: "integer" },
      components: { type: "array", items: BUTTON, minItems: 1, maxItems: 5 },
    },
    "type",
    "components",
  ),
  5,
);
const ALLOWED_MENTIONS = object({
  parse: list({ enum: ["users", "roles", "everyone"] }, 3),
  users: list(SNOWFLAKE, 100),
  roles: list(SNOWFLAKE, 100),
  replied_user: { type: "boolean" },
});
const ATTACHMENT = object(
  {
    id: SNOWFLAKE,
    filename: text(1024, 1),
    description: text(1024),
    duration_secs: { type: "number", minimum: 0 },
    waveform: text(400),
  },
  "id",
);
const REFERENCE = object(
  {
    message_id: SNOWFLAKE,
    channel_id: SNOWFLAKE,
    guild_id: SNOWFLAKE,
    fail_if_not_exists: { type: "boolean" },
    type: { const: 0 },
  },
  "message_id",
);
const CONTENT = {
  content: maybe(text(4000)),
  allowed_mentions: maybe(ALLOWED_MENTIONS),
  components: COMPONENTS,
  attachments: list(ATTACHMENT, 10),
  flags: FLAGS,
};
const translated = (max: number): Json => maybe({ type: "object", additionalProperties: text(max, 1) });
const OPTION = object(
  {
    type: { type: "integer", minimum: 1, maximum: 11 },
    name: text(32, 1),
    name_localizations: translated(32),
    description: text(100, 1),
    description_localizations: translated(100),
    required: { type: "boolean" },
    autocomplete: { type: "boolean" },
    min_length: { type: "integer", minimum: 0, maximum: 6000 },
    max_length: { type: "integer", minimum: 1, maximum: 6000 },
    min_value: { type: "number" },
    max_value: { type: "number" },
    choices: list(object({ name: text(100, 1), value: { type: ["string", "number"] } }, "name", "value"), 25),
  },
  "type",
  "name",
  "description",
);
const COMMANDS = {
  type: "array",
  maxItems: 130,
  items: object(
    {
      id: SNOWFLAKE,
      type: { type: "integer", minimum: 1, maximum: 4 },
      name: text(32, 1),
      name_localizations: translated(32),
      description: text(100),
      description_localizations: translated(100),
      options: list(OPTION, 25),
      contexts: list({ enum: [0, 1, 2] }, 3),
      integration_types: list({ enum: [0, 1] }, 2),
      default_member_permissions: { type: ["integer", "null"] },
    },
    "name",
  ),
};
const CHOICES = object({
  choices: list(object({ name: text(100, 1), value: { type: ["string", "number"] } }, "name", "value"), 25),
});
const callback = (types: readonly number[], data: Json | null, ...required: readonly string[]) =>
  object({ type: { enum: types }, ...(data && { data }) }, "type", ...required);

export const OWN_SCHEMA: Schema = {
  paths: {
    "/applications/@me": {
      patch: takes(
        object({ interactions_endpoint_url: maybe(text(2048)), description: text(400), tags: list(text(20), 5) }),
      ),
    },
    "/applications/{application_id}/commands": { put: takes(COMMANDS) },
    "/applications/{application_id}/guilds/{guild_id}/commands": { put: takes(COMMANDS) },
    "/users/@me/channels": { post: takes(object({ recipient_id: SNOWFLAKE })) },
    "/channels/{channel_id}/messages": { post: takes(ref("NewMessage")) },
    "/channels/{channel_id}/messages/{message_id}": { patch: takes(ref("Content")) },
    "/channels/{channel_id}/messages/{message_id}/threads": {
      post: takes(object({ name: text(100, 1), auto_archive_duration: { enum: [60, 1440, 4320, 10_080] } }, "name")),
    },
    "/webhooks/{webhook_id}/{webhook_token}": { post: takes(ref("Content")) },
    "/webhooks/{webhook_id}/{webhook_token}/messages/@original": { patch: takes(ref("Content")) },
    "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}": { patch: takes(ref("Content")) },
    "/interactions/{interaction_id}/{interaction_token}/callback": {
      post: takes({
        anyOf: ["Pong", "Answer", "Update", "Choices", "Modal"].map((name) => ref(name)),
      }),
    },
    "/attachments/refresh-urls": {
      post: takes(
        object({ attachment_urls: { type: "array", items: text(2048), minItems: 1, maxItems: 50 } }, "attachment_urls"),
      ),
    },
  },
  components: {
    schemas: {
      Content: object(CONTENT),
      NewMessage: object({
        ...CONTENT,
        nonce: { anyOf: [{ type: "integer" }, text(25), { type: "null" }] },
        enforce_nonce: { type: ["boolean", "null"] },
        message_reference: maybe(REFERENCE),
      }),
      Pong: callback([1], null),
      Answer: callback([4, 5], ref("Content")),
      Update: callback([6, 7], ref("Content")),
      Choices: callback([8], CHOICES, "data"),
      Modal: callback(
        [9],
        object({ custom_id: text(100, 1), title: text(45), components: { type: "array" } }, "custom_id", "title"),
        "data",
      ),
    },
  },
};

function takes(schema: Json): Json {
  return { requestBody: { content: { "application/json": { schema } } } };
}
