/** The files of a space for one turn: workspace, file tools and system prompt; or only a view, for a query. */
import { join } from "node:path";
import type { QueryInvocation } from "../../protocol/invocation.ts";
import { parseConversationKey } from "../../protocol/session-key.ts";
import type { Environment } from "./environment.ts";
import { injectedFiles } from "./prompt/project-context.ts";
import { buildSystemPrompt } from "./prompt/system-prompt.ts";
import type { SpaceStore } from "./stores/space-store.ts";
import { createEditTool } from "./tools/edit.ts";
import { createReadTool } from "./tools/read.ts";
import { createWriteTool } from "./tools/write.ts";
import type { HomeRequest, TurnHome } from "./turn/ports.ts";
import { type BlobOwner, createBlobStore } from "./workspace/blob-store.ts";
import { openWorkspaceView, type WorkspaceView } from "./workspace/workspace-view.ts";
import { dropWorkspace, openWorkspace } from "./workspace/workspace.ts";

/** Names of the tools that `openHome` makes, in their order. */
export const HOME_TOOLS = ["read", "write", "edit"] as const;

/** Opens the workspace of a turn. Throws `StorageError`. */
export async function openHome(home: HomeRequest, { workDir }: Pick<Environment, "workDir">): Promise<TurnHome> {
  const { request, store, fence, settled, blobs, refuseSteering, now, manifestId } = home;
  const { conversation, turnId, space } = request;
  const isForOthers = request.task?.isForOthers === true;
  const workspace = await openWorkspace({
    turnId,
    space,
    blobs: createBlobStore(blobs, { agent: store.agent, space }),
    manifests: await store.openManifests({ conversation, fence, settled }, now),
    workDir: folderOf(store.agent, workDir),
    refuseSteering,
    ...(manifestId !== undefined && { checkpointId: manifestId }),
  });
  return {
    workspace,
    tools: [createReadTool(workspace), createWriteTool(workspace), createEditTool(workspace)],
    systemPrompt: (facts) =>
      buildSystemPrompt({
        workspace,
        conversation,
        place: request.place,
        timezone: request.settings.timezone,
        isLight: request.task?.isLight === true,
        isForOthers,
        ...facts,
      }),
    injectedFiles: async () => {
      const ref = parseConversationKey(conversation);
      return ref.ok && !isForOthers ? injectedFiles(workspace, ref.value.kind, request.task?.isLight === true) : [];
    },
  };
}

/** Looks at the committed files of a space. Throws `StorageError`. */
export async function openHomeView(query: QueryInvocation, store: SpaceStore): Promise<WorkspaceView> {
  const { conversation, space, grants } = query;
  return openWorkspaceView({
    space,
    blobs: createBlobStore(() => grants.blobs, { agent: store.agent, space }),
    // A view writes nothing, so no fence can stand in its way.
    manifests: await store.openManifests({ conversation, fence: () => 0 }, () => 0),
  });
}

/** Removes what this process keeps of a space's files between its turns. */
export function dropHome({ agent, space }: BlobOwner, { workDir }: Pick<Environment, "workDir">): Promise<void> {
  return dropWorkspace({ workDir: folderOf(agent, workDir), space });
}

function folderOf(agent: string, workDir: string): string {
  return join(workDir, "spaces", agent);
}
