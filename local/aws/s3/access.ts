/** Which objects a principal may reach: what the data role's policy says with `${aws:PrincipalTag/agent|space}`. Pure. */
import type { Principal } from "../principal.ts";

/** The folder that all spaces of an agent may read and only the owner's may write. No space is called so. */
const SHARED = "shared";
const OWNER = "owner";

/** `path` is a key, or the prefix of a listing: both lie below `<agent>/<space>/`. */
export function mayAccess(principal: Principal, action: "read" | "write", path: string): boolean {
  if (principal.kind === "account") return true;
  const { agent, space } = principal;
  if (agent === "" || space === "") return false; // a session without tags reaches nothing
  if (path.startsWith(`${agent}/${space}/`)) return true;
  return path.startsWith(`${agent}/${SHARED}/`) && (action === "read" || space === OWNER);
}
