/**
 * What a turn may do, as a table: by what a tool does and by whose company it is in. The agent enforces it, `/status`
 * and docs/security.md show it. A tool that has no class here does not exist for any turn.
 */
import type { ConversationRef } from "./session-key.ts";

/** Whose company a turn is in; it follows from the conversation. */
export type Company = "owner" | "person" | "group" | "job";

/** What tools do. */
export const TOOL_CLASSES = ["status", "answer", "files", "web", "browser", "exec", "reach_out"] as const;
export type ToolClass = (typeof TOOL_CLASSES)[number];

/** `ask`: not without a yes of the person; `deny`: the tool does not exist for the turn. */
export type Permission = "allow" | "ask" | "deny";

type Row = { readonly does: string } & Readonly<Record<Company, Permission>>;

/** A job works on its creator's files; v1 has only the owner's jobs. */
export const POLICY: Readonly<Record<ToolClass, Row>> = {
  status: { does: "tell time and state", owner: "allow", person: "allow", group: "allow", job: "allow" },
  answer: {
    does: "send files and buttons with the answer",
    owner: "allow",
    person: "allow",
    group: "allow",
    job: "allow",
  },
  files: {
    does: "read and write the files of its own space",
    owner: "allow",
    person: "allow",
    group: "allow",
    job: "allow",
  },
  web: { does: "search and read the web", owner: "allow", person: "allow", group: "allow", job: "allow" },
  browser: { does: "use a browser", owner: "allow", person: "allow", group: "deny", job: "allow" },
  exec: { does: "run commands", owner: "allow", person: "deny", group: "deny", job: "allow" },
  reach_out: {
    does: "message others, plan jobs, look into sessions",
    owner: "allow",
    person: "deny",
    group: "deny",
    job: "deny",
  },
};

/** The class of each tool. */
const CLASS_OF_TOOL: Readonly<Record<string, ToolClass>> = {
  session_status: "status",
  attach_file: "answer",
  offer_choices: "answer",
  read: "files",
  write: "files",
  edit: "files",
};

/** What becomes `ask` once untrusted content is in a turn: these classes, and writes to files that steer the agent. */
export const TAINTED_CLASSES: readonly ToolClass[] = ["exec", "reach_out"];
export const STEERING_FILES = /^(?:AGENTS|SOUL|IDENTITY|USER|TOOLS|MEMORY|HEARTBEAT|BOOTSTRAP)\.md$|^skills\//iu;

/** What can bring untrusted content into a turn. */
export type Taint = "group_text" | "forwarded" | "document" | "web" | "mail";

/** In whose company a conversation is. */
export function companyOf({ kind }: Pick<ConversationRef, "kind">): Company {
  return kind === "main" ? "owner" : kind;
}

/** Whether a tool may be used; `deny` also for a tool without a class. */
export function permissionOf(tool: string, company: Company): Permission {
  const toolClass = Object.hasOwn(CLASS_OF_TOOL, tool) ? CLASS_OF_TOOL[tool] : undefined;
  return toolClass === undefined ? "deny" : POLICY[toolClass][company];
}

/** The class of a tool; null: it has none, so nobody may use it. */
export function toolClassOf(tool: string): ToolClass | null {
  return (Object.hasOwn(CLASS_OF_TOOL, tool) ? CLASS_OF_TOOL[tool] : undefined) ?? null;
}
