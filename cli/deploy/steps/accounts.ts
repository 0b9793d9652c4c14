/** Both accounts: who is asking, and what is there of the deployment. Changes nothing. */
import { openAccount } from "../account.ts";
import { type Cloudflare, openCloudflare } from "../cloudflare.ts";
import { DeployError } from "../deploy-error.ts";
import type { DeploySettings } from "../settings.ts";
import type { Step } from "../step.ts";
import { loginToken } from "../wrangler.ts";

/** The stack that `cdk bootstrap` makes, and the output that tells its version. */
const BOOTSTRAP = { stack: "CDKToolkit", output: "BootstrapVersion" } as const;

export const askAccounts: Step = {
  id: "accounts",
  title: "Ask both accounts what is there",
  async run({ facts: { root, settings }, tell }) {
    const aws = openAccount(settings);
    const [identity, cloudflare] = await Promise.all([aws.identity(), cloudflareAccount(root, settings)]);
    tell(`AWS account ${identity.accountId} (${identity.arn}), region ${settings.region}`);
    const { api, accountId } = cloudflare;
    tell(`Cloudflare account ${accountId}`);
    const [toolkit, stack, live, url] = await Promise.all([
      aws.stack(BOOTSTRAP.stack),
      aws.stack(settings.name),
      api.liveVersion(accountId, settings.name),
      addressOf(settings, api, accountId),
    ]);
    const version = Number(toolkit?.outputs[BOOTSTRAP.output]);
    return {
      accounts: {
        aws,
        awsAccountId: identity.accountId,
        awsIdentity: identity.arn,
        cloudflare: api,
        cloudflareAccountId: accountId,
        url,
        bootstrapVersion: Number.isInteger(version) ? version : null,
      },
      stack,
      live,
    };
  },
};

/** The account that the token opens, when it opens only one. */
async function cloudflareAccount(
  root: string,
  settings: DeploySettings,
): Promise<{ readonly api: Cloudflare; readonly accountId: string }> {
  const { token, baseUrl, accountId } = settings.cloudflare;
  const usable = token ?? (await loginToken(root, settings));
  if (usable === null) {
    throw new DeployError(
      "no login for Cloudflare is found",
      "set CLOUDFLARE_API_TOKEN, or log in with: npx wrangler login",
    );
  }
  const api = openCloudflare({ baseUrl, token: usable });
  if (accountId !== null) return { api, accountId };
  const all = await api.accounts();
  const [only] = all;
  if (only !== undefined && all.length === 1) return { api, accountId: only.id };
  throw new DeployError(
    all.length === 0 ? "the Cloudflare token opens no account" : "the Cloudflare login opens several accounts",
    ...all.map(({ id, name }) => `${id}  ${name}`),
    "set CLOUDFLARE_ACCOUNT_ID to the one that is meant",
  );
}

async function addressOf(settings: DeploySettings, api: Cloudflare, accountId: string): Promise<string> {
  if (settings.publicUrl !== null) return settings.publicUrl;
  const subdomain = await api.subdomain(accountId);
  if (subdomain !== null) return `https://${settings.name}.${subdomain}.workers.dev`;
  throw new DeployError(
    "the Cloudflare account has no workers.dev subdomain yet",
    `open https://dash.cloudflare.com/${accountId}/workers-and-pages once: it proposes one; or set PUBLIC_URL to an address of your own`,
  );
}
