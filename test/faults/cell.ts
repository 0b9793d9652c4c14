/** What a cell of the table is: a step of a message's way, a fault there, and what is special about the messages. */
import type { WaitingPoint, WritePoint } from "../../fail-points/fail-point.ts";
import type { Fault as AwsFault } from "../../local/aws/faults.ts";
import type { DiscordCall } from "./discord-calls.ts";
import type { ModelFault } from "./model.ts";
import type { Fault as DiscordFault } from "../emulators/discord/faults.ts";
import type { Fault as PlatformFault } from "../emulators/telegram/faults.ts";

/** What happens while the victims are held at a point. */
export type Blow =
  | { readonly kind: "kill"; readonly what: "workerd" | "agent" | "stand-in" | "everything" }
  /** The session's object is reset, as a deploy or a move to another machine does. */
  | { readonly kind: "evict" }
  /** What the code was doing there throws. */
  | { readonly kind: "fail" }
  /** It takes long there. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The next write of that kind fails. */
  | { readonly kind: "write"; readonly write: WritePoint };

/** What is ordered of AWS, the model or the platform beforehand. */
export type OrderedFault =
  | { readonly kind: "aws"; readonly operation: "invoke" | "s3_put" | "assume_role"; readonly fault: AwsFault }
  | { readonly kind: "model"; readonly fault: ModelFault }
  | { readonly kind: "platform"; readonly fault: PlatformFault }
  /** The growing answer is deleted as soon as it is there. */
  | { readonly kind: "preview_deleted" }
  /** The platform's connection breaks as soon as it has sent the update: it never sees our answer. */
  | { readonly kind: "webhook_cut" };

/**
 * Calls of Discord's fail: these faults one after the other, from the `nth` part of each chat on, or from the beginning of
 * its answer.
 */
export type DiscordCallFault = {
  readonly kind: "discord_call";
  readonly call: DiscordCall;
  readonly faults: readonly DiscordFault[];
  readonly at: "part.marked" | "event.accepted";
  readonly nth: number;
};

/** The answers are refused for good: the owner is told once of each, and a replay delivers it. */
export type DeadLetterFault = { readonly kind: "dead_letter"; readonly at: WaitingPoint; readonly blow: Blow };

/**
 * `telegram`: private chats, where growing answers are drafts. `group`: where they are messages. `discord`: calls, whose
 * answers grow where "thinking" stands; `discord_away`: the same where the bot is not; `discord_said`: messages that come
 * over the Gateway, and whose answers grow in messages; `job`: what is planned, and said in private chats on Telegram.
 */
export type CellChannel = "telegram" | "group" | "web" | "discord" | "discord_away" | "discord_said" | "job";

export type Cell = {
  readonly step: string;
  readonly channel: CellChannel;
  readonly name: string;
  /**
   * What is special about the messages, or how slowly they are answered. On Discord also how old calls are by what they
   * say: so old that nobody waits for their tokens to be known; too old to be answered by them; and too old in a moment.
   */
  readonly manner?: "photo" | "leisurely" | "old" | "late" | "switching";
  readonly fault:
    /** `nth`: which arrival at the point of each chat is struck; the first if absent. */
    | { readonly kind: "blow"; readonly at: WaitingPoint; readonly blow: Blow; readonly nth?: number }
    /** The session gets a second process while the first, held at a point, lives on: it must commit nothing more. */
    | { readonly kind: "orphan"; readonly at: WaitingPoint }
    | OrderedFault
    | DiscordCallFault
    | DeadLetterFault;
  /**
   * The receipt is lost on a platform without send idempotency: one marked duplicate may appear, or one stale beginning of
   * a growing answer that is marked as given up.
   */
  readonly mayDouble: boolean;
  /** What must have happened for the cell to have proved anything: the bot has looked for its answer in the chat. */
  readonly needs?: "look";
  /** Discord takes the token no longer, so "thinking" stands where nobody can change it. */
  readonly leavesPlaceholder?: true;
};

/** A blow in the names of cells. */
export function nameOf(blow: Blow): string {
  if (blow.kind === "kill") return `kill ${blow.what}`;
  if (blow.kind === "delay") return `delay ${blow.ms}`;
  return blow.kind === "write" ? `${blow.write} fails` : blow.kind;
}

/** An ordered fault in the names of cells. */
export function words(fault: Readonly<Record<string, unknown>>): string {
  return Object.entries(fault)
    .filter(([name]) => name !== "method")
    .map(([name, value]) => (name === "kind" ? String(value) : `${name} ${String(value)}`))
    .join(" ");
}
