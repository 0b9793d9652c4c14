/** What this machine knows of a deployment before anybody is asked: its settings, and its private file. */
import { readSettings } from "../../local/settings.ts";
import { loadDeployVariables } from "../../local/variables.ts";
import { newDeployment, readDeployment } from "./deployment-file.ts";
import type { Facts } from "./facts.ts";
import { readDeploySettings, type SettingsRead } from "./settings.ts";

/** Reads both. `root`: the folder of the project. */
export function gather(root: string): { readonly read: SettingsRead; readonly facts: Facts } {
  const variables = loadDeployVariables(root);
  const read = readDeploySettings(variables);
  const { settings } = read;
  const { stateDir } = readSettings(variables, { root, memoryBytes: 0 }).settings;
  const kept = readDeployment(stateDir, settings.name) ?? newDeployment();
  const file = { ...kept, adminToken: settings.variables.workerSecrets["ADMIN_TOKEN"] ?? kept.adminToken };
  return { read, facts: { root, stateDir, settings, file } };
}
