/** Reads what the assistant sends over `/web/socket`. */
import * as v from "valibot";
import type { ServerFrame } from "../protocol/web-frame.ts";

const frames = v.variant("type", [
  v.object({ type: v.literal("accepted"), id: v.string() }),
  v.object({ type: v.literal("delta"), text: v.string(), reset: v.boolean(), turnId: v.string() }),
  v.object({
    type: v.literal("final"),
    seq: v.number(),
    ids: v.array(v.string()),
    text: v.string(),
    failed: v.optional(v.boolean(), false),
    last: v.boolean(),
  }),
  v.object({ type: v.literal("error"), id: v.optional(v.string()), code: v.string(), message: v.string() }),
]);

/** A frame, or null for what is none. Never throws. */
export function readFrame(data: unknown): ServerFrame | null {
  if (typeof data !== "string") return null;
  try {
    const parsed = v.safeParse(frames, JSON.parse(data));
    if (!parsed.success) return null;
    const frame = parsed.output;
    if (frame.type !== "error") return frame;
    const { id, ...rest } = frame;
    return { ...rest, ...(id !== undefined && { id }) };
  } catch {
    return null;
  }
}
