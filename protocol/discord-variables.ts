/** The variables without which there is no Discord channel, and which of them are missing. Pure. */

const NEEDED = ["DISCORD_APPLICATION_ID", "DISCORD_PUBLIC_KEY", "DISCORD_BOT_TOKEN"] as const;

export type DiscordVariable = (typeof NEEDED)[number];

/** How much of the channel is there: nothing was set, something was forgotten, or it is on. */
export type DiscordStanding =
  | { readonly kind: "none"; readonly missing: readonly DiscordVariable[] }
  | { readonly kind: "half"; readonly missing: readonly DiscordVariable[] }
  | { readonly kind: "complete" };

/** Reads any object with variables as properties; an empty one is not set. */
export function discordStanding(variables: object): DiscordStanding {
  const missing = NEEDED.filter((name) => {
    const value: unknown = Reflect.get(variables, name);
    return typeof value !== "string" || value.trim() === "";
  });
  if (missing.length === 0) return { kind: "complete" };
  return { kind: missing.length === NEEDED.length ? "none" : "half", missing };
}

/** `A is not set`, `A and B are not set`, `A, B and C are not set`. */
export function notSetText(missing: readonly DiscordVariable[]): string {
  const last = missing.at(-1) ?? "";
  const names = missing.length < 2 ? last : `${missing.slice(0, -1).join(", ")} and ${last}`;
  return `${names} ${missing.length === 1 ? "is" : "are"} not set`;
}
