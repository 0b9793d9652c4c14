/**
 * Keys of a role session that need no memory: the session token carries tags and expiry under a seal, and the secret
 * is derived from it. They are as good after a restart of the stand-in as before.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { AwsCredentials } from "../../../protocol/invocation.ts";
import type { Identity, IdentityLookup } from "../principal.ts";

export type SessionGrant = { readonly agent: string; readonly space: string; readonly expiresAt: number };
export type SessionCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
};

/** Makes keys for one session. `accountSecret` is the secret of the account's own key. */
export function issueSessionCredentials(accountSecret: string, grant: SessionGrant): SessionCredentials {
  const accessKeyId = `ASIA${randomBytes(10).toString("hex").toUpperCase().slice(0, 16)}`;
  const { agent, space, expiresAt } = grant;
  const content = Buffer.from(JSON.stringify([accessKeyId, agent, space, expiresAt])).toString("base64");
  const sessionToken = `${content}.${hmac(accountSecret, "seal", content).toString("base64")}`;
  return { accessKeyId, secretAccessKey: deriveSecret(accountSecret, sessionToken), sessionToken };
}

/** Knows the account's own key and every key that `issueSessionCredentials` made with its secret. */
export function createIdentityLookup(account: AwsCredentials): IdentityLookup {
  return (accessKeyId, sessionToken) => {
    if (sessionToken !== undefined) return openSession(account.secretAccessKey, accessKeyId, sessionToken);
    const isAccount = accessKeyId === account.accessKeyId;
    return isAccount ? { principal: { kind: "account" }, credentials: account } : null;
  };
}

function openSession(accountSecret: string, accessKeyId: string, sessionToken: string): Identity | null {
  const [content = "", seal = ""] = sessionToken.split(".");
  const given = Buffer.from(seal, "base64");
  const expected = hmac(accountSecret, "seal", content);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  // Sealed by us: the form of what is inside is known.
  const [sealedKeyId, agent, space, expiresAt]: [string, string, string, number] = JSON.parse(
    Buffer.from(content, "base64").toString(),
  );
  if (sealedKeyId !== accessKeyId) return null;
  const credentials = { accessKeyId, secretAccessKey: deriveSecret(accountSecret, sessionToken), sessionToken };
  return { principal: { kind: "session", agent, space, expiresAt }, credentials };
}

function deriveSecret(accountSecret: string, sessionToken: string): string {
  return hmac(accountSecret, "secret", sessionToken).toString("base64");
}

function hmac(key: string, purpose: string, content: string): Buffer {
  return createHmac("sha256", key).update(`${purpose}\0${content}`).digest();
}
