/** What is there when a run is over, without what differs by nature: ids, times, and values that were made by chance. */
import { resourcesOf } from "../../emulators/account/state.ts";
import { liveVersion } from "../../emulators/cloudflare/state.ts";
import type { Clouds } from "./clouds.ts";

export type EndState = ReturnType<typeof endState>;

/** Equal for two deployments that came to the same end, however they got there. */
export function endState({ account, cloudflare, telegram, name }: Clouds) {
  const { state } = account;
  const script = cloudflare.state.scripts[name];
  const live = script ? liveVersion(script) : null;
  const keyId = live?.bindings.find((binding) => binding.name === "AWS_ACCESS_KEY_ID")?.text;
  return {
    stacks: Object.values(state.stacks).map((stack) => [stack.name, stack.status, Object.keys(stack.changeSets)]),
    resources: resourcesOf(state)
      .map(({ type, logicalId }) => `${type} ${logicalId}`)
      .toSorted(),
    retained: Object.keys(state.retained).length,
    runtimes: Object.values(state.runtimes).map(({ versions, endpoints }) => ({
      versions: versions.length,
      endpoints,
    })),
    secrets: Object.values(state.secrets).map(({ value }) => value),
    accessKeys: Object.values(state.accessKeys).map(({ id, active }) => ({ active, isTheWorkers: id === keyId })),
    worker: live?.bindings.map(({ type, name: binding }) => `${type} ${binding}`).toSorted(),
    isOnSubdomain: script?.isOnSubdomain,
    schedules: script?.schedules,
    webhook: telegram.calls.findLast(({ method }) => method === "setWebhook")?.params["url"],
  };
}
