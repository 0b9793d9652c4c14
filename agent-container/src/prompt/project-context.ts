/** The workspace files that every turn's prompt holds: which ones, how much of each, and what marks a cut. */
import { WORKSPACE_BOUNDS } from "../../../protocol/bounds.ts";
import type { ConversationRef } from "../../../protocol/session-key.ts";
import { HEARTBEAT_PATH, isEffectivelyEmpty } from "../workspace/heartbeat-checklist.ts";
import { WorkspaceRefusal } from "../workspace/refusal.ts";
import type { Workspace } from "../workspace/workspace.ts";

type ContextFile = {
  readonly name: string;
  readonly charsMax: number;
  /** A required file that is absent is named as missing; another one is left out. */
  readonly isRequired: boolean;
  /** Conversations that see it. */
  readonly kinds: readonly ConversationRef["kind"][];
};

const { injectFileMax, injectUserMax, injectTotalMax } = WORKSPACE_BOUNDS;
const EVERYONE = ["main", "person", "group", "job"] as const;

const FILES: readonly ContextFile[] = [
  { name: "AGENTS.md", charsMax: injectFileMax, isRequired: true, kinds: EVERYONE },
  { name: "SOUL.md", charsMax: injectFileMax, isRequired: true, kinds: EVERYONE },
  { name: "IDENTITY.md", charsMax: injectFileMax, isRequired: true, kinds: EVERYONE },
  { name: "USER.md", charsMax: injectUserMax, isRequired: true, kinds: ["main", "person", "job"] },
  { name: "MEMORY.md", charsMax: injectFileMax, isRequired: false, kinds: ["main", "person"] },
  { name: "HEARTBEAT.md", charsMax: injectFileMax, isRequired: false, kinds: ["main"] },
];

/** Least room worth using: less than this is left for the marker alone. */
const PIECE_MIN = 200;
/** Share of the room that shows the end of a long file, where the newest entries are. */
const TAIL_SHARE = 0.25;

/** A file of the prompt: its length, and what of it is shown; null: it is named as missing. */
export type InjectedFile = { readonly name: string; readonly chars: number; readonly shown: string | null };

/** The files of a conversation as one section, freshly read; `isLight`: of all files only the checklist. A file that cannot be read as text is named as such. */
export async function projectContext(
  workspace: Pick<Workspace, "readText">,
  kind: ConversationRef["kind"],
  isLight: boolean,
): Promise<string> {
  const sections = (await injectedFiles(workspace, kind, isLight)).map(({ name, shown }) =>
    shown === null ? `<file name="${name}" missing="true"/>` : `<file name="${name}">\n${shown}\n</file>`,
  );
  return sections.join("\n");
}

/** The files that the section holds, in its order. */
export async function injectedFiles(
  workspace: Pick<Workspace, "readText">,
  kind: ConversationRef["kind"],
  isLight: boolean,
): Promise<readonly InjectedFile[]> {
  const files = FILES.filter(({ name, kinds }) => (isLight ? name === HEARTBEAT_PATH : kinds.includes(kind)));
  const texts = await Promise.all(files.map(({ name }) => readOrExplain(workspace, name)));
  const injected: InjectedFile[] = [];
  let room: number = injectTotalMax;
  for (const [at, { name, charsMax, isRequired }] of files.entries()) {
    const text = texts[at] ?? null;
    if (text === null) {
      if (isRequired) injected.push({ name, chars: 0, shown: null });
      continue;
    }
    if (name === HEARTBEAT_PATH && isEffectivelyEmpty(text)) continue;
    const shown = cutMiddle(name, text.trim(), Math.min(charsMax, room));
    room -= Math.min(text.length, charsMax, room);
    injected.push({ name, chars: text.trim().length, shown });
  }
  return injected;
}

/**
 * At most `charsMax` characters of a text: its beginning and its end, whole lines where possible, and between them a
 * marker that names the file to read. Pure.
 */
export function cutMiddle(name: string, text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  if (charsMax < PIECE_MIN) return marker(name, text.length);
  const tailMax = Math.floor(charsMax * TAIL_SHARE);
  const head = cutEnd(text.slice(0, charsMax - tailMax));
  const tail = cutStart(text.slice(-tailMax));
  return `${head}\n${marker(name, text.length - head.length - tail.length)}\n${tail}`;
}

function marker(name: string, chars: number): string {
  return `[... ${chars} characters of ${name} are not shown here; use read to see them ...]`;
}

/** Back to the last line end in the latter half, else to a whole character. */
function cutEnd(piece: string): string {
  const end = piece.lastIndexOf("\n");
  return end > piece.length / 2 ? piece.slice(0, end) : piece.replace(/[\uD800-\uDBFF]$/, "");
}

function cutStart(piece: string): string {
  const start = piece.indexOf("\n");
  return start >= 0 && start < piece.length / 2 ? piece.slice(start + 1) : piece.replace(/^[\uDC00-\uDFFF]/, "");
}

async function readOrExplain(workspace: Pick<Workspace, "readText">, name: string): Promise<string | null> {
  try {
    return await workspace.readText(name);
  } catch (error) {
    if (error instanceof WorkspaceRefusal) return `[${error.message}]`;
    throw error;
  }
}
