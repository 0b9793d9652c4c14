/** Whether a successful call's result has what is used of it: a server that is not Telegram's may answer anything. */
import * as v from "valibot";
import { ChannelError } from "../../../protocol/errors.ts";

const message = v.looseObject({ message_id: v.pipe(v.number(), v.safeInteger()) });
const file = v.looseObject({
  file_path: v.optional(
    v.pipe(
      v.string(),
      v.check((path) => path.isWellFormed()),
    ),
  ),
});
const me = v.looseObject({ id: v.number(), username: v.string(), first_name: v.string() });
const webhookInfo = v.looseObject({
  url: v.optional(v.string()),
  pending_update_count: v.number(),
  last_error_date: v.optional(v.number()),
  last_error_message: v.optional(v.string()),
  max_connections: v.optional(v.number()),
  allowed_updates: v.optional(v.array(v.string())),
});

/** What only reads; asking again is harmless. */
const READS: Readonly<Record<string, v.GenericSchema>> = { getFile: file, getMe: me, getWebhookInfo: webhookInfo };
/** What puts something into a chat and tells what. Drafts and "typing" leave nothing. */
const SENDS = /^send(?!ChatAction$|.*Draft$)/u;
const album = v.pipe(v.array(message), v.minLength(1));

/** The failure that `result` is for the method at the end of `url`, or null. It does not repeat what was said. */
export function malformedResult(url: string, result: unknown): ChannelError | null {
  const method = url.slice(url.lastIndexOf("/") + 1);
  const reads = Object.hasOwn(READS, method) ? READS[method] : undefined;
  const schema = reads ?? (method === "sendMediaGroup" ? album : SENDS.test(method) ? message : null);
  if (schema === null || v.is(schema, result)) return null;
  const code = reads ? "channel_unreachable" : "channel_outcome_unknown";
  return new ChannelError(code, { channel: "telegram", method }, `${method}: malformed result`);
}
