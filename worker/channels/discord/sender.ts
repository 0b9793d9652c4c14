/** Who wrote something in Discord, or calls us. Pure. */
import type { Sender } from "../../../protocol/inbound.ts";
import type { Member, User } from "./update-parts.ts";
import { label, userName } from "./words.ts";

/** A person or a bot, by the name that they have in the place; `language` is that of their app. */
export function senderOf(
  user: User,
  { member, language }: { readonly member?: Member | null | undefined; readonly language?: string | null | undefined },
): Sender {
  const roles = member?.roles ?? [];
  return {
    id: user.id,
    name: label(member?.nick || userName(user)),
    ...(user.username && { username: label(user.username) }),
    ...(language && { language: label(language) }),
    ...(roles.length > 0 && { roles }),
    ...(user.bot && { isBot: true }),
  };
}
