/** `attach_file`: sends a file of the workspace with the answer, as it is at that moment. */
import { basename } from "node:path/posix";
import { OUTBOUND_BOUNDS, WORKSPACE_BOUNDS } from "../../../protocol/bounds.ts";
import type { AnswerFile } from "../../../protocol/turn-event.ts";
import type { AnswerParts } from "../agent/answer-parts.ts";
import { formatBytes } from "../agent/sizes.ts";
import { type AgentTool, ToolRefusal, Type } from "../agent/tool.ts";
import type { PublishedFile } from "../workspace/workspace.ts";
import { type FileKind, kindsOf, mimeTypeOf } from "./file-kind.ts";

export const ATTACH_FILE = "attach_file";

const parameters = Type.Object({
  path: Type.String({ description: 'File, from the top of the workspace: "memory/ideas.md".' }),
  as: Type.Optional(
    Type.Union(
      [
        Type.Literal("photo"),
        Type.Literal("voice"),
        Type.Literal("video"),
        Type.Literal("audio"),
        Type.Literal("document"),
      ],
      { description: "How the chat shows it; found out from the file if left out. voice: as a recorded note." },
    ),
  ),
});

/** Where files come from. */
export interface FilePublisher {
  /** The file as it is now, stored where the edge finds it; null when there is none. */
  publish(path: string): Promise<PublishedFile | null>;
}

/** Makes the tool for one turn; `parts` are those of the answer so far. */
export function createAttachFileTool(workspace: FilePublisher, parts: AnswerParts): AgentTool<typeof parameters> {
  return {
    name: ATTACH_FILE,
    description:
      "Sends a file of the workspace to the chat, together with your answer. Use it when somebody wants a file or a " +
      "picture itself and not its text. The file goes out as it is at the time of the call.",
    parameters,
    execute: async ({ path, as }) => {
      const published = await workspace.publish(path);
      if (published === null) throw new ToolRefusal(`There is no file ${path}. Use read to see what there is.`);
      const file = describe(published, as);
      if (!parts.has(published.path, file.hash)) refuseMore(parts.files.length);
      const part = { kind: "file", path: published.path, file } as const;
      parts.add(part);
      return {
        text: `${published.path} (${formatBytes(file.bytes)}) goes out with your answer as ${file.kind}.`,
        part,
      };
    },
  };
}

function describe({ path, entry, content }: PublishedFile, as: FileKind | undefined): AnswerFile {
  if (entry.bytes === 0) throw new ToolRefusal(`${path} is empty, and an empty file cannot be sent.`);
  if (entry.bytes > WORKSPACE_BOUNDS.fileMaxBytes) {
    throw new ToolRefusal(`${path} is larger than ${formatBytes(WORKSPACE_BOUNDS.fileMaxBytes)} and cannot be sent.`);
  }
  const mimeType = mimeTypeOf(path, content);
  const kinds = kindsOf(mimeType);
  if (as !== undefined && !kinds.includes(as)) {
    throw new ToolRefusal(`${path} is ${mimeType} and cannot be sent as ${as}. It can be: ${kinds.join(", ")}.`);
  }
  return { kind: as ?? kinds[0], name: basename(path), mimeType, ...entry };
}

function refuseMore(files: number): void {
  if (files < OUTBOUND_BOUNDS.filesMax) return;
  throw new ToolRefusal(`The answer has ${String(files)} files already, the most it can. Offer the rest for later.`);
}
