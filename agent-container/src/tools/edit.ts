/** `edit`: replaces an exact piece of text in a file of the workspace. */
import { type AgentTool, type Static, Type } from "../agent/tool.ts";
import { WorkspaceRefusal } from "../workspace/refusal.ts";
import type { Workspace } from "../workspace/workspace.ts";

const parameters = Type.Object({
  path: Type.String({ description: 'File, from the top of the workspace: "memory/ideas.md".' }),
  oldText: Type.String({
    minLength: 1,
    description: "The text to replace, exactly as it is in the file, with enough around it to occur only once.",
  }),
  newText: Type.String({ description: "What to put there; empty to remove it." }),
  replaceAll: Type.Optional(Type.Boolean({ description: "Replace every place where oldText occurs." })),
});

type Replacement = Pick<Static<typeof parameters>, "oldText" | "newText" | "replaceAll">;

/** Makes the tool for one turn. */
export function createEditTool(workspace: Pick<Workspace, "edit">): AgentTool<typeof parameters> {
  return {
    name: "edit",
    description: "Replaces one exact piece of text in a file of the workspace, or all its places with replaceAll.",
    parameters,
    execute: async ({ path, ...replacement }) => {
      let places = 0;
      await workspace.edit(path, (text) => {
        const edited = replaceText(path, text, replacement);
        places = edited.places;
        return edited.text;
      });
      return { text: places === 1 ? `Changed ${path}.` : `Changed ${places} places in ${path}.` };
    },
  };
}

/**
 * Replaces `oldText` where it stands; a file with Windows line ends keeps them. Throws `WorkspaceRefusal` when the text
 * is not there, is there more than once without `replaceAll`, or would stay as it is. Pure.
 */
export function replaceText(
  path: string,
  text: string,
  { oldText, newText, replaceAll = false }: Replacement,
): { readonly text: string; readonly places: number } {
  const fit = hasWindowsLines(text) ? withCrlf : (piece: string) => piece;
  const [search, replacement] = [fit(oldText), fit(newText)];
  const pieces = search === "" ? [text] : text.split(search);
  const places = pieces.length - 1;
  if (places === 0) throw new WorkspaceRefusal("workspace_no_match", absentMessage(path, text, oldText));
  if (places > 1 && !replaceAll) {
    const advice = "Add more of the text around the one you mean, or set replaceAll to change them all.";
    throw new WorkspaceRefusal("workspace_no_match", `${path} has this text in ${places} places. ${advice}`);
  }
  if (search === replacement) {
    throw new WorkspaceRefusal("workspace_no_match", "oldText and newText are the same, so nothing would change.");
  }
  return { text: pieces.join(replacement), places };
}

function hasWindowsLines(text: string): boolean {
  return text.includes("\r\n") && !/(?<!\r)\n/.test(text);
}

function withCrlf(text: string): string {
  return text.replace(/\r?\n/g, "\r\n");
}

/** Says where a text stands that differs in white space only: the mistake that models make most. */
function absentMessage(path: string, text: string, oldText: string): string {
  const wanted = squeeze(oldText.split("\n").find((line) => line.trim() !== "") ?? "");
  const line = wanted === "" ? -1 : text.split("\n").findIndex((candidate) => squeeze(candidate).includes(wanted));
  const hint =
    line < 0
      ? "Read the file and copy the text exactly, with its spaces and line ends."
      : `Something like it begins at line ${line + 1}. Read it there and copy it exactly, with its spaces and line ends.`;
  return `${path} does not have this text. ${hint}`;
}

function squeeze(line: string): string {
  return line.trim().replace(/\s+/g, " ");
}
