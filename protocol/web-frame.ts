/**
 * The frames of `GET /web/socket`. The client names its messages, so sending one again never runs it twice; the
 * server numbers its answers, so a client that was away gets what it missed by saying the last number it has.
 */
import * as v from "valibot";
import { INBOUND_BOUNDS } from "./bounds.ts";
import { err, ok, type Result } from "./result.ts";

const clientFrame = v.object({
  type: v.literal("send"),
  /** The client's own id of the message: 1 to 100 characters of `[A-Za-z0-9._:-]`. */
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9._:-]{1,100}$/)),
  /** Absent or empty: only catch up on answers. */
  text: v.optional(v.pipe(v.string(), v.maxLength(INBOUND_BOUNDS.textMax)), ""),
  /** The highest `final.seq` the client has; answers after it are sent again. Absent: none are. */
  afterSeq: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
});

export type ClientFrame = v.InferOutput<typeof clientFrame>;

export type ServerFrame =
  /** The message is durable; it may be forgotten by the client once its `final` came. */
  | { readonly type: "accepted"; readonly id: string }
  /** The growing answer: append `text`, or replace everything shown when `reset`. */
  | { readonly type: "delta"; readonly text: string; readonly reset: boolean; readonly turnId: string }
  /** A whole answer part; `ids` are the client's messages that it answers (empty for a notice of the system). */
  | {
      readonly type: "final";
      readonly seq: number;
      readonly ids: readonly string[];
      readonly text: string;
      /** True when the messages could not be answered and the text says why. */
      readonly failed: boolean;
      /** False while more parts of the same answer follow. */
      readonly last: boolean;
    }
  | { readonly type: "error"; readonly id?: string; readonly code: string; readonly message: string };

/** Reads one frame of a client. Never throws. */
export function parseClientFrame(text: string): Result<ClientFrame, "malformed_frame"> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err("malformed_frame");
  }
  const parsed = v.safeParse(clientFrame, json);
  return parsed.success ? ok(parsed.output) : err("malformed_frame");
}
