/** Whose key it is: the administrator's, a user's access key, or a session of a role that the account issued. */
import { createHash, randomBytes } from "node:crypto";
import type { AwsCredentials } from "../../../protocol/invocation.ts";
import type { AccountState } from "./state.ts";

export type Caller =
  | { readonly kind: "admin"; readonly arn: string }
  | { readonly kind: "user"; readonly arn: string; readonly userName: string }
  | { readonly kind: "role"; readonly arn: string; readonly roleName: string };

export type Known = { readonly caller: Caller; readonly credentials: AwsCredentials };

export class Identities {
  readonly #state: AccountState;
  readonly #admin: AwsCredentials;
  readonly #accountId: string;
  readonly #sessions = new Map<string, Known & { readonly expiresAt: number }>();

  constructor(state: AccountState, admin: AwsCredentials, accountId: string) {
    this.#state = state;
    this.#admin = admin;
    this.#accountId = accountId;
  }

  /** Null when nobody has that key, it is inactive, or its session is over. */
  find(accessKeyId: string, sessionToken: string | undefined, now: number): Known | null {
    if (sessionToken !== undefined) {
      const session = this.#sessions.get(sessionToken);
      return session && session.credentials.accessKeyId === accessKeyId && session.expiresAt > now ? session : null;
    }
    if (accessKeyId === this.#admin.accessKeyId) {
      return { caller: { kind: "admin", arn: this.#arn("user/admin") }, credentials: this.#admin };
    }
    const key = this.#state.accessKeys[accessKeyId];
    if (!key?.active) return null;
    const caller = { kind: "user", arn: this.#arn(`user/${key.userName}`), userName: key.userName } as const;
    return { caller, credentials: { accessKeyId, secretAccessKey: key.secret } };
  }

  /** Keys of a new session of a role. */
  assume(roleName: string, sessionName: string, expiresAt: number): AwsCredentials & { readonly sessionToken: string } {
    const sessionToken = randomBytes(48).toString("base64");
    const accessKeyId = `ASIA${randomBytes(8).toString("hex").toUpperCase()}`;
    const secretAccessKey = createHash("sha256").update(sessionToken).digest("base64").slice(0, 40);
    const arn = `arn:aws:sts::${this.#accountId}:assumed-role/${roleName}/${sessionName}`;
    const credentials = { accessKeyId, secretAccessKey, sessionToken };
    this.#sessions.set(sessionToken, { caller: { kind: "role", arn, roleName }, credentials, expiresAt });
    return credentials;
  }

  #arn(path: string): string {
    return `arn:aws:iam::${this.#accountId}:${path}`;
  }
}
