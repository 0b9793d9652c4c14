/** What an interaction is answered with at once: bodies of the 2xx, which the Gateway posts instead. Pure. */
import type {
  APIApplicationCommandAutocompleteResponse,
  APIInteractionResponseChannelMessageWithSource,
  APIInteractionResponseDeferredChannelMessageWithSource,
  APIInteractionResponseDeferredMessageUpdate,
  APIInteractionResponsePong,
} from "discord-api-types/v10";
import type { Language } from "../../../protocol/access.ts";
import { languageOf } from "../../../protocol/texts/language.ts";
import type { InstantAnswers } from "../channel.ts";

/** "Message Flags": only whoever called sees it. */
const EPHEMERAL = 1 << 6;
/** "Application Command Option Choice": so many are shown, and a name or value has so many characters. */
const CHOICES_MAX = 25;
const CHOICE_MAX = 100;

const TEXTS = {
  en: {
    refused: "I do not answer you here.",
    notLetIn: "You are not let in yet. If I gave you a code, whoever runs me has to approve it.",
    unknown: "I do not know that.",
    nothing: "There is nothing in it that I can read.",
    nowhere: "I cannot answer here.",
    askAbout: "Please answer this message.",
  },
  de: {
    refused: "Hier antworte ich dir nicht.",
    notLetIn: "Du hast noch keinen Zugang. Falls du einen Code von mir hast, muss ihn bestätigen, wer mich betreibt.",
    unknown: "Das kenne ich nicht.",
    nothing: "Darin ist nichts, was ich lesen kann.",
    nowhere: "Hier kann ich nicht antworten.",
    askAbout: "Bitte antworte auf diese Nachricht.",
  },
} as const satisfies Record<Language, Record<string, string>>;

/** Discord's names of languages: `en-GB`, `de`. */
type Locale = string | null | undefined;
type Told = Exclude<keyof (typeof TEXTS)["en"], "askAbout">;

export const PONG: APIInteractionResponsePong = { type: 1 };

/** What somebody who asks about a message says by that. */
export function askAboutText(locale: Locale): string {
  return textsIn(locale).askAbout;
}

/** Tells whoever called, and nobody else, what is the matter. */
export function toldBody(what: Told, locale: Locale): APIInteractionResponseChannelMessageWithSource {
  return { type: 4, data: { content: textsIn(locale)[what], flags: EPHEMERAL } };
}

/** For commands: the answer comes later; `isPrivate`: only whoever called will see it; `isDirect`: in a chat with us alone. */
export function commandAnswers(
  { isPrivate, isDirect }: { readonly isPrivate: boolean; readonly isDirect: boolean },
  locale: Locale,
): InstantAnswers {
  const taken: APIInteractionResponseDeferredChannelMessageWithSource = {
    type: 5,
    ...(isPrivate && { data: { flags: EPHEMERAL } }),
  };
  return { taken, refused: toldBody(isDirect ? "notLetIn" : "refused", locale) };
}

/** For buttons: nothing changes on the screen yet. */
export function pressAnswers(locale: Locale): InstantAnswers {
  const taken: APIInteractionResponseDeferredMessageUpdate = { type: 6 };
  return { taken, refused: toldBody("refused", locale) };
}

/** What can follow a command; a choice that is too long to be sent back whole is left out. */
export function choicesBody(choices: readonly string[]): APIApplicationCommandAutocompleteResponse {
  const shown = choices.filter(({ length }) => length > 0 && length <= CHOICE_MAX).slice(0, CHOICES_MAX);
  return { type: 8, data: { choices: shown.map((choice) => ({ name: choice, value: choice })) } };
}

function textsIn(locale: Locale) {
  return TEXTS[languageOf("auto", locale ?? undefined)];
}
