/** The words of a Telegram message and what Telegram marks in them, wherever in the message they are. Pure. */
import { INBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { cutText } from "../text/cut.ts";
import type { FlatText } from "./update-rich.ts";
import type { Message } from "./update-message.ts";

type Worded = Pick<
  Message,
  "text" | "entities" | "caption" | "caption_entities" | "rich_message" | "checklist" | "poll"
>;

/** Telegram sends at most 100 entities of a message ("Limits"); more are not looked at. */
const ENTITIES_MAX = 100;

/** The text or the caption; of a rich message, a checklist or a poll what somebody wrote there. */
export function wordsOf({ text, entities, caption, caption_entities, ...more }: Worded): FlatText {
  if (text !== undefined) return { text, entities: (entities ?? []).slice(0, ENTITIES_MAX) };
  if (caption !== undefined) return { text: caption, entities: (caption_entities ?? []).slice(0, ENTITIES_MAX) };
  if (more.rich_message) return more.rich_message;
  return { text: more.checklist ? writeChecklist(more.checklist) : (more.poll?.description ?? ""), entities: [] };
}

function writeChecklist({ title, tasks }: NonNullable<Worded["checklist"]>): string {
  return [title, ...tasks.map(({ text, completion_date }) => `${completion_date ? "☑" : "☐"} ${text}`)].join("\n");
}

/** A name or title as it is kept. */
export function label(text: string): string {
  return cutText(text, INBOUND_BOUNDS.labelMax);
}
