/** `claw discord endpoint`: where Discord sends slash commands and presses of buttons. */
import { InvalidArgumentError } from "commander";
import * as v from "valibot";
import { printableLine } from "../../local/terminal-text.ts";
import type { Change } from "../admin-api.ts";
import { describe } from "../table.ts";
import { carryOut } from "./ask.ts";
import type { Verb, VerbGroup } from "./verb.ts";

const PATH = "/admin/api/discord/endpoint";
/** Discord tries the address, with up to two calls of three seconds, before it answers. */
const SET_MAX_MS = 30_000;

const set: Verb = {
  name: "set",
  summary: "has Discord send them to the assistant's public address, which it tries at once",
  declare: (command) =>
    command.argument("[address]", "the public https address of the assistant (default: its PUBLIC_URL)", readAddress),
  run(options, [address]) {
    const body = address === undefined ? {} : { url: address };
    const change: Change = { method: "PUT", body, timeoutMs: SET_MAX_MS };
    return carryOut("discord endpoint set", { path: PATH, change }, options, describeSet);
  },
};

const clear: Verb = {
  name: "clear",
  summary: "has Discord send them over the Gateway",
  run: (options) =>
    carryOut("discord endpoint clear", { path: PATH, change: { method: "DELETE" } }, options, describeCleared),
};

export const endpointVerbs: VerbGroup = {
  name: "endpoint",
  summary: "where slash commands and presses of buttons are sent to",
  verbs: [set, clear],
};

/** Returns `text`. Throws what commander turns into a wrong usage; whether Discord reaches it is for the assistant to say. */
function readAddress(text: string): string {
  if (URL.canParse(text)) return text;
  throw new InvalidArgumentError("It must be an address such as https://claw.example.com");
}

const wasSet = v.object({ url: v.string() });

/** What happens now that an endpoint is set. Pure. */
export function describeSet(answer: unknown): readonly string[] {
  const parsed = v.safeParse(wasSet, answer);
  if (!parsed.success) return describe(answer);
  return [
    `Discord sends slash commands and presses of buttons to ${printableLine(parsed.output.url)} from now on, and has tried it.`,
    "If its commands are not there yet: npm run claw -- discord register",
  ];
}

const wasCleared = v.object({ gateway: v.picklist(["on", "off"]) });

/** What happens now that there is no endpoint. Pure. */
export function describeCleared(answer: unknown): readonly string[] {
  const parsed = v.safeParse(wasCleared, answer);
  if (!parsed.success) return describe(answer);
  return [
    "There is no endpoint any more.",
    parsed.output.gateway === "on"
      ? "Slash commands and presses of buttons come over the Gateway from now on."
      : "The Gateway is off, so nothing comes in at all: set DISCORD_GATEWAY=on and start (or deploy) again, or set an endpoint.",
  ];
}
