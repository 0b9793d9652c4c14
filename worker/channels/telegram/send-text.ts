/**
 * A text in the forms that Telegram may take it in, best first: rich message, HTML, plain. A form that is refused was not
 * shown, so the next one follows at once; whatever else happens to a call is for the session to judge.
 */
import { assertNever } from "../../../protocol/assert.ts";
import type { BotApi } from "./bot-api.ts";
import { Refusal } from "./outcome.ts";
import { CAPTION_MAX, renderHtml, TEXT_MAX } from "./render.ts";
import { readSource, type Source } from "../text/source.ts";
import { type RichMessage, renderRich } from "./rich.ts";

export type Form =
  | { readonly kind: "rich"; readonly message: RichMessage }
  | { readonly kind: "html"; readonly text: string }
  | { readonly kind: "plain"; readonly text: string };

/** The forms that a caption has. */
export type CaptionForm = Exclude<Form, { readonly kind: "rich" }>;

/** Puts `markdown` into a chat by `put`, in the first form that is taken. Throws `ChannelError` only. */
export async function putText<T>(bot: BotApi, markdown: string, put: (form: Form) => Promise<T>): Promise<T> {
  const source = readSource(markdown);
  const rich = bot.takesRich ? renderRich(source) : null;
  if (rich) {
    try {
      return await put({ kind: "rich", message: rich });
    } catch (error) {
      if (!isAboutForm(error, "rich")) throw error;
      if (error.reason.kind === "rich_unknown") bot.leaveOutRich();
    }
  }
  return await putHtml(source, TEXT_MAX, put);
}

/** The same for the caption of a file, which cannot be rich. */
export async function putCaption<T>(markdown: string, put: (form: CaptionForm) => Promise<T>): Promise<T> {
  return await putHtml(readSource(markdown), CAPTION_MAX, put);
}

async function putHtml<T>(source: Source, max: number, put: (form: CaptionForm) => Promise<T>): Promise<T> {
  try {
    return await put({ kind: "html", text: renderHtml(source, max) });
  } catch (error) {
    if (!isAboutForm(error, "html")) throw error;
    return await put({ kind: "plain", text: source.text });
  }
}

/** Whether another form may be taken where this one was refused. */
function isAboutForm(error: unknown, kind: "rich" | "html"): error is Refusal {
  if (!(error instanceof Refusal)) return false;
  const { reason } = error;
  switch (reason.kind) {
    case "text":
    case "rich_unknown":
      return true;
    case "other":
      // How rich messages are refused is not documented. What is not about them is refused in the next form too.
      return kind === "rich" && error.status === 400;
    case "media":
    case "migrated":
    case "not_modified":
    case "gone":
      return false;
    default:
      return assertNever(reason);
  }
}
