/** Who may speak with a running assistant: whether that is what its owner means, and whether variables still count. */
import { assertNever } from "../../protocol/assert.ts";
import { type AccessSettings, directPolicies } from "../access-answers.ts";
import type { AccessFacts } from "../access-facts.ts";
import { directText, groupsText, ownerText, waitingText } from "../access-words.ts";
import { overriddenVariables } from "../config-variables.ts";
import type { Finding } from "./finding.ts";

/** `variables`: those of this machine, if they are the assistant's. Pure. */
export function describeAccess(
  { people, waiting, configuration }: AccessFacts,
  variables: Readonly<Record<string, string>>,
): readonly Finding[] {
  const access = configuration?.effective.access ?? null;
  const hasOwner = people?.some(({ role }) => role === "owner") ?? true;
  return [
    ...(people === null
      ? []
      : [{ what: "owner", state: hasOwner ? "ok" : "note", detail: ownerText(people, access) } as const]),
    ...(access === null ? [] : [describeDirect(access), describeGroups(access)]),
    ...(waiting === null || waiting === 0
      ? []
      : [{ what: "pairing", state: "note", detail: waitingText(waiting) } as const]),
    ...overriddenVariables(configuration?.document ?? {}, variables).map(({ variable, path }): Finding => ({
      what: variable,
      state: "note",
      detail: `has no effect, because ${path} was set; to let it count: npm run claw -- config unset ${path}`,
    })),
  ];
}

function describeDirect(access: AccessSettings): Finding {
  const what = "direct chats";
  const policies = directPolicies(access);
  const open = policies.filter(({ policy }) => policy === "open").map(({ channel }) => channel);
  if (open.length > 0) {
    const where = open.length === policies.length ? "" : ` on ${open.join(", ")}`;
    return {
      what,
      state: "note",
      detail: `open: everybody who writes${where} is answered, at your cost; ${close(access, open)}`,
    };
  }
  if (access.allowFrom.length === 0 && policies.every(({ policy }) => policy === "allowlist")) {
    return { what, state: "note", detail: EMPTY_LIST };
  }
  const isOff = policies.every(({ policy }) => policy === "disabled");
  return { what, state: isOff ? "off" : "ok", detail: directText(access) };
}

const EMPTY_LIST =
  "allowlist, and nobody is on it, so nobody is heard; npm run claw -- config set access.allowFrom '[\"telegram:<id>\"]'";

/** The command that closes what is open, wherever it was opened. */
function close(access: AccessSettings, open: readonly string[]): string {
  const paths = open.map((channel) => (access.dm[channel] === "open" ? `access.dm.${channel}` : "access.dmPolicy"));
  return `to close: npm run claw -- config set ${[...new Set(paths)].map((path) => `${path} pairing`).join(" ")}`;
}

function describeGroups(access: AccessSettings): Finding {
  const what = "groups";
  switch (access.groupPolicy) {
    case "open":
      return { what, state: "note", detail: OPEN_GROUPS };
    case "disabled":
      return { what, state: "off", detail: "disabled" };
    case "allowlist":
      return { what, state: "ok", detail: groupsText(access) };
    default:
      return assertNever(access.groupPolicy);
  }
}

const OPEN_GROUPS =
  "open: the bot answers in every group that somebody adds it to, at your cost; " +
  "to close: npm run claw -- config set access.groupPolicy allowlist";
