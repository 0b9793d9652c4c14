/** Divides an answer into the messages that a platform can show: texts, files that belong together, buttons. Pure. */
import { OUTBOUND_BOUNDS } from "../../protocol/bounds.ts";
import type { InboundId, TurnId } from "../../protocol/ids.ts";
import type { ConversationKey } from "../../protocol/session-key.ts";
import type { AnswerButton, AnswerFile } from "../../protocol/turn-event.ts";
import { showsNothing } from "../../protocol/visible-text.ts";
import type { ChannelLimits } from "../../worker/channels/registry.ts";
import { splitMarkdown } from "../../worker/channels/registry.ts";
import { renderNotice } from "./notice.ts";

/** All of an answer: Markdown, files of the workspace, rows of choices. */
export type AnswerContent = {
  readonly text: string;
  readonly files?: readonly AnswerFile[];
  readonly buttons?: readonly (readonly AnswerButton[])[];
};

/** The answer of a turn, and the messages that it covers. */
export type AgentAnswer = AnswerContent & {
  readonly turnId: TurnId;
  readonly ids: readonly InboundId[];
  readonly conversation: ConversationKey;
};

/** One message of an answer. With files, the Markdown is their caption. */
export type AnswerPart = {
  readonly markdown: string;
  readonly files: readonly AnswerFile[];
  readonly buttons: readonly (readonly AnswerButton[])[];
};

export type AnswerLimits = Pick<ChannelLimits, "textMax" | "captionMax" | "filesMax" | "fileMaxBytes" | "showsButtons">;

/** Whether an answer has anything to show. */
export function isSilent({ text, files = [], buttons = [] }: AnswerContent): boolean {
  return showsNothing(text) && files.length === 0 && buttons.length === 0;
}

/**
 * The parts of an answer in order: texts, then files. A short text becomes the caption of the files, unless its place is
 * taken: `isTextShown` means that the beginning of the text is on screen already.
 */
export function composeAnswer(
  content: AnswerContent,
  limits: AnswerLimits,
  isTextShown: boolean,
): readonly AnswerPart[] {
  const choices = content.buttons ?? [];
  const buttons = limits.showsButtons ? choices : [];
  const { fitting, tooLarge } = sortBySize(content.files ?? [], limits.fileMaxBytes);
  const leftOut = tooLarge.map((file) => file.name);
  const notices = leftOut.length > 0 ? [renderNotice({ kind: "files_left_out", names: leftOut })] : [];
  const asText = limits.showsButtons
    ? ""
    : choices
        .flat()
        .map(({ label }) => `- ${label}`)
        .join("\n");
  const text = [cutAnswer(content.text), asText, ...notices].filter((part) => part !== "").join("\n\n");
  const groups = groupFiles(fitting, limits.filesMax);
  const [only] = groups;
  const canCaption = only && groups.length === 1 && (buttons.length === 0 || only.length === 1) && !isTextShown;
  if (canCaption && text.length <= limits.captionMax) return [{ markdown: text, files: only, buttons }];
  const texts = splitMarkdown(text, limits.textMax).filter((part) => !showsNothing(part));
  const shown = texts.length === 0 && buttons.length > 0 ? [renderNotice({ kind: "choose" })] : texts;
  return [
    ...shown.map((markdown, index) => ({
      markdown,
      files: [],
      buttons: index === shown.length - 1 ? buttons : [],
    })),
    ...groups.map((files) => ({ markdown: "", files, buttons: [] })),
  ];
}

function sortBySize(files: readonly AnswerFile[], maxBytes: number) {
  const fitting = files.filter((file) => file.bytes <= maxBytes && file.bytes > 0);
  return { fitting, tooLarge: files.filter((file) => !fitting.includes(file)) };
}

/** Neighbours that can be shown together: pictures, sounds, documents; a voice note is always by itself. */
function groupFiles(files: readonly AnswerFile[], most: number): readonly (readonly AnswerFile[])[] {
  const groups: AnswerFile[][] = [];
  for (const file of files) {
    const group = groups.at(-1);
    const [first] = group ?? [];
    const joins = first && togetherness(first) === togetherness(file) && file.kind !== "voice";
    if (group && joins && group.length < most) group.push(file);
    else groups.push([file]);
  }
  return groups;
}

function togetherness({ kind }: AnswerFile): string {
  return kind === "video" ? "photo" : kind;
}

function cutAnswer(markdown: string): string {
  const text = markdown.trim();
  if (text.length <= OUTBOUND_BOUNDS.answerMax) return text;
  return `${text.slice(0, OUTBOUND_BOUNDS.answerMax)}\n\n… (cut: the answer was ${text.length} characters long)`;
}
