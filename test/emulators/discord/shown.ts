/** Messages as people see them. */
import { buttonsOf, type ShownButton } from "./components.ts";
import { type Attachment, type Message, MESSAGE_FLAGS, type Pings } from "./message.ts";
import type { World } from "./world.ts";

export type ShownMessage = {
  readonly id: string;
  readonly authorId: string;
  readonly isBot: boolean;
  readonly content: string;
  readonly isEdited: boolean;
  /** `thinking`: a placeholder; `failed`: one whose answer can come no more. */
  readonly state: "written" | "thinking" | "failed";
  /** The only person who sees it. */
  readonly ephemeralFor: string | null;
  readonly files: readonly Attachment[];
  readonly isVoice: boolean;
  readonly buttons: readonly ShownButton[];
  readonly replyTo: string | null;
  /** By emoji, who reacted. */
  readonly reactions: Readonly<Record<string, readonly string[]>>;
  /** Whom it called. */
  readonly pings: Pings;
  readonly nonce: string | number | null;
  /** The interaction that it answers. */
  readonly interactionId: string | null;
  readonly type: number;
};

/** Everything in a place, the oldest first. */
export function shownIn(world: World, channelId: string): readonly ShownMessage[] {
  const { messages } = world.places.get(channelId);
  return messages.map((message) => ({
    id: message.id,
    authorId: message.author.id,
    isBot: message.author.bot === true,
    content: message.content,
    isEdited: message.editedAt !== null,
    state: stateOf(world, message),
    ephemeralFor: message.ephemeralFor,
    files: message.attachments,
    isVoice: (message.flags & MESSAGE_FLAGS.voice) !== 0,
    buttons: buttonsOf(message.components),
    replyTo: message.reference?.messageId ?? null,
    reactions: Object.fromEntries([...message.reactions].map(([emoji, people]) => [emoji, [...people]])),
    pings: message.pings,
    nonce: message.nonce,
    interactionId: message.interaction?.id ?? null,
    type: message.type,
  }));
}

function stateOf(world: World, { flags, interaction }: Message): ShownMessage["state"] {
  if ((flags & MESSAGE_FLAGS.loading) === 0) return "written";
  return interaction && world.interactions.isOver(interaction.id) ? "failed" : "thinking";
}
