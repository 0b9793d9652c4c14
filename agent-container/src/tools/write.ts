/** `write`: makes or replaces a whole file of the workspace. */
import { type AgentTool, Type } from "../agent/tool.ts";
import type { Workspace } from "../workspace/workspace.ts";

const parameters = Type.Object({
  path: Type.String({
    description: 'File, from the top of the workspace: "memory/ideas.md". Folders are made as needed.',
  }),
  content: Type.String({ description: "The whole text of the file." }),
});

/** Makes the tool for one turn. */
export function createWriteTool(workspace: Pick<Workspace, "write">): AgentTool<typeof parameters> {
  return {
    name: "write",
    description: "Writes a text file of the workspace, replacing what it held. To change a part of a file, use edit.",
    parameters,
    execute: async ({ path, content }) => {
      const outcome = await workspace.write(path, content);
      const bytes = Buffer.byteLength(content.toWellFormed());
      return { text: `${outcome === "created" ? "Created" : "Replaced"} ${path} (${bytes} bytes).` };
    },
  };
}
