/** An interaction of Discord's, checked before anything looks at it: which kind it is, and the fields that we read of it. Pure. */
import * as v from "valibot";
import { err, ok, type Result } from "../../../protocol/result.ts";
import { attachment, cited, pressedMessage } from "./update-message.ts";
import { channel, hint, integer, mapOf, member, problem, snowflake, token, type User, user } from "./update-parts.ts";

/** "Interaction Type". */
const TYPE = { ping: 1, command: 2, component: 3, autocomplete: 4 } as const;
/** "Component Types". */
const BUTTON = 2;

const envelope = v.object({ type: integer, application_id: v.nullish(snowflake) });
const caller = { id: snowflake, application_id: snowflake, token, locale: hint(v.string()) } as const;

const call = v.object({
  ...caller,
  guild_id: v.nullish(snowflake),
  channel_id: v.nullish(snowflake),
  channel: v.nullish(channel),
  context: v.nullish(integer),
  /** By the kind of the installation: a guild's, a user's. */
  authorizing_integration_owners: hint(v.record(v.string(), v.unknown())),
  /** What we may do there: bits, as the digits of a number. */
  app_permissions: hint(v.pipe(v.string(), v.regex(/^\d{1,40}$/u))),
  member: v.nullish(member),
  user: v.nullish(user),
});

const optionEntries = {
  name: v.string(),
  type: integer,
  value: v.nullish(v.union([v.string(), v.number(), v.boolean()])),
  focused: hint(v.boolean()),
} as const;
/** "Application Command Interaction Data Option": groups of subcommands hold subcommands, which hold values. */
const value = v.object(optionEntries);
const subcommand = v.object({ ...optionEntries, options: v.nullish(v.array(value)) });
const option = v.object({ ...optionEntries, options: v.nullish(v.array(subcommand)) });

const command = v.object({
  name: v.string(),
  type: v.nullish(integer),
  options: v.nullish(v.array(option)),
  target_id: v.nullish(snowflake),
  resolved: hint(v.object({ attachments: mapOf(attachment), messages: mapOf(cited), users: mapOf(user) })),
});

const component = v.object({ component_type: integer, custom_id: v.string() });

export type Command = v.InferOutput<typeof command>;
export type PressedMessage = v.InferOutput<typeof pressedMessage>;
/** Who calls us, from where, and how that is answered. */
export type Call = Omit<v.InferOutput<typeof call>, "user"> & { readonly user: User; readonly receivedAt: number };
/** What is known of every call. */
export type Caller = Pick<Call, "id" | "token" | "application_id" | "locale">;

export type DiscordUpdate =
  /** Discord wants to know whether we are there. */
  | { readonly kind: "ping"; readonly applicationId: string | null }
  | { readonly kind: "command" | "autocomplete"; readonly call: Call; readonly command: Command }
  | { readonly kind: "press"; readonly call: Call; readonly buttonId: string; readonly message: PressedMessage }
  /** Something that we never offer; `name` is for the log. */
  | { readonly kind: "other"; readonly call: Caller; readonly name: string };

/** Checks a parsed body, which came at `receivedAt` (epoch ms). The error names the place that is wrong, never its value. */
export function decodeInteraction(json: unknown, receivedAt: number): Result<DiscordUpdate, string> {
  const outer = read(envelope, json);
  if (!outer.ok) return outer;
  const { type, application_id: applicationId = null } = outer.value;
  switch (type) {
    case TYPE.ping:
      return ok({ kind: "ping", applicationId });
    case TYPE.command:
      return decodeCommand("command", json, receivedAt);
    case TYPE.autocomplete:
      return decodeCommand("autocomplete", json, receivedAt);
    case TYPE.component:
      return decodeComponent(json, receivedAt);
    default:
      return decodeOther(`interaction type ${type}`, json);
  }
}

/** The application that an update is for; null if a ping does not say it. */
export function applicationOf(update: DiscordUpdate): string | null {
  return update.kind === "ping" ? update.applicationId : update.call.application_id;
}

function decodeCommand(
  kind: "command" | "autocomplete",
  json: unknown,
  receivedAt: number,
): Result<DiscordUpdate, string> {
  const body = readCall(v.object({ data: command }), json, receivedAt);
  return body.ok ? ok({ kind, call: body.value.call, command: body.value.data }) : body;
}

function decodeComponent(json: unknown, receivedAt: number): Result<DiscordUpdate, string> {
  const outer = read(v.object({ data: component }), json);
  if (!outer.ok) return outer;
  const { component_type: type, custom_id: buttonId } = outer.value.data;
  if (type !== BUTTON) return decodeOther(`component type ${type}`, json);
  const body = readCall(v.object({ message: pressedMessage }), json, receivedAt);
  return body.ok ? ok({ kind: "press", call: body.value.call, buttonId, message: body.value.message }) : body;
}

function decodeOther(name: string, json: unknown): Result<DiscordUpdate, string> {
  const body = read(v.object(caller), json);
  return body.ok ? ok({ kind: "other", call: body.value, name }) : body;
}

/** In a guild the user is part of a member. */
function readCall<Output extends object>(
  more: v.GenericSchema<unknown, Output>,
  json: unknown,
  receivedAt: number,
): Result<Output & { readonly call: Call }, string> {
  const read1 = read(call, json);
  if (!read1.ok) return read1;
  const read2 = read(more, json);
  if (!read2.ok) return read2;
  const who = read1.value.member?.user ?? read1.value.user;
  return who ? ok({ ...read2.value, call: { ...read1.value, user: who, receivedAt } }) : err("user: not there");
}

function read<Output>(schema: v.GenericSchema<unknown, Output>, json: unknown): Result<Output, string> {
  const parsed = v.safeParse(schema, json);
  return parsed.success ? ok(parsed.output) : err(problem(parsed.issues[0]));
}
