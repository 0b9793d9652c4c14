/** The steps of `npm run destroy`, in an order that leaves no bot that half works. Each can be done again. */
import { askAdmin } from "../admin-api.ts";
import { addressOf } from "./deployed-address.ts";
import { removeDeployment } from "./deployment-file.ts";
import { DeployError } from "./deploy-error.ts";
import type { DestroyData } from "./destroy-data.ts";
import { exportDeployment } from "./destroy-export.ts";
import { removeMemo, writeMemo } from "./destroy-memo.ts";
import { type DestroyOptions, type Doomed, isExported } from "./destroy-plan.ts";
import { known } from "./facts.ts";
import { publicUrlStanding, requireOurAddress } from "./public-url.ts";
import type { Step, StepRun } from "./step.ts";
import { settle } from "./steps/stack.ts";
import { deleteWorker } from "./wrangler.ts";

export type Destruction = {
  readonly doomed: Doomed;
  readonly data: DestroyData;
  readonly options: DestroyOptions;
  readonly exportFolder: string;
};

/** What is to be done of it. Messages stop first, data goes last. */
export function destroySteps(destruction: Destruction): readonly Step[] {
  const { doomed, options } = destruction;
  const { channels } = doomed;
  const hasChats = channels.telegram || channels.discord;
  return [
    ...(isExported(doomed, options) ? [exporting(destruction)] : []),
    ...(doomed.hasWorker && hasChats ? [chatsOff(destruction)] : []),
    ...(doomed.hasWorker ? [workerGone] : []),
    ...(doomed.keys.length > 0 ? [keysGone(destruction)] : []),
    ...(doomed.hasStack ? [stackGone(destruction)] : []),
    ...(options.keepsData ? [] : [...dataGone(destruction), fileGone]),
  ];
}

function dataGone(destruction: Destruction): readonly Step[] {
  const { bucket, table } = destruction.doomed;
  return [
    ...(bucket === null ? [] : [bucketGone(destruction, bucket.name)]),
    ...(table === null ? [] : [tableGone(destruction, table.name)]),
  ];
}

function exporting({ doomed, data, exportFolder }: Destruction): Step {
  return {
    id: "export",
    title: `Export everything to ${exportFolder}`,
    async run({ facts, tell }) {
      try {
        if (doomed.hasWorker) await requireOurAddress(facts);
        await exportDeployment({
          folder: exportFolder,
          address: doomed.hasWorker ? addressOf(facts) : null,
          data,
          bucket: doomed.bucket?.name ?? null,
          table: doomed.table?.name ?? null,
          tell,
        });
      } catch (error) {
        const why = error instanceof Error ? error.message : "unknown";
        throw new DeployError(`the export failed: ${why}`, "nothing was removed; --no-export goes on without it");
      }
      return {};
    },
  };
}

/** A chat app that refuses must not keep the Worker alive: what is sent to a Worker that is gone is lost, and no more. */
function chatsOff({ doomed: { channels } }: Destruction): Step {
  return {
    id: "chats_gone",
    title: "Tell the chat apps to send nothing any more",
    async run({ facts, tell }) {
      if (channels.telegram) await turnOff({ facts, tell }, "/admin/api/telegram/webhook");
      if (channels.discord) await turnOff({ facts, tell }, "/admin/api/discord/endpoint");
      return {};
    },
  };
}

async function turnOff({ facts, tell }: StepRun, path: string): Promise<void> {
  const standing = await publicUrlStanding(facts);
  if (standing?.kind === "other") return tell(`${path} cannot be taken away: ${standing.why}`);
  const answer = await askAdmin(addressOf(facts), path, { method: "DELETE" });
  if (!answer.ok) tell(`${path} cannot be taken away: ${answer.error.message}`);
}

const workerGone: Step = {
  id: "worker_gone",
  title: "Remove the Worker and the state of all chats",
  async run({ facts: { root, settings, accounts }, tell }) {
    await deleteWorker({ root, settings, accountId: known(accounts, "accounts").cloudflareAccountId }, tell);
    return { live: null };
  },
};

function keysGone({ doomed }: Destruction): Step {
  return {
    id: "keys_gone",
    title: "Remove the Worker's keys to AWS",
    async run({ facts: { accounts, stack }, tell }) {
      const user = stack?.outputs["RelayUserName"];
      if (user === undefined) return {};
      for (const id of doomed.keys) {
        await known(accounts, "accounts").aws.deleteAccessKey(user, id);
        tell(`${id} is removed`);
      }
      return {};
    },
  };
}

function stackGone({ doomed: { bucket, table }, data }: Destruction): Step {
  return {
    id: "stack_gone",
    title: "Remove the AWS stack",
    async run({ facts: { accounts, settings, stateDir }, tell }) {
      const { aws } = known(accounts, "accounts");
      const { name } = settings;
      writeMemo(stateDir, name, { bucket: bucket?.name ?? null, table: table?.name ?? null });
      await settle(aws, name, tell);
      await data.deleteStack(name);
      const status = await settle(aws, name, tell);
      if (status === null) return { stack: null };
      const failed = await aws.firstFailure(name);
      throw new DeployError(failed === null ? `the stack is at ${status}` : `${failed.logicalId}: ${failed.reason}`);
    },
  };
}

function bucketGone({ data }: Destruction, bucket: string): Step {
  return {
    id: "bucket_gone",
    title: `Remove the bucket ${bucket} with all versions`,
    async run({ tell }) {
      await data.deleteBucket(bucket, tell);
      return {};
    },
  };
}

function tableGone({ data }: Destruction, table: string): Step {
  return {
    id: "table_gone",
    title: `Remove the table ${table}`,
    async run() {
      await data.deleteTable(table);
      return {};
    },
  };
}

/** Last: until now a run that was killed could go on. */
const fileGone: Step = {
  id: "file_gone",
  title: "Forget the deployment on this machine",
  async run({ facts: { stateDir, settings } }) {
    removeMemo(stateDir, settings.name);
    removeDeployment(stateDir, settings.name);
    return {};
  },
};
