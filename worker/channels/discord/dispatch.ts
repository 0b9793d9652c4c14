/** What is read of the Gateway's events, and what must be known to read them. */
import type { Intake } from "../channel.ts";

/** Who we are, as READY tells it. */
export type BotSelf = { readonly applicationId: string; readonly userId: string; readonly username: string };

/** A thread: the channel that it belongs to, and whether we opened it, so that all of it is meant for us. */
export type KnownThread = { readonly parentId: string; readonly isOurs: boolean };

/** What other events told of the place of an event. */
export type GatewayWorld = {
  readonly self: BotSelf;
  /** The role that stands for us in a guild; a mention of it is one of us. */
  readonly botRole: (guildId: string) => string | null;
  readonly thread: (channelId: string) => KnownThread | null;
};

/** A dispatched event (op 0) as it came, and when (epoch ms). */
export type Dispatch = { readonly name: string; readonly data: unknown; readonly receivedAt: number };

/** What an event asks for. */
export type DispatchReading =
  | { readonly kind: "intake"; readonly intake: Intake }
  /** The same, and Discord waits for an answer to be posted: no endpoint is set for interactions. */
  | { readonly kind: "interaction"; readonly id: string; readonly token: string; readonly intake: Intake }
  /** Written in a thread that nobody told us of: its parent must be known first. */
  | { readonly kind: "unknown_thread"; readonly channelId: string };
