/** Which objects a principal may reach: what the data role's policy says with `${aws:PrincipalTag/agent|space}`. Pure. */
import { AwsError } from "../aws-error.ts";
import type { Principal } from "../principal.ts";

/** The folder that all spaces of an agent may read and only the owner's may write. No space is called so. */
const SHARED = "shared";
const OWNER = "owner";

export type S3Action = "read" | "write" | "list_versions" | "read_version" | "delete_version";

/** `path` is a key, or the prefix of a listing: both lie below `<agent>/<space>/`. */
export function mayAccess(principal: Principal, action: S3Action, path: string): boolean {
  if (principal.kind === "account") return true;
  const { agent, space } = principal;
  if (agent === "" || space === "") return false; // a session without tags reaches nothing
  if (path.startsWith(`${agent}/${space}/`)) return true;
  const isShared = path.startsWith(`${agent}/${SHARED}/`);
  return isShared && (action === "read" || (action === "write" && space === OWNER));
}

/** Throws `AccessDenied` unless it may. */
export function demandAccess(principal: Principal, action: S3Action, path: string): void {
  if (!mayAccess(principal, action, path)) throw new AwsError(403, "AccessDenied", "access denied");
}
