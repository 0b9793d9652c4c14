/**
 * What a turn may do, as a table: by what a tool does and by whose company it is in. The agent enforces it, `/status`
 * and docs/security.md show it. A tool that has no class here does not exist for any turn.
 */
import type { ConversationRef } from "./session-key.ts";

/** Whose company a turn is in; it follows from the conversation. */
export const COMPANIES = ["owner", "person", "group", "job"] as const;
export type Company = (typeof COMPANIES)[number];

/** What tools do. */
export const TOOL_CLASSES = ["status", "answer", "files", "web", "browser", "exec", "reach_out"] as const;
export type ToolClass = (typeof TOOL_CLASSES)[number];

/** `ask`: not without a yes of the person; `deny`: the tool does not exist for the turn. */
export type Permission = "allow" | "ask" | "deny";

type Row = {
  readonly does: string;
  /** What the results of such tools bring into a turn. */
  readonly brings?: Taint;
} & Readonly<Record<Company, Exclude<Permission, "ask">>>;

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
  web: {
    does: "search and read the web",
    brings: "web",
    owner: "allow",
    person: "allow",
    group: "allow",
    job: "allow",
  },
  browser: { does: "use a browser", brings: "web", owner: "allow", person: "allow", group: "deny", job: "allow" },
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
export const CLASS_OF_TOOL: Readonly<Record<string, ToolClass>> = {
  session_status: "status",
  attach_file: "answer",
  offer_choices: "answer",
  read: "files",
  write: "files",
  edit: "files",
  cron: "reach_out",
};

/** What can bring untrusted content into a turn. */
export const TAINTS = ["group_text", "forwarded", "quoted", "document", "web", "mail", "hook", "unknown"] as const;
export type Taint = (typeof TAINTS)[number];

/**
 * Each taint in words, and the company that has it in every turn, whatever is said. A person's own words, their
 * pictures, places, contacts and polls are none, nor is a quote of their own words or of the agent's.
 */
export const TAINT_FACTS: Readonly<Record<Taint, { readonly what: string; readonly always: readonly Company[] }>> = {
  group_text: { what: "words of a group", always: ["group"] },
  forwarded: { what: "a forwarded message, with all that came with it", always: [] },
  quoted: { what: "a quote of what others wrote", always: [] },
  document: { what: "the text of a document", always: [] },
  web: { what: "something from the web", always: [] },
  mail: { what: "a mail", always: [] },
  hook: { what: "what another program sent", always: [] },
  unknown: { what: "a message that an older release took in", always: [] },
};

/** What becomes `ask` once untrusted content is in a turn: these classes, and writes to files that steer the agent. */
export const TAINTED_CLASSES: readonly ToolClass[] = ["exec", "reach_out"];
export const STEERING_FILES = /^(?:AGENTS|SOUL|IDENTITY|USER|TOOLS|MEMORY|HEARTBEAT|BOOTSTRAP)\.md$|^skills\//iu;

/** Whose turns never write such files, tainted or not: nobody is there to say yes, and what they read may be others' words. */
export const NEVER_STEERS: readonly Company[] = ["job"];

/** In whose company a conversation is. */
export function companyOf({ kind }: Pick<ConversationRef, "kind">): Company {
  return kind === "main" ? "owner" : kind;
}

/** Whether a tool may be used; `deny` also for a tool without a class. */
export function permissionOf(tool: string, company: Company): Permission {
  return permissionOfClass(toolClassOf(tool), company, []);
}

/** Whether a tool of this class may be used in a turn with these taints. */
export function permissionOfClass(toolClass: ToolClass | null, company: Company, taints: readonly Taint[]): Permission {
  const permission = toolClass === null ? "deny" : POLICY[toolClass][company];
  const isAsked = permission === "allow" && toolClass !== null && TAINTED_CLASSES.includes(toolClass);
  return isAsked && taints.length > 0 ? "ask" : permission;
}

/** The class of a tool; null: it has none, so nobody may use it. */
export function toolClassOf(tool: string): ToolClass | null {
  return (Object.hasOwn(CLASS_OF_TOOL, tool) ? CLASS_OF_TOOL[tool] : undefined) ?? null;
}

/** Whether a tool can bring the files of a space into an answer; a turn whose answer is for others has none of them. */
export function reachesFiles(tool: string, toolClass: ToolClass | null): boolean {
  return toolClass === "files" || toolClass === "exec" || tool === "attach_file";
}

/** What every turn of a company has. */
export function taintsOfCompany(company: Company): readonly Taint[] {
  return TAINTS.filter((taint) => TAINT_FACTS[taint].always.includes(company));
}
