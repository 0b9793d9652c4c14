/** Presses of our buttons become `Happening`s. Pure. */
import type { Intake } from "../channel.ts";
import { inboundIdOf, keyOf } from "./dedupe-keys.ts";
import { ticketOf } from "./parse-ticket.ts";
import { CHANNEL, chatAt, placeOfCall } from "./place.ts";
import { quoteWhole } from "./quoted.ts";
import { pressAnswers, toldBody } from "./respond.ts";
import { senderOf } from "./sender.ts";
import type { Call, PressedMessage } from "./update.ts";
import { timeOf } from "./update-parts.ts";
import { label } from "./words.ts";

/** "Message Flags". */
const IS_EPHEMERAL = 1 << 6;

/** Reads a press. What it is acknowledged with is its id and its token, `<id>/<token>`. */
export function readPress(call: Call, buttonId: string, message: PressedMessage): Intake {
  const { application_id: applicationId, id, token, user, member, locale: language } = call;
  const place = placeOfCall(call);
  if (!place.ok) return { kind: "ignore", why: place.error, body: toldBody("nowhere", language) };
  const { session, address } = place.value;
  const dedupeKeys = [keyOf(applicationId, "interaction", id)];
  const at = timeOf(id);
  const quoted = quoteWhole(message);
  const isPrivate = ((message.flags ?? 0) & IS_EPHEMERAL) !== 0;
  const ticket = ticketOf(call, { holdsPlace: false, isPrivate });
  return {
    kind: "happenings",
    happenings: [
      {
        kind: "pressed",
        session,
        channel: CHANNEL,
        dedupeKeys,
        at,
        pressId: `${id}/${token}`,
        buttonId: label(buttonId),
        message: {
          id: inboundIdOf(applicationId, id),
          dedupeKeys,
          session,
          channel: CHANNEL,
          chat: chatAt(place.value, { addressed: true }),
          sender: senderOf(user, { member, language }),
          text: "",
          // Only below our own messages there are buttons of ours.
          ...(quoted && { quoted: { ...quoted, isOwn: true } }),
          attachments: [],
          replyTo: { ...address, messageId: message.id, ticket },
          sentAt: at,
        },
      },
    ],
    answers: pressAnswers(language),
  };
}
