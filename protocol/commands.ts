/** The commands that the edge carries out itself: the one list behind `/help` and the menus of the platforms. Pure. */

/** Where a command is of use. */
export type CommandPlace = "direct" | "group";

export type CommandEntry = {
  /** Without the slash. Telegram's "BotCommand": 1-32 of a-z, 0-9 and _. */
  readonly name: string;
  /** What may follow it. */
  readonly rest?: string;
  /** What it does, as in "/new starts ...". Telegram's "BotCommand": 1-256 characters. */
  readonly description: string;
  readonly where: CommandPlace | "everywhere";
  /** Only the owner of the assistant has a use for it. */
  readonly isForOwner?: true;
  /** Carried out, but offered nowhere. */
  readonly isHidden?: true;
};

const COMMANDS: readonly CommandEntry[] = [
  { name: "new", description: "starts a fresh conversation; text after it is its first message", where: "everywhere" },
  { name: "stop", description: "stops what I am doing", where: "everywhere" },
  { name: "status", description: "shows model, conversation and what is going on", where: "everywhere" },
  { name: "whoami", description: "shows the id that you have here", where: "everywhere" },
  { name: "help", description: "shows this list", where: "everywhere" },
  {
    name: "activation",
    rest: "mention|always",
    description: "says when I answer in this group: when I am meant, or always",
    where: "group",
    isForOwner: true,
  },
  // Telegram sends it when somebody opens the chat; nobody types it.
  { name: "start", description: "says hello", where: "direct", isHidden: true },
];

/** The commands that are offered at a place, in the order of the list. */
export function commandsAt(place: CommandPlace): readonly CommandEntry[] {
  return COMMANDS.filter(({ where, isHidden }) => !isHidden && (where === place || where === "everywhere"));
}

/** The list as Markdown. */
export function commandHelp(place: CommandPlace): string {
  return commandsAt(place)
    .map(({ name, rest, description }) => `- \`/${rest === undefined ? name : `${name} ${rest}`}\` ${description}`)
    .join("\n");
}
