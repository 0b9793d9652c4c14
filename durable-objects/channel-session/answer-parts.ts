/** Divides an answer into the messages that a platform can show: texts, files that belong together, buttons. Pure. */
import type { Language } from "../../protocol/access.ts";
import { OUTBOUND_BOUNDS } from "../../protocol/bounds.ts";
import type { InboundId, TurnId } from "../../protocol/ids.ts";
import type { ConversationKey } from "../../protocol/session-key.ts";
import { formatCount, textsFor } from "../../protocol/texts/language.ts";
import type { AnswerButton, AnswerFile } from "../../protocol/turn-event.ts";
import { showsNothing } from "../../protocol/visible-text.ts";
import type { ChannelLimits } from "../../worker/channels/registry.ts";
import { appendParagraph, splitMarkdown } from "../../worker/channels/registry.ts";
import type { ButtonRows } from "./edge-button.ts";
import { renderNotice } from "./notice.ts";

/** All of an answer: Markdown, files of the workspace, rows of choices. */
export type AnswerContent = {
  readonly text: string;
  readonly files?: readonly AnswerFile[];
  readonly buttons?: readonly (readonly AnswerButton[])[];
  /** The message that it is a reply to; absent: the first that it covers. */
  readonly replyTo?: InboundId;
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
  readonly buttons: ButtonRows;
};

/** How an answer is shown. */
export type Presentation = {
  /** The beginning of the text is on screen already. */
  readonly isTextShown: boolean;
  /** Of what the edge itself says in it. */
  readonly language: Language;
  /** A line below the text, of which the agent knows nothing. */
  readonly footer?: string;
};

export type AnswerLimits = Pick<
  ChannelLimits,
  "textMax" | "linesMax" | "captionMax" | "filesMax" | "fileMaxBytes" | "showsButtons"
>;

/** Whether an answer has anything to show. */
export function isSilent({ text, files = [], buttons = [] }: AnswerContent): boolean {
  return showsNothing(text) && files.length === 0 && buttons.length === 0;
}

/**
 * The parts of an answer in order: texts, then files. A short text becomes the caption of the files, unless its place is
 * taken because the beginning of the text is on screen already.
 */
export function composeAnswer(
  content: AnswerContent,
  limits: AnswerLimits,
  { isTextShown, language, footer }: Presentation,
): readonly AnswerPart[] {
  const { fitting, tooLarge } = sortBySize(content.files ?? [], limits.fileMaxBytes);
  const choices = content.buttons ?? [];
  const buttons = limits.showsButtons ? choices : [];
  const said = joinTexts([
    cutAnswer(content.text, language),
    limits.showsButtons ? "" : choices.flat().map(listed).join("\n"),
    sayLeftOut(tooLarge, language),
  ]);
  const text = footer === undefined ? said : appendParagraph(said, footer);
  const groups = groupFiles(fitting, limits.filesMax);
  const [only] = groups;
  const hasOneMessage = groups.length === 1 && !isTextShown && text.length <= limits.captionMax;
  if (only && hasOneMessage && (buttons.length === 0 || only.length === 1)) {
    return [{ markdown: text, files: only, buttons }];
  }
  return [
    ...textParts(text, buttons, limits, language),
    ...groups.map((files) => ({ markdown: "", files, buttons: [] })),
  ];
}

/** The texts, the last of which has the buttons. */
function textParts(
  text: string,
  buttons: AnswerPart["buttons"],
  { textMax, linesMax }: AnswerLimits,
  language: Language,
): readonly AnswerPart[] {
  const texts = splitMarkdown(text, textMax, linesMax).filter((part) => !showsNothing(part));
  const shown = texts.length === 0 && buttons.length > 0 ? [renderNotice({ kind: "choose" }, language)] : texts;
  return shown.map((markdown, index) => ({
    markdown,
    files: [],
    buttons: index === shown.length - 1 ? buttons : [],
  }));
}

function sayLeftOut(files: readonly AnswerFile[], language: Language): string {
  const names = files.map(({ name }) => name);
  return names.length > 0 ? renderNotice({ kind: "files_left_out", names }, language) : "";
}

function joinTexts(texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join("\n\n");
}

function listed({ label }: AnswerButton): string {
  return `- ${label}`;
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

function cutAnswer(markdown: string, language: Language): string {
  const text = markdown.trim();
  if (text.length <= OUTBOUND_BOUNDS.answerMax) return text;
  const { answerCut } = textsFor(language).notices;
  return appendParagraph(text.slice(0, OUTBOUND_BOUNDS.answerMax), answerCut(formatCount(text.length, language)));
}
