/** One message through the whole path: what it answers is the proof that all parts have found each other. */
import { randomUUID } from "node:crypto";
import { printableLine } from "../../../local/terminal-text.ts";
import { ask } from "../../web-client.ts";
import { addressOf } from "../deployed-address.ts";
import { DeployError } from "../deploy-error.ts";
import type { Step } from "../step.ts";

/** A first session of a new release is made from nothing. */
const ANSWER_MAX_MS = 240_000;
const MESSAGE = "This is the test message of a deployment. Please answer in one short sentence.";

export const sendSmokeMessage: Step = {
  id: "smoke",
  title: "Send one test message through the whole path",
  async run({ facts, tell }) {
    const { url, token } = addressOf(facts);
    const outcome = await ask({
      url,
      token,
      id: `deploy-${randomUUID()}`,
      text: MESSAGE,
      timeoutMs: ANSWER_MAX_MS,
      onDelta: () => {},
      onNotice: () => {},
    });
    if (outcome.kind === "answered" && !outcome.failed) {
      tell(`it answers: ${printableLine(outcome.text)}`);
      return {};
    }
    const said =
      outcome.kind === "answered"
        ? `it could not answer: ${printableLine(outcome.text)}`
        : `no answer (${outcome.kind})`;
    throw new DeployError(
      said,
      "everything is deployed; look what became of it: npm run claw -- ledger --deployed",
      `the logs: npx wrangler tail ${facts.settings.name}; the agent's are in CloudWatch under /aws/bedrock-agentcore/runtimes`,
    );
  },
};
