/** What has to be right on this machine before `npm start` can work. */
import { statSync } from "node:fs";
import { claimPort } from "../../local/free-port.ts";
import { errorText } from "../../local/log.ts";
import { findNewerState } from "../../local/state-version.ts";
import type { Finding } from "./finding.ts";

/** The project's programs are TypeScript that Node runs as it is. */
const NODE_MIN = [22, 18] as const;

export function examineNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isNew = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  const advice = `; needs ${NODE_MIN.join(".")} or later: use npm run, which brings its own`;
  return { what: "node", state: isNew ? "ok" : "wrong", detail: `${version}${isNew ? "" : advice}` };
}

export function examineStateDir(path: string): Finding {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return { what: "state", state: "off", detail: `${path} does not exist yet; npm start makes it` };
  const newer = findNewerState(path);
  if (newer !== null) return { what: "state", state: "wrong", detail: newer };
  const isPrivate = (found.mode & 0o077) === 0;
  const detail = isPrivate ? path : `others can read ${path}: chmod 700 it`;
  return { what: "state", state: isPrivate ? "ok" : "wrong", detail };
}

/** Whether `npm start` would get its port now; only asked while no assistant of ours has it. */
export async function examinePort(port: number): Promise<Finding> {
  try {
    await claimPort(port);
    return { what: "port", state: "ok", detail: port === 0 ? "any free one" : `${port} is free` };
  } catch (error) {
    return { what: "port", state: "wrong", detail: errorText(error) };
  }
}
