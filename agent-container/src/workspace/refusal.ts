/** What a workspace does not do. The message is written for the model: what is wrong, and what to do instead. */
import { ClawError } from "../../../protocol/errors.ts";
import { parseWorkspacePath, type WorkspacePath } from "./path.ts";

export type WorkspaceRefusalCode =
  /** The name cannot be one of a workspace file, or belongs to another file or folder. */
  | "workspace_path"
  /** The space may only read this file, or must not know it. */
  | "workspace_read_only"
  /** The file steers the agent, and the turn holds text of others. */
  | "workspace_needs_yes"
  /** A file or the number of files would exceed `WORKSPACE_BOUNDS`. */
  | "workspace_full"
  /** The file is not text. */
  | "workspace_not_text"
  /** There is no such file. */
  | "workspace_absent"
  /** The text to replace is not there exactly once. */
  | "workspace_no_match";

/** A request that the workspace refuses and will refuse again; shown to the model as the tool's result. */
export class WorkspaceRefusal extends ClawError<WorkspaceRefusalCode> {
  override readonly name = "WorkspaceRefusal";

  constructor(code: WorkspaceRefusalCode, message: string) {
    super(code, "never", message);
  }
}

/** The canonical form of a name. Throws `WorkspaceRefusal` if it cannot be one. */
export function checkedPath(name: string): WorkspacePath {
  const path = parseWorkspacePath(name);
  if (!path.ok) throw new WorkspaceRefusal("workspace_path", path.error);
  return path.value;
}
