/**
 * Names of workspace files: which are accepted, and which of the two trees a name belongs to. Pure.
 * One file has exactly one name: relative, `/` between parts, Unicode NFC, the case as given.
 */
import { STEERING_FILES } from "../../../protocol/policy.ts";
import { err, ok, type Result } from "../../../protocol/result.ts";

declare const brand: unique symbol;
/** A checked name such as `memory/2026-11-22.md`; it cannot leave the workspace. */
export type WorkspacePath = string & { readonly [brand]: "WorkspacePath" };

/** `shared` is the agent's own tree (who it is, its rules and skills), `space` the private one of a space. */
export type Tree = "space" | "shared";
export const TREES = ["shared", "space"] as const satisfies readonly Tree[];

export const PATH_BOUNDS = {
  /** Longest name of a new file in UTF-8 bytes: short enough to take a `.conflict-<turn id>` in any part. */
  newMaxBytes: 160,
  /** Longest part of a name in UTF-8 bytes; NAME_MAX of every common file system. */
  partMaxBytes: 255,
  /** Most parts of a name. */
  partsMax: 8,
} as const;

const SHARED_FILES = ["AGENTS.md", "SOUL.md", "IDENTITY.md"];
const PRIVATE_FILES = ["MEMORY.md", "USER.md"];
const KNOWN_FILES = [...SHARED_FILES, ...PRIVATE_FILES, "HEARTBEAT.md"];
const SHARED_FOLDER = "skills";
const NOTES_FOLDER = "memory";
const KNOWN_NAMES = new Map([...KNOWN_FILES, SHARED_FOLDER, NOTES_FOLDER].map((name) => [foldCase(name), name]));

/** Control characters, line separators, invisible and direction-changing characters: nobody can see or type them. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Noncharacter_Code_Point}\u200B\uFEFF]/u;
const ABSOLUTE = /^(?:[/~]|[A-Za-z]:)/;
/** What a rebase appends to a name; see `conflictPath`. */
const CONFLICT = /\.conflict-[A-Za-z0-9._-]{8,90}$/;

/**
 * Reads a name as a person or a model writes it; a leading `./` and a decomposed Unicode form are put right, anything
 * else that is not canonical is refused with a sentence that says what to do. Never throws.
 */
export function parseWorkspacePath(text: string): Result<WorkspacePath, string> {
  if (!text.isWellFormed() || UNSEEN.test(text))
    return err("The path has characters that cannot be seen. Use plain ones.");
  const path = text.normalize("NFC").replace(/^\.\//, "");
  return isChecked(path) ? ok(path) : err(pathProblem(path) ?? "The path cannot be used.");
}

/** A name that this program itself uses. Throws if it cannot be one. */
export function workspacePath(name: string): WorkspacePath {
  if (!isChecked(name)) throw new Error(`not a workspace path: ${name.slice(0, 100)}`);
  return name;
}

/** Tells names apart on a disk that ignores case: equal results can be the same file there. */
export function foldCase(name: string): string {
  return name.toUpperCase().toLowerCase().normalize("NFC");
}

/** The tree that holds a name. */
export function treeOf(path: WorkspacePath): Tree {
  const top = topName(path);
  return top === SHARED_FOLDER || SHARED_FILES.includes(top) ? "shared" : "space";
}

/** Whether the file is about one person and must not exist in a group. */
export function isPersonal(path: WorkspacePath): boolean {
  return PRIVATE_FILES.includes(topName(path));
}

/** Whether the file tells the agent what to do, or looks like a copy that is to be merged into such a file. */
export function isSteering(path: WorkspacePath): boolean {
  const merged = path.split("/").map((part) => part.replace(/\.conflict-.*$/, ""));
  return STEERING_FILES.test(merged.join("/"));
}

/** Whether the file is a note, whose lines are united when two turns wrote them. */
export function isNote(path: WorkspacePath): boolean {
  return path.startsWith(`${NOTES_FOLDER}/`);
}

/** Whether the file holds the losing side of a collision. */
export function isConflictCopy(path: string): boolean {
  return path.split("/").some((part) => CONFLICT.test(part));
}

/**
 * Where the losing side of a collision is kept: the part at `depth` gets `.conflict-<turnId>`, and a number from the
 * second copy on. A part that is a conflict copy already gets a new suffix in place of its old one.
 */
export function conflictPath(path: WorkspacePath, depth: number, turnId: string, copy: number): WorkspacePath {
  const suffix = `.conflict-${turnId}${copy > 1 ? `-${copy}` : ""}`;
  const parts = path.split("/").map((part, at) => (at === depth ? part.replace(CONFLICT, "") + suffix : part));
  return workspacePath(parts.join("/"));
}

function isChecked(path: string): path is WorkspacePath {
  return pathProblem(path) === null;
}

function pathProblem(path: string): string | null {
  if (ABSOLUTE.test(path) || path.includes("\\")) {
    return `Use a path inside the workspace with "/" between its parts, such as "memory/ideas.md".`;
  }
  const parts = path.split("/");
  if (parts.some((part) => part === "" || part === "." || part === ".." || part !== part.trim())) {
    return `Name the file from the top of the workspace, without "..", empty parts or spaces at their ends.`;
  }
  if (parts.length > PATH_BOUNDS.partsMax || parts.some((part) => byteLength(part) > PATH_BOUNDS.partMaxBytes)) {
    return "The path is too long. Use a shorter name or fewer folders.";
  }
  return knownNameProblem(parts);
}

function knownNameProblem([top = "", ...rest]: readonly string[]): string | null {
  const plain = top.replace(CONFLICT, "");
  const known = KNOWN_NAMES.get(foldCase(plain));
  if (known === undefined) return null;
  if (known !== plain) return `Write the name as "${known}".`;
  if (KNOWN_FILES.includes(known)) return rest.length > 0 ? `"${known}" is a file and cannot be a folder.` : null;
  return rest.length === 0 ? `"${known}" is a folder. Name a file in it, such as "${known}/ideas.md".` : null;
}

function topName(path: WorkspacePath): string {
  const end = path.indexOf("/");
  return (end < 0 ? path : path.slice(0, end)).replace(CONFLICT, "");
}

/** Length in UTF-8 bytes. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text, "utf8");
}
