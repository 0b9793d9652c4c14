/**
 * Asks `AgentDirectory` when the next call to the platform may leave. Platforms count the calls of a bot, not those of a
 * session, so only one that knows all sessions can keep them within the limits.
 */
import { ChannelError, StorageError } from "../../protocol/errors.ts";
import type { ReplyAddress } from "../../protocol/outbound.ts";
import { within } from "../../worker/agentcore/deadline.ts";
import { errorFields, log } from "../../worker/log.ts";
import { agentDirectory } from "../../worker/objects.ts";
import { OBJECT_BOUNDS } from "../bounds.ts";
import type { CallUse, Slot } from "../agent-directory/pace.ts";
import type { SessionContext } from "./session-context.ts";

type Place = Pick<ReplyAddress, "chatId" | "chatKind" | "ticket">;

const AT_ONCE: Slot = { kind: "taken", inMs: 0 };

export class Pace {
  readonly #session: SessionContext;

  constructor(session: SessionContext) {
    this.#session = session;
  }

  /**
   * Takes a slot for one call, or says when to ask again. Never rejects: an answer is worth more than a limit that nobody
   * can be asked about.
   */
  async slot(use: CallUse, to: Place, messages = 1): Promise<Slot> {
    const rates = this.#session.channel()?.limits.rates;
    // What answers somebody's call is no message of the bot's own, and is not counted as one.
    if (!rates || to.ticket?.holdsPlace) return AT_ONCE;
    const { chatId, chatKind } = to;
    const chat = { id: chatId, rate: chatKind === "direct" ? rates.direct : rates.group };
    const { channel } = this.#session.ref;
    const late = () => new StorageError("storage_unavailable", "the directory does not answer");
    try {
      const asked = this.#directory().takeSlot({ channel, bot: rates.bot, chat, use, messages });
      return await within(OBJECT_BOUNDS.slotAnswerMs, asked, late);
    } catch (error) {
      log("warn", "pace_unknown", { session: this.#session.key, ...errorFields(error) });
      return AT_ONCE;
    }
  }

  /** Whether a call that can be left out may leave now. */
  async allows(use: "edit" | "sign", to: Place): Promise<boolean> {
    return (await this.slot(use, to)).kind === "taken";
  }

  /** A platform that asks the bot for a pause asks all sessions for it. Never throws. */
  heed(error: unknown): void {
    if (!(error instanceof ChannelError) || error.code !== "channel_rate_limited" || error.scope !== "bot") return;
    const until = Date.now() + (error.retryAfterMs ?? 0);
    void Promise.resolve(this.#directory().pauseChannel(this.#session.ref.channel, until)).catch((thrown: unknown) =>
      log("warn", "pause_not_told", { session: this.#session.key, ...errorFields(thrown) }),
    );
  }

  #directory() {
    return agentDirectory(this.#session.env, this.#session.ref.agent, this.#session.config());
  }
}
