/** Waits until the new release answers at the public address. */
import * as v from "valibot";
import { askAdmin } from "../../admin-api.ts";
import { addressOf } from "../deployed-address.ts";
import { DeployError } from "../deploy-error.ts";
import { type Facts, known } from "../facts.ts";
import { publicUrlAdvice, publicUrlStanding } from "../public-url.ts";
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
    let last = "";
    let refusals = 0;
    const isThere = await waitFor(async () => {
      const seen = await look(facts);
      if (seen.what !== last) tell(seen.what);
      last = seen.what;
      refusals = seen.isRefusal ? refusals + 1 : 0;
      if (refusals >= REFUSALS_MAX) {
        throw new DeployError(`the Worker cannot use its settings: ${last}`, "set them right and run it again");
      }
      return seen.release === release ? true : null;
    }, HEALTHY_MAX_MS);
    if (isThere === null) {
      throw new DeployError(
        `${addressOf(facts).url} does not answer with ${release}: ${last}`,
        ...publicUrlAdvice(facts),
        `see its log: npx wrangler tail ${facts.settings.name}`,
      );
    }
    return {};
  },
};

type Seen = { readonly what: string; readonly release: string | null; readonly isRefusal: boolean };

async function look(facts: Facts): Promise<Seen> {
  const standing = await publicUrlStanding(facts);
  if (standing?.kind === "other") return { what: standing.why, release: null, isRefusal: false };
  const answer = await askAdmin(addressOf(facts), "/admin/api/status");
  if (!answer.ok) {
    return { what: answer.error.message, release: null, isRefusal: answer.error.code === "config_invalid" };
  }
  const parsed = v.safeParse(status, answer.value);
  if (!parsed.success) return { what: "it does not say its release", release: null, isRefusal: false };
  const { release } = parsed.output;
  return { what: `release ${release} answers`, release, isRefusal: false };
}
