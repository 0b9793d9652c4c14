/** Waits until the new release answers at the public address. */
import * as v from "valibot";
import { askAdmin } from "../../admin-api.ts";
import { addressOf } from "../deployed-address.ts";
import { DeployError } from "../deploy-error.ts";
import { known } from "../facts.ts";
import type { Step } from "../step.ts";
import { waitFor } from "../wait.ts";

/** The first address of an account at workers.dev needs a minute or two for its name and certificate. */
const HEALTHY_MAX_MS = 240_000;

/** Looks in a row, some seconds: what was there before the upload may still answer one of them. */
const REFUSALS_MAX = 5;

const status = v.object({ release: v.string() });

export const waitUntilHealthy: Step = {
  id: "healthy",
  title: "Wait until the release answers",
  async run({ facts, tell }) {
    const release = known(facts.release, "release");
    const address = addressOf(facts);
    let last = "";
    let refusals = 0;
    const isThere = await waitFor(async () => {
      const answer = await askAdmin(address, "/admin/api/status");
      const parsed = v.safeParse(status, answer.ok ? answer.value : null);
      const found = parsed.success ? `release ${parsed.output.release} answers` : "it does not say its release";
      const now = answer.ok ? found : answer.error.message;
      if (now !== last) tell(now);
      last = now;
      refusals = !answer.ok && answer.error.code === "config_invalid" ? refusals + 1 : 0;
      if (refusals >= REFUSALS_MAX) {
        throw new DeployError(`the Worker cannot use its settings: ${now}`, "set them right and run it again");
      }
      return parsed.success && parsed.output.release === release ? true : null;
    }, HEALTHY_MAX_MS);
    if (isThere === null) {
      throw new DeployError(
        `${address.url} does not answer with ${release}: ${last}`,
        `see its log: npx wrangler tail ${facts.settings.name}`,
      );
    }
    return {};
  },
};
