/** What the agent may answer to a call: the replies of `protocol/invocation.ts`, checked before they are believed. */
import * as v from "valibot";
import type {
  AbortReply,
  CallRefused,
  ForgetReply,
  ImportReply,
  QueryReply,
  SteerReply,
} from "../../protocol/invocation.ts";
import { count } from "../../protocol/schema.ts";

export const steerReply: v.GenericSchema<unknown, SteerReply> = v.object({
  status: v.picklist(["queued", "not_running"]),
});

export const abortReply: v.GenericSchema<unknown, AbortReply> = v.object({
  status: v.picklist(["aborted", "not_running"]),
});

export const queryReply: v.GenericSchema<unknown, QueryReply> = v.variant("what", [
  v.object({
    what: v.literal("history"),
    entries: v.array(v.object({ role: v.picklist(["user", "assistant"]), text: v.string(), at: v.number() })),
  }),
  v.object({ what: v.literal("files"), files: v.array(v.object({ path: v.string(), bytes: v.number() })) }),
  v.object({ what: v.literal("file"), path: v.string(), text: v.nullable(v.string()) }),
  v.object({ what: v.literal("transcript"), lines: v.array(v.string()), next: v.nullable(count) }),
]);

export const forgetReply: v.GenericSchema<unknown, ForgetReply> = v.object({
  transcripts: count,
  files: count,
  blobs: count,
});

export const importReply: v.GenericSchema<unknown, ImportReply> = v.object({ entries: count });

export const callRefused: v.GenericSchema<unknown, CallRefused> = v.object({
  error: v.object({ code: v.string(), message: v.string() }),
});
