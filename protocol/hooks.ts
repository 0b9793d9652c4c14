/** What other services may ask of the assistant over `/hooks/*`, and what becomes of it. */
import * as v from "valibot";
import { THINKING_LEVELS, type ThinkingLevel } from "./access.ts";
import { CONFIG_BOUNDS } from "./bounds.ts";
import { HEARTBEAT_BOUNDS, HOOK_BOUNDS, JOB_BOUNDS } from "./own-work-bounds.ts";

const WAKE_MODES = ["now", "next-heartbeat"] as const;
export type WakeMode = (typeof WAKE_MODES)[number];

const label = v.pipe(v.string(), v.minLength(1), v.maxLength(CONFIG_BOUNDS.textMax));
const template = v.pipe(v.string(), v.minLength(1), v.maxLength(HOOK_BOUNDS.templateSourceMax));
const seconds = v.pipe(v.number(), v.minValue(0), v.maxValue(JOB_BOUNDS.runLongestMs / 1_000));

/** A hook of the configuration: what is made of the bodies that come to `/hooks/<its name>`. */
export const hookMapping = v.strictObject({
  preset: v.exactOptional(
    v.pipe(v.picklist(["gmail"]), v.description("Settings for a known service, under those given here.")),
  ),
  action: v.exactOptional(
    v.pipe(
      v.picklist(["agent", "wake"]),
      v.description(
        "agent: the assistant works on it in a conversation of its own; wake: the next heartbeat hears of it.",
      ),
    ),
  ),
  prompt: v.exactOptional(v.pipe(template, v.description("What it is to do with what comes, in your own words."))),
  message: v.exactOptional(
    v.pipe(template, v.description("What it is shown, such as {{messages[0].subject}}; left out: the whole body.")),
  ),
  forEach: v.exactOptional(
    v.pipe(
      label,
      v.description("Path of a list in the body: each of its items is a message of its own, {{item.subject}}."),
    ),
  ),
  id: v.exactOptional(
    v.pipe(
      label,
      v.description(
        "What tells two messages apart, such as {{item.id}}: what came before is not worked on again for a day.",
      ),
    ),
  ),
  mode: v.exactOptional(
    v.pipe(v.picklist(WAKE_MODES), v.description("Of wake: a heartbeat now, or with the next one.")),
  ),
  deliver: v.exactOptional(v.pipe(v.boolean(), v.description("Whether the answer is told; true is the default."))),
  to: v.exactOptional(
    v.pipe(label, v.description("The chat that is told, such as telegram:42; left out: the owner's.")),
  ),
  model: v.exactOptional(v.pipe(label, v.description("provider/model instead of the default."))),
  thinking: v.exactOptional(v.pipe(v.picklist(THINKING_LEVELS), v.description("How hard the model thinks."))),
  timeoutSeconds: v.exactOptional(v.pipe(seconds, v.description("Longest run; 0: as long as any may last."))),
  allowUnsafeExternalContent: v.exactOptional(
    v.pipe(
      v.boolean(),
      v.description("Whether what comes is believed like your own words. Only for what you write yourself."),
    ),
  ),
});
export type HookMapping = v.InferOutput<typeof hookMapping>;

/** Hooks of their own, which no configuration can change. */
const OWN_HOOKS: readonly string[] = ["wake", "agent"];

/** What is wrong with the name of a hook; null: nothing. */
export function hookNameProblem(name: string): string | null {
  if (OWN_HOOKS.includes(name)) return "is a hook that is there already; take another name";
  return /^[a-z0-9][a-z0-9-]{0,31}$/.test(name) ? null : "must be up to 32 of a-z, 0-9 and -, such as gmail";
}

/** The id that runs of a hook are listed under; those of one hook are run in order. */
export function jobIdOfHook(hook: string): string {
  return `hook-${hook}`;
}

const text = (max: number) => v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(max));

/** Body of `POST /hooks/wake`. */
export const wakeBody = v.strictObject({
  text: text(HEARTBEAT_BOUNDS.eventTextMax),
  mode: v.optional(v.picklist(WAKE_MODES), "now"),
});

/** Body of `POST /hooks/agent`. What OpenClaw takes besides is refused by name (`hook-request.ts`), not overlooked. */
export const agentBody = v.strictObject({
  message: text(HOOK_BOUNDS.templateMax),
  name: v.optional(text(JOB_BOUNDS.nameMax)),
  /** Only `main`: there is no other agent. */
  agentId: v.optional(v.literal("main")),
  /** Nothing is to be woken: the result is told by itself. */
  wakeMode: v.optional(v.picklist(WAKE_MODES)),
  deliver: v.optional(v.boolean(), true),
  /** With `to`; `last` is the owner's chat. */
  channel: v.optional(text(32)),
  to: v.optional(text(CONFIG_BOUNDS.textMax)),
  model: v.optional(text(CONFIG_BOUNDS.textMax)),
  thinking: v.optional(v.picklist(THINKING_LEVELS)),
  timeoutSeconds: v.optional(seconds),
});

/** One run that a hook asks for. */
export type HookRun = {
  /** What people call it. */
  readonly name: string;
  /** What the model is asked, in our words or the owner's. */
  readonly text: string;
  /** What came in; absent: it is part of `text`. */
  readonly untrusted?: string;
  /** The same one is run once; absent: each is. */
  readonly id?: string;
  /** Where the answer is told: as somebody wrote it, or `owner`; null: nowhere. */
  readonly to: string | null;
  readonly model?: string;
  readonly thinking?: ThinkingLevel;
  readonly timeoutMs: number;
};

/** One thing that the heartbeat is to be told of. `id`: the same one is told once; absent: each is. */
export type HookEvent = { readonly text: string; readonly id?: string };

/** What a request to a hook asks for. */
export type HookWork =
  | {
      readonly kind: "wake";
      readonly events: readonly HookEvent[];
      readonly mode: WakeMode;
      readonly isTrusted: boolean;
    }
  | { readonly kind: "runs"; readonly runs: readonly HookRun[] };

export type HookIntake = {
  readonly hook: string;
  /** The caller's idempotency key, and a digest of what it stands for; null: it sent none. */
  readonly key: { readonly name: string; readonly digest: string } | null;
  readonly work: HookWork;
};

export type HookOutcome =
  /** It is stored, now or by an earlier request with the same key. `runIds`: of a wake none. */
  | { readonly kind: "taken"; readonly runIds: readonly string[]; readonly isRepeat: boolean }
  /** The key was sent with something else. */
  | { readonly kind: "other_body" }
  /** Too many runs or events wait. */
  | { readonly kind: "busy"; readonly retryAfterMs: number }
  /** It is to be told in a chat that nobody knows. */
  | { readonly kind: "unknown_chat" };
