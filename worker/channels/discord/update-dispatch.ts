/** Events of the Gateway besides new messages and interactions, checked. Names are Discord's. Pure. */
import * as v from "valibot";
import { err, ok, type Result } from "../../../protocol/result.ts";
import { type Message, message } from "./update-message.ts";
import { emoji, hint, member, problem, snowflake } from "./update-parts.ts";

const reaction = v.object({
  user_id: snowflake,
  channel_id: snowflake,
  message_id: snowflake,
  guild_id: v.nullish(snowflake),
  member: hint(member),
  /** Told of new ones only. */
  message_author_id: v.nullish(snowflake),
  emoji,
});

/** An update that tells new words tells when; of a link's card or a pin only what changed, or all with no such time. */
const edit = v.object({ content: v.string(), edited_timestamp: v.string() });

export type Reaction = v.InferOutput<typeof reaction>;
export type Edit = { readonly message: Message; readonly editedAt: number };

/** Checks a message. The error names the place that is wrong, never its value. */
export function decodeMessage(json: unknown): Result<Message, string> {
  const parsed = v.safeParse(message, json);
  return parsed.success ? ok(parsed.output) : err(problem(parsed.issues[0]));
}

/** Checks an update of a message: its new version, or why it is none. */
export function decodeEdit(json: unknown): Result<Edit, string> {
  const worded = v.safeParse(edit, json);
  if (!worded.success) return err("an update without new words");
  const editedAt = Date.parse(worded.output.edited_timestamp);
  if (!Number.isFinite(editedAt)) return err("an update of no time");
  const read = decodeMessage(json);
  return read.ok ? ok({ message: read.value, editedAt }) : read;
}

/** Checks a reaction. */
export function decodeReaction(json: unknown): Result<Reaction, string> {
  const parsed = v.safeParse(reaction, json);
  return parsed.success ? ok(parsed.output) : err(problem(parsed.issues[0]));
}
