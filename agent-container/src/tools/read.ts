/** `read`: pages through a text file of the workspace, or lists a folder. */
import { WORKSPACE_BOUNDS } from "../../../protocol/bounds.ts";
import { type AgentTool, type Static, Type } from "../agent/tool.ts";
import type { FileInfo } from "../workspace/manifest.ts";
import { WorkspaceRefusal } from "../workspace/refusal.ts";
import type { Workspace } from "../workspace/workspace.ts";

const { readLinesMax, readBytesMax } = WORKSPACE_BOUNDS;

const parameters = Type.Object({
  path: Type.String({
    description: 'File or folder, from the top of the workspace: "memory/ideas.md". "." lists all.',
  }),
  offset: Type.Optional(Type.Integer({ minimum: 1, description: "First line to show, counted from 1." })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: readLinesMax, description: "Most lines to show." })),
});

/** Makes the tool for one turn. */
export function createReadTool(workspace: Pick<Workspace, "list" | "readText">): AgentTool<typeof parameters> {
  return {
    name: "read",
    description:
      `Reads a text file of the workspace, at most ${readLinesMax} lines or ${readBytesMax / 1024} KB at a time; ` +
      "the end of the result says how to go on. Given a folder, lists its files.",
    parameters,
    execute: async ({ path, ...page }) => {
      const folder = await listFolder(workspace, path);
      if (folder !== null) return { text: folder };
      const text = await workspace.readText(path);
      if (text === null) throw new WorkspaceRefusal("workspace_absent", await absentMessage(workspace, path));
      return { text: pageOf(path, text, page) };
    },
  };
}

/** One page of a text, with a last line that says what is missing. Throws `WorkspaceRefusal` beyond the end. Pure. */
export function pageOf(path: string, text: string, { offset = 1, limit = readLinesMax }: Page): string {
  if (text === "") return `[${path} is empty.]`;
  const lines = (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
  if (offset > lines.length) {
    throw new WorkspaceRefusal("workspace_absent", `${path} has ${lines.length} lines. Use an offset within them.`);
  }
  const wanted = lines.slice(offset - 1, offset - 1 + Math.min(limit, readLinesMax));
  const shown = withinBytes(wanted);
  const [first = ""] = wanted;
  if (shown.length === 0) {
    const rest = lines.length > offset ? ` Use offset=${offset + 1} for what follows.` : "";
    return `${cutLine(first)}\n[Line ${offset} goes on, but is too long to be shown whole.${rest}]`;
  }
  const last = offset + shown.length - 1;
  if (last >= lines.length) return shown.join("\n");
  return `${shown.join("\n")}\n[Lines ${offset} to ${last} of ${lines.length}. Use offset=${last + 1} to go on.]`;
}

type Page = Pick<Static<typeof parameters>, "offset" | "limit">;

function withinBytes(lines: readonly string[]): readonly string[] {
  let bytes = 0;
  const end = lines.findIndex((line) => {
    bytes += Buffer.byteLength(line) + 1;
    return bytes > readBytesMax;
  });
  return end < 0 ? lines : lines.slice(0, end);
}

/** As much of a line as fits, cut between characters. */
function cutLine(line: string): string {
  return Buffer.from(line)
    .subarray(0, readBytesMax)
    .toString()
    .replace(/\uFFFD+$/, "");
}

async function listFolder(workspace: Pick<Workspace, "list">, path: string): Promise<string | null> {
  const name = path.replace(/^\.\/|\/+$/g, "");
  const isTop = name === "" || name === ".";
  const files = (await workspace.list()).filter((file) => isTop || file.path.startsWith(`${name}/`));
  return files.length === 0 ? null : describeFiles(files, readLinesMax);
}

async function absentMessage(workspace: Pick<Workspace, "list">, path: string): Promise<string> {
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : "";
  const beside = (await workspace.list()).filter((file) => file.path.startsWith(folder));
  const files = beside.length > 0 ? beside : await workspace.list();
  return `There is no file ${path}. There are:\n${describeFiles(files, 20)}`;
}

function describeFiles(files: readonly FileInfo[], most: number): string {
  const lines = files.slice(0, most).map(({ path, bytes }) => `${path} (${bytes} bytes)`);
  return [...lines, ...(files.length > most ? [`[${files.length - most} more files]`] : [])].join("\n");
}
