/** Where a turn's growing answer is shown: in a draft, in a message that is edited, or nowhere; within the platform's pace. */
import { assertNever } from "../../protocol/assert.ts";
import { OUTBOUND_BOUNDS, TICKET_BOUNDS } from "../../protocol/bounds.ts";
import type { TurnId } from "../../protocol/ids.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import type { ReplyAddress } from "../../protocol/outbound.ts";
import { type OpenChannel, type PreviewHandle, splitMarkdown } from "../../worker/channels/registry.ts";
import type { Screen } from "./growing-answer.ts";
import type { Pace } from "./pace.ts";
import { readInbound } from "./inbox.ts";
import { forgetShown, openPreview, readPreview } from "./preview-rows.ts";
import { replyAddress } from "./reply-address.ts";
import type { SessionContext } from "./session-context.ts";

export type ScreenPorts = {
  readonly session: SessionContext;
  readonly pace: Pace;
  /** Whether the turn is still the session's. */
  readonly isCurrent: () => boolean;
  /** There is something to send. */
  readonly kick: () => void;
};

/** The screen of a turn that answers `first`. */
export function turnScreen(ports: ScreenPorts, turnId: TurnId, first: Pick<Inbound, "chat" | "replyTo">): Screen {
  const channel = ports.session.channel();
  let to = first.replyTo;
  const mode = channel?.limits.previewMode(to) ?? "none";
  // Who talks to others in a group is not told that somebody unasked is about to answer.
  const showsBusy = channel !== null && (first.chat.kind === "direct" || first.chat.addressed);
  const everyMs = channel?.limits.previewEveryMs(to) ?? 0;
  const textFrom = { none: null, draft: 1, message: OUTBOUND_BOUNDS.previewMinLength }[mode];
  return {
    textFrom,
    replyTo: (id) => {
      const [named] = id === undefined ? [] : readInbound(ports.session.sql, [id]);
      to = replyAddress(first, named);
    },
    showsBusy,
    everyMs,
    busyEveryMs: channel?.limits.busyEveryMs ?? 0,
    seenToAt: to.ticket?.holdsPlace ? to.ticket.goodUntil - TICKET_BOUNDS.lifeMs + TICKET_BOUNDS.switchMs : null,
    show: async (text, handle) => {
      if (!channel || !ports.isCurrent()) return null;
      if (text === "") return showBusy(ports, channel, to, turnId);
      switch (mode) {
        case "none":
          return null;
        case "draft":
          return showDraft(ports, channel, to, { turnId, text, ...(handle && { handle }) });
        case "message":
          // A message stays, unlike a draft: what it shows already needs no call.
          return handle?.shownText === text ? handle : showMessage(ports, channel, to, { turnId, text });
        default:
          return assertNever(mode);
      }
    },
  };
}

type Shown = { readonly turnId: TurnId; readonly text: string; readonly handle?: PreviewHandle };

async function showBusy(ports: ScreenPorts, channel: OpenChannel, to: ReplyAddress, turnId: TurnId) {
  if (!(await ports.pace.allows("sign", to))) return null;
  return call(ports, () => channel.preview(to, { turnId, text: "" }));
}

async function showDraft(ports: ScreenPorts, channel: OpenChannel, to: ReplyAddress, shown: Shown) {
  if (!(await ports.pace.allows("sign", to)) || !ports.isCurrent()) return null;
  return call(ports, () => channel.preview(to, shown));
}

/** The first time the message goes through the outbox; later it is edited, if it is there. */
async function showMessage(ports: ScreenPorts, channel: OpenChannel, to: ReplyAddress, { turnId, text }: Shown) {
  const { sql, storage } = ports.session;
  const preview = readPreview(sql, turnId);
  if (!preview) {
    const [markdown = ""] = splitMarkdown(text, channel.limits.textMax, channel.limits.linesMax);
    if (markdown === "") return null;
    storage.transactionSync(() => openPreview(sql, { turnId, address: to, markdown }, Date.now()));
    ports.kick();
    return { shownText: text };
  }
  const { messageId } = preview;
  if (preview.state !== "sent" || messageId === null) return null;
  if (!(await ports.pace.allows("edit", to)) || !ports.isCurrent()) return null;
  forgetShown(sql, preview.seq);
  return call(ports, () => channel.preview(to, { turnId, text, handle: { shownText: "", messageId } }));
}

async function call(ports: ScreenPorts, preview: () => Promise<PreviewHandle>): Promise<PreviewHandle> {
  try {
    return await preview();
  } catch (error) {
    ports.pace.heed(error);
    throw error;
  }
}
