/** Hands one event to the sessions that it is for, as a webhook would, and answers who waits for an answer. */
import { assertNever } from "../../protocol/assert.ts";
import {
  type BotSelf,
  type DiscordSettings,
  type DispatchReading,
  fetchChannel,
  type Intake,
  postCallback,
  readDispatch,
} from "../../worker/channels/registry.ts";
import { type Config, readConfig } from "../../worker/config.ts";
import { storeIntake, type StoredIntake } from "../../worker/handover.ts";
import { errorFields, log } from "../../worker/log.ts";
import { suggestionsFor } from "../../worker/suggestions.ts";
import type { StoredEvent } from "./inbox.ts";
import type { Listening } from "./listening.ts";
import { changeWorld, worldOf } from "./world-rows.ts";

export type InteractionReading = Extract<DispatchReading, { kind: "interaction" }>;

/** Whether it is for sessions; everything else asks for an answer at once, or for nothing. */
export function isStored(intake: Intake): intake is StoredIntake {
  return intake.kind === "messages" || intake.kind === "happenings";
}

export type DeliverPorts = {
  readonly env: Env;
  readonly sql: SqlStorage;
  readonly listening: Listening;
  /** Throws when there are none. */
  readonly settings: () => DiscordSettings;
  readonly self: () => BotSelf | null;
};

export class Deliverer {
  readonly #ports: DeliverPorts;

  constructor(ports: DeliverPorts) {
    this.#ports = ports;
  }

  /** Hands one event over. Throws when it is to be tried again. */
  async deliver(event: StoredEvent): Promise<void> {
    const reading = this.#read(event);
    if (reading.kind !== "unknown_thread") return this.#handOver(reading);
    if (!(await this.#learnThread(reading.channelId))) return;
    const again = this.#read(event);
    if (again.kind === "unknown_thread") return log("warn", "gateway_thread_unknown", { thread: again.channelId });
    if (!isStored(again.intake)) return;
    if ((await this.#ports.listening.standingOf(again.intake)) !== "unheard") await this.#handOver(again);
  }

  /** Answers somebody who waits for nothing that must be stored. Never rejects. */
  async answer({ id, token, intake }: InteractionReading): Promise<void> {
    try {
      await this.#answerNow(id, token, intake);
    } catch (error) {
      log("warn", "gateway_interaction_not_answered", { interaction: id, ...errorFields(error) });
    }
  }

  async #handOver(reading: Exclude<DispatchReading, { kind: "unknown_thread" }>): Promise<void> {
    const { intake } = reading;
    if (!isStored(intake)) return;
    const isTaken = await storeIntake(intake, this.#ports.env);
    const { answers } = intake;
    // Once, and as well as it can be: the session answers by itself what it has taken.
    if (reading.kind === "interaction" && answers)
      await this.#call(reading.id, reading.token, isTaken ? answers.taken : answers.refused);
  }

  async #answerNow(id: string, token: string, intake: Intake): Promise<void> {
    switch (intake.kind) {
      case "reply":
        return this.#call(id, token, intake.body);
      case "ignore":
        log("info", "gateway_event_ignored", { why: intake.why });
        return intake.body === undefined ? undefined : this.#call(id, token, intake.body);
      case "suggest":
        return this.#call(id, token, intake.body(await suggestionsFor(intake, this.#ports.env, this.#config())));
      case "messages":
      case "happenings":
        return;
      default:
        return assertNever(intake);
    }
  }

  async #call(interactionId: string, token: string, body: unknown): Promise<void> {
    try {
      await postCallback(this.#ports.settings(), interactionId, token, body);
    } catch (error) {
      log("warn", "gateway_callback_failed", { interaction: interactionId, ...errorFields(error) });
    }
  }

  /** False: there is no such thread, or it is closed to us. */
  async #learnThread(threadId: string): Promise<boolean> {
    const channel = await fetchChannel(this.#ports.settings(), threadId);
    if (!channel?.parentId || channel.guildId === null) {
      log("info", "gateway_thread_unknown", { thread: threadId });
      return false;
    }
    const { guildId, parentId, ownerId } = channel;
    const botId = this.#ports.self()?.userId ?? "";
    changeWorld(this.#ports.sql, { threads: [{ threadId, guildId, parentId, ownerId }] }, botId, Date.now());
    return true;
  }

  #read({ name, data, receivedAt }: StoredEvent): DispatchReading {
    const self = this.#ports.self();
    if (!self) throw new Error("nobody has said who we are");
    return readDispatch({ name, data, receivedAt }, worldOf(this.#ports.sql, self), this.#ports.settings());
  }

  #config(): Config {
    return readConfig(this.#ports.env);
  }
}
