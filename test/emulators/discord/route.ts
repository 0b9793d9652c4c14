/** A route of Discord's HTTP API, a call of it, and how a path is matched to one. */
import type { Body } from "./compose.ts";
import type { World } from "./world.ts";

export type Call = {
  /** By the names in the template. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Body;
};

/** A status, and a JSON body unless there is none. */
export type Answer = { readonly status: number; readonly json?: unknown };

export type Route = {
  readonly method: string;
  /** As the official document names it: "/channels/{channel_id}". */
  readonly template: string;
  /** Whether it wants the bot's token. Those that do not are named by a token of their own. */
  readonly isOpen?: true;
  /** Throws a `DiscordFailure`. */
  readonly run: (call: Call, world: World) => Answer | Promise<Answer>;
};

export type Match = { readonly route: Route; readonly params: Call["params"] };

/** The route of a path without "/api/v10"; `wrongMethod` when only another method has it. */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match | "wrongMethod" | null {
  const found = routes.flatMap((route) => {
    const params = matchTemplate(route.template, path);
    return params ? [{ route, params }] : [];
  });
  return found.find(({ route }) => route.method === method) ?? (found.length > 0 ? "wrongMethod" : null);
}

function matchTemplate(template: string, path: string): Record<string, string> | null {
  const [wanted, given] = [template.split("/"), path.split("/")];
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = decode(given[index] ?? "");
    const [, name] = /^\{(\w+)\}$/u.exec(part) ?? [];
    if (name !== undefined && text !== "") params[name] = text;
    else if (part !== text) return null;
  }
  return params;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
