/** Finds the assistant to talk to: the one named on the command line, what was deployed from here, or the running `npm start`. */
import { resolve } from "node:path";
import { err, ok, type Result } from "../protocol/result.ts";
import { readRunFile } from "../local/run-file.ts";
import { readSettings } from "../local/settings.ts";
import { loadDeployVariables, loadVariables } from "../local/variables.ts";
import { DEPLOYMENT_NAME_DEFAULT } from "../protocol/deployment.ts";
import { deploymentNames, readDeployment } from "./deploy/deployment-file.ts";

export type Address = {
  readonly url: string;
  readonly token: string;
  /** Whether it is this machine's own `npm start`. */
  readonly isLocal: boolean;
  /** Where it keeps its state, if that is here. */
  readonly stateDir: string | null;
  /** Whether it fetches Telegram's messages itself while the bot has no webhook. */
  readonly polls: boolean;
};

export type AddressOptions = {
  readonly url?: string;
  readonly token?: string;
  /** The name of a deployment; true: that of the settings. */
  readonly deployed?: string | true;
};

const ROOT = resolve(import.meta.dirname, "..");

/** The address, or one line that says what to do next. Throws only if a file cannot be read. */
export function findAddress(options: AddressOptions): Result<Address, string> {
  const variables = loadVariables(ROOT);
  if (options.url !== undefined) {
    if (!URL.canParse(options.url))
      return err("--url must be an address such as https://agent-claw.example.workers.dev");
    const token = options.token ?? variables["ADMIN_TOKEN"];
    if (token === undefined) return err("give the deployment's admin token with --token or ADMIN_TOKEN");
    return ok({ url: options.url.replace(/\/+$/, ""), token, isLocal: false, stateDir: null, polls: false });
  }
  const { settings } = readSettings(variables, { root: ROOT, memoryBytes: 0 });
  if (options.deployed !== undefined) return findDeployed(options.deployed, options.token, settings.stateDir);
  const run = readRunFile(settings.stateDir);
  if (run === null) return err("the assistant is not running here; start it with: npm start");
  return ok({
    url: run.url,
    token: options.token ?? run.adminToken,
    isLocal: true,
    stateDir: settings.stateDir,
    polls: run.telegramPolls,
  });
}

/** What `npm run deploy` has deployed from this folder. */
function findDeployed(wanted: string | true, token: string | undefined, stateDir: string): Result<Address, string> {
  const name = wanted === true ? (loadDeployVariables(ROOT)["DEPLOY_NAME"] ?? DEPLOYMENT_NAME_DEFAULT) : wanted;
  const names = deploymentNames(stateDir);
  const file = names.includes(name) ? readDeployment(stateDir, name) : null;
  if (file !== null && file.url !== null) {
    return ok({ url: file.url, token: token ?? file.adminToken, isLocal: false, stateDir: null, polls: false });
  }
  const known = names.length === 0 ? "none" : names.join(", ");
  return err(`nothing was deployed from here by the name ${name} (known: ${known}); --deployed [name] comes last`);
}

/** What to do about an assistant that does not answer. */
export function unreachable(address: Address): string {
  return address.isLocal
    ? "the assistant does not answer, it was probably killed; start it with: npm start"
    : `nobody answers at ${address.url}; check the address and your network`;
}
