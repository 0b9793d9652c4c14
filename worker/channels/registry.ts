/**
 * All channels by name. Durable Objects and webhooks reach a channel only through here, also Discord's Gateway; what one
 * platform alone has for its owner (a webhook to set, menus) is in that channel's `operation.ts`.
 */
import { assertNever } from "../../protocol/assert.ts";
import type { Attachment } from "../../protocol/inbound.ts";
import type { Acknowledgement, Outbound, Receipt, ReplyAddress } from "../../protocol/outbound.ts";
import { err, ok, type Result } from "../../protocol/result.ts";
import type { ChannelId } from "../../protocol/session-key.ts";
import type { Config } from "../config.ts";
import type {
  Channel,
  ChannelLimits,
  Download,
  Growing,
  Intake,
  PreviewHandle,
  RejectReason,
  WebhookRequest,
} from "./channel.ts";
import { createDiscordChannel } from "./discord/index.ts";
import { createTelegramChannel } from "./telegram/index.ts";
import { createWebChannel, type WebSink } from "./web/index.ts";

export type { BotSelf, DispatchReading, GatewayWorld } from "./discord/dispatch.ts";
export { fetchChannel, fetchMemberRoles, fetchMessagesAfter, postCallback, readGateway } from "./discord/operation.ts";
export { readDispatch } from "./discord/parse.ts";
export type { DiscordSettings } from "./discord/settings.ts";
export type { ChannelLimits, Download, Intake, PreviewHandle, Rate, RejectReason } from "./channel.ts";
export { appendParagraph } from "./text/append.ts";
export { splitMarkdown } from "./text/split.ts";
export { clientIdOf, WEB_SESSION, type WebSink } from "./web/index.ts";

/** A channel whose update type nobody outside it needs to know. */
export interface OpenChannel {
  readonly id: ChannelId;
  readonly limits: ChannelLimits;
  /** `verify` and `parse` in one: a webhook becomes messages, or the reason why not. */
  receive(request: WebhookRequest): Promise<Result<Intake, RejectReason>>;
  send(to: ReplyAddress, message: Outbound): Promise<Receipt>;
  download(attachment: Attachment): Promise<Download>;
  acknowledge(to: ReplyAddress, what: Acknowledgement): Promise<void>;
  preview(to: ReplyAddress, growing: Growing): Promise<PreviewHandle>;
}

/** The channel of a webhook, or null when it is not configured (503) or not built yet. */
export function webhookChannel(id: Exclude<ChannelId, "web" | "job">, config: Config): OpenChannel | null {
  switch (id) {
    case "telegram":
      return config.telegram ? open(createTelegramChannel(config.telegram)) : null;
    case "discord":
      return config.discord ? open(createDiscordChannel(config.discord)) : null;
    case "slack":
    case "whatsapp":
      return null;
    default:
      return assertNever(id);
  }
}

/** The channel that a session of `id` answers through. */
export function sessionChannel(id: ChannelId, config: Config, sink: WebSink): OpenChannel | null {
  if (id === "job") return null; // what is to be said there is handed to `JobScheduler`
  return id === "web" ? open(createWebChannel(sink)) : webhookChannel(id, config);
}

function open<Raw>(channel: Channel<Raw>): OpenChannel {
  return {
    id: channel.id,
    limits: channel.limits,
    async receive(request) {
      const verified = await channel.verify(request);
      return verified.ok ? ok(channel.parse(verified.value)) : err(verified.error);
    },
    send: (to, message) => channel.send(to, message),
    download: (attachment) => channel.download(attachment),
    acknowledge: (to, what) => channel.acknowledge(to, what),
    preview: (to, growing) => channel.preview(to, growing),
  };
}
