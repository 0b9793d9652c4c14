/** Everything that is wrong with the settings, at once: of the deployment, and of the Worker, which is asked itself. */
import { readSettings } from "../../../local/settings.ts";
import { askWorkerForProblems } from "../../../local/settings-check.ts";
import { DeployError } from "../deploy-error.ts";
import type { SettingsRead } from "../settings.ts";
import type { Step } from "../step.ts";

export function checkSettings({ problems }: SettingsRead): Step {
  return {
    id: "settings",
    title: "Check the settings",
    async run({ facts: { root, settings } }) {
      const { plain, workerSecrets, accountSecrets } = settings.variables;
      const variables = { ...plain, ...workerSecrets, ...accountSecrets };
      const surroundings = readSettings(variables, { root, memoryBytes: 0 });
      const ofWorker = await askWorkerForProblems(root, variables, surroundings.settings);
      const all = [
        ...problems.map(({ variable, problem }) => `${variable} ${problem}`),
        ...(ofWorker === null ? [] : [ofWorker]),
      ];
      if (all.length > 0) throw new DeployError("the settings cannot be used (.dev.vars, or the environment)", ...all);
      return {};
    },
  };
}
