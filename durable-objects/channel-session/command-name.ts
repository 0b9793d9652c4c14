/** `/name`: shows what the conversation is called, or calls it something else. */
import { cleanName, type ConversationFacts } from "../../protocol/conversations.ts";
import type { ConversationKey } from "../../protocol/session-key.ts";
import { inlineCode } from "../../protocol/texts/inline-code.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import type { Texts } from "../../protocol/texts/texts.ts";
import type { Errand } from "./command-errand.ts";
import type { Said } from "./command-said.ts";

/** What follows the command to go back to the name that it has by itself. */
const DEFAULT = "default";

/** Carries the command out. Throws if the directory cannot be asked; it can then be repeated. */
export async function answerName(
  to: string,
  conversation: ConversationKey,
  { directory, language }: Pick<Errand, "directory" | "language">,
): Promise<Said> {
  const { names } = textsFor(language);
  if (to === "") return { text: `${present(await directory.describeConversation(conversation), names)} ${names.hint}` };
  const name = to.toLowerCase() === DEFAULT ? null : cleanName(to);
  if (name === null && to.toLowerCase() !== DEFAULT) return { text: names.empty };
  return { text: present(await directory.nameConversation(conversation, name), names) };
}

function present({ name, defaultName }: ConversationFacts, { named, unnamed }: Texts["names"]): string {
  return name === null ? unnamed(inlineCode(defaultName)) : named(inlineCode(name));
}
