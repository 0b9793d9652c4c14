/** What the edge itself says in a chat: short, plain, and never more of a failure than the person can use. */
import type { Language } from "../../protocol/access.ts";
import { assertNever } from "../../protocol/assert.ts";
import type { DeadLetter } from "../../protocol/dead-letter.ts";
import type { OwnerNews } from "../../protocol/owner-news.ts";
import { inlineCode } from "../../protocol/texts/inline-code.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import { FAILURE_CODES, type Texts } from "../../protocol/texts/texts.ts";
import { renderOthersWait } from "./budget-text.ts";
import { renderDeadLetters } from "./dead-letter-notice.ts";

export type Notice =
  | { readonly kind: "failed"; readonly code: string; readonly message?: string; readonly text?: string }
  | { readonly kind: "stopped"; readonly running: boolean }
  /** Several messages got one answer, which stands in the place of another one. */
  | { readonly kind: "answered_elsewhere" }
  | { readonly kind: "new_conversation" }
  | { readonly kind: "empty_answer" }
  /** An answer that is nothing but buttons needs a text that they hang on. */
  | { readonly kind: "choose" }
  /** We came to a group; `group` is set if we do not listen to it: what the owner must let in. */
  | { readonly kind: "joined"; readonly group: string | null }
  /** Files that the platform does not take. */
  | { readonly kind: "files_left_out"; readonly names: readonly string[] }
  /** For the owner. */
  | { readonly kind: "news"; readonly news: OwnerNews }
  /** For the owner; `more` counts those that are not named. */
  | { readonly kind: "dead_letters"; readonly deadLetters: readonly DeadLetter[]; readonly more: number };

/** The Markdown of a notice. Pure. */
export function renderNotice(notice: Notice, language: Language): string {
  const texts = textsFor(language);
  switch (notice.kind) {
    case "failed":
      return renderFailure(notice, texts);
    case "stopped":
      return notice.running ? texts.notices.stopped : texts.notices.nothingRunning;
    case "answered_elsewhere":
      return texts.notices.answeredElsewhere;
    case "new_conversation":
      return texts.notices.newConversation;
    case "empty_answer":
      return texts.notices.emptyAnswer;
    case "choose":
      return texts.notices.choose;
    case "joined":
      return notice.group === null ? texts.notices.joined : texts.notices.groupNotHeard(inlineCode(notice.group));
    case "files_left_out":
      return texts.notices.filesLeftOut(listFiles(notice.names, texts));
    case "news":
      return renderNews(notice.news, texts);
    case "dead_letters":
      return renderDeadLetters(notice.deadLetters, notice.more, language);
    default:
      return assertNever(notice);
  }
}

function renderNews(news: OwnerNews, { gateway, language }: Texts): string {
  switch (news.kind) {
    case "gateway_stopped":
      return gateway.stopped(gateway.reasons[news.reason], inlineCode(String(news.code ?? "HTTP 401")));
    case "messages_missed":
      return gateway.missed(String(news.messages), String(news.chats));
    case "budget_spent":
      return renderOthersWait(news, { language, timezone: news.timezone });
    default:
      return assertNever(news);
  }
}

/** Files that are named; how many more there are is said. */
const FILES_NAMED_MAX = 10;

function listFiles(names: readonly string[], texts: Texts): string {
  const named = names.slice(0, FILES_NAMED_MAX).map((name) => inlineCode(name));
  const more = names.length - named.length;
  return [...named, ...(more > 0 ? [texts.more(String(more))] : [])].join(", ");
}

/** Codes that say it all have words of ours, in every language; for others the agent has brought its own. */
function renderFailure({ code, message, text }: Extract<Notice, { kind: "failed" }>, { failures }: Texts): string {
  const known = FAILURE_CODES.find((failure) => failure === code);
  const reason = known === undefined ? (message ?? failures.unknown) : failures.reasons[known];
  const why = `${reason} (${inlineCode(code)})`;
  return text === undefined ? failures.noAnswer(why) : `${text}\n\n${failures.brokenOff(why)}`;
}
