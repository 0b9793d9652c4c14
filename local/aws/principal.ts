/** Who a request comes from: the account's own key, or a session that AssumeRole made for one space. */
import type { AwsCredentials } from "../../protocol/invocation.ts";

export type Principal =
  | { readonly kind: "account" }
  /** `agent` and `space` are the session's tags; `space` is a folder name (`spaceFolder`). */
  | { readonly kind: "session"; readonly agent: string; readonly space: string; readonly expiresAt: number };

export type Identity = { readonly principal: Principal; readonly credentials: AwsCredentials };

/** Finds whom a key id and session token stand for; null when they stand for nobody. */
export type IdentityLookup = (accessKeyId: string, sessionToken: string | undefined) => Identity | null;
