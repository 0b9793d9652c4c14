/** Takes secrets out of what is shown. Pure. */
import type { Facts } from "./facts.ts";

/** Shorter ones stand in too many words to be looked for. */
const SECRET_MIN = 4;

/** Hides the secrets also as they stand in JSON; the longest first, for one may be the beginning of another. */
export function hider(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    .filter((secret) => secret.length >= SECRET_MIN)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  const known = [...new Set(forms)].toSorted((a, b) => b.length - a.length);
  return (text) => known.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
}

/** Every secret that a run knows of. */
export function secretsOf({ settings, file, key }: Pick<Facts, "settings" | "file" | "key">): readonly string[] {
  const { aws, cloudflare, variables } = settings;
  return [
    aws.key?.secretAccessKey,
    aws.key?.sessionToken,
    cloudflare.token,
    key?.secret,
    file.adminToken,
    file.telegramWebhookSecret,
    ...Object.values(variables.workerSecrets),
    ...Object.values(variables.accountSecrets),
  ].filter((secret) => typeof secret === "string");
}
