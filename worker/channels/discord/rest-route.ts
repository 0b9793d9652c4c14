/** Names one endpoint of Discord's API: what is called, what its rate limit is shared by, and a name that holds no secret. Pure. */
import { assert } from "../../../protocol/assert.ts";
import { ChannelError } from "../../../protocol/errors.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH";

export type Route = {
  readonly method: Method;
  /** As documented, with the names of its parameters: for errors and buckets. */
  readonly template: string;
  /** With their values, of which one can be a token: never in an error. */
  readonly path: string;
  /**
   * The top-level resource, which has limits of its own: a channel, a guild, a webhook with its token; else empty. What an
   * interaction is answered at once has no limit that is told, so each is one by itself: there is no time to wait.
   */
  readonly resource: string;
  /** Whether the bot's token belongs to it: an interaction is answered by its own. */
  readonly isBot: boolean;
};

/** A snowflake: a 64-bit number. */
export const ID = /^\d{1,20}$/;
const PARAMETER = /\{(\w+)\}/gu;
const RESOURCE = /^\/(?:channels|guilds)\/\{\w+\}|^\/(?:webhooks|interactions)\/\{\w+\}\/\{\w+\}/u;
const BY_ITS_OWN_TOKEN = /^\/(?:webhooks|interactions)\//u;
/** Parameters that are no ids. */
const FREE: ReadonlySet<string> = new Set(["token", "emoji"]);

/** The endpoint `template` with `values` for its parameters. Throws `channel_refused` for a value that cannot be one. */
export function route(method: Method, template: string, values: Readonly<Record<string, string>> = {}): Route {
  const path = fill(template, values);
  const resource = RESOURCE.exec(template)?.[0] ?? "";
  return { method, template, path, resource: fill(resource, values), isBot: !BY_ITS_OWN_TOKEN.test(template) };
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(PARAMETER, (_, name: string) => {
    const value = values[name];
    assert(value !== undefined, `${template} is given its ${name}`);
    if (FREE.has(name) ? isSegment(value) : ID.test(value)) return encodeURIComponent(value);
    throw new ChannelError("channel_refused", { channel: "discord", method: template }, `not the ${name} of anything`);
  });
}

/** Whether it stays one segment of a path: dots alone would lead elsewhere. */
function isSegment(value: string): boolean {
  return value.isWellFormed() && !/^\.{0,2}$/u.test(value);
}
