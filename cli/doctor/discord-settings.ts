/** Discord's variables: what is missing of them here, and at an assistant that says it in its own words. Pure. */
import type { Variables } from "../../local/variables.ts";
import { assertNever } from "../../protocol/assert.ts";
import { discordStanding, notSetText } from "../../protocol/discord-variables.ts";
import type { Finding } from "./finding.ts";

const what = "discord";

/** What the next start with these settings would have. */
export function plannedDiscord(variables: Variables): Finding {
  const standing = discordStanding(variables);
  switch (standing.kind) {
    case "none":
      return { what, state: "off", detail: `${notSetText(standing.missing)}; ${GUIDE}` };
    case "half":
      return { what, state: "wrong", detail: halfText(notSetText(standing.missing)) };
    case "complete":
      return { what, state: "ok", detail: "configured" };
    default:
      return assertNever(standing);
  }
}

/** Where a running assistant has something else than the next start with these settings would have. */
export function discordDifferences(variables: Variables, runs: boolean): readonly Finding[] {
  const { kind } = discordStanding(variables);
  if (kind === "complete") {
    return runs ? [] : [{ what, state: "note", detail: "from the next start with the settings here: on" }];
  }
  return runs ? [{ what, state: "note", detail: VARIABLES_ELSEWHERE }] : [];
}

/** Of an assistant whose channel is off; `said`: which variables are not set, in its words. */
export function describeOff(said: string): Finding {
  const named = new Set(said.match(/\bDISCORD_\w+/g)).size;
  const isHalf = named > 0 && named < 3;
  return isHalf ? { what, state: "wrong", detail: halfText(said) } : { what, state: "off", detail: said };
}

function halfText(said: string): string {
  return `off, because ${said} and the others are; ${GUIDE}`;
}

const GUIDE = "docs/channels/discord.md says where each is";
const VARIABLES_ELSEWHERE =
  "npm start was given Discord's variables, and they are not all in this shell or in .dev.vars; give them again at the " +
  "next start, or write them into .dev.vars, or there is no bot";
