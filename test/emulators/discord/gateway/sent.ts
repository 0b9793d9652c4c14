/** Reads what a client sends: a payload, or the code that the Gateway closes with. */
import * as v from "valibot";
import { SENT_BYTES_MAX } from "./bounds.ts";

const wholeSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const envelopeSchema = v.object({ op: wholeSchema, d: v.optional(v.unknown()) });
const identifySchema = v.object({
  token: v.string(),
  intents: v.number(),
  properties: v.object({ os: v.string(), browser: v.string(), device: v.string() }),
  shard: v.optional(v.tuple([v.number(), v.number()])),
  compress: v.optional(v.boolean()),
  large_threshold: v.optional(v.pipe(v.number(), v.minValue(50), v.maxValue(250))),
  presence: v.optional(v.looseObject({})),
});
const resumeSchema = v.object({ token: v.string(), session_id: v.string(), seq: v.nullable(v.number()) });
const heartbeatSchema = v.optional(v.nullable(wholeSchema));

export type Identify = v.InferOutput<typeof identifySchema>;
export type Resume = v.InferOutput<typeof resumeSchema>;
export type Sent =
  | { readonly kind: "heartbeat"; readonly seq: number | null }
  | { readonly kind: "identify"; readonly identify: Identify }
  | { readonly kind: "resume"; readonly resume: Resume }
  /** Presence, voice state, members and the like: nothing that the emulator acts on. */
  | { readonly kind: "other"; readonly op: number }
  | { readonly kind: "unreadable"; readonly code: 4001 | 4002; readonly why: string };

const OTHER_OPCODES: ReadonlySet<number> = new Set([3, 4, 8, 31, 43]);

export function readSent(bytes: Buffer, isBinary: boolean): Sent {
  if (bytes.length > SENT_BYTES_MAX) return unreadable(4002, `${bytes.length} bytes`);
  const envelope = v.safeParse(envelopeSchema, isBinary ? null : parsed(bytes.toString()));
  if (!envelope.success) return unreadable(4002, "not a payload");
  const { op, d } = envelope.output;
  switch (op) {
    case 1: {
      const read = v.safeParse(heartbeatSchema, d);
      return read.success ? { kind: "heartbeat", seq: read.output ?? null } : unreadable(4002, "heartbeat");
    }
    case 2: {
      const read = v.safeParse(identifySchema, d);
      return read.success ? { kind: "identify", identify: read.output } : unreadable(4002, "identify");
    }
    case 6: {
      const read = v.safeParse(resumeSchema, d);
      return read.success ? { kind: "resume", resume: read.output } : unreadable(4002, "resume");
    }
    default:
      return OTHER_OPCODES.has(op) ? { kind: "other", op } : unreadable(4001, `opcode ${op}`);
  }
}

function unreadable(code: 4001 | 4002, why: string): Sent {
  return { kind: "unreadable", code, why };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
