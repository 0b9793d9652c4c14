/** The bot itself: who it is, its application, where the Gateway is. */
import { MESSAGE_CONTENT_LIMITED } from "../content-intent.ts";
import { notNow } from "../failure.ts";
import { ANSWER_MS } from "../interactions.ts";
import type { Json } from "../json.ts";
import type { Route } from "../route.ts";
import type { World } from "../world.ts";

export const APPLICATION_ROUTES: readonly Route[] = [
  {
    method: "GET",
    template: "/gateway",
    isOpen: true,
    run: (_call, world) => ({ status: 200, json: { url: world.gatewayUrl() } }),
  },
  {
    method: "GET",
    template: "/gateway/bot",
    run: (_call, world) => ({
      status: 200,
      json: { url: world.gatewayUrl(), session_start_limit: world.sessionStartLimit(), shards: 1 },
    }),
  },
  {
    method: "GET",
    template: "/users/@me",
    run: (_call, { me }) => ({
      status: 200,
      json: { ...me, email: null, flags: 0, locale: "en-US", mfa_enabled: false, verified: true },
    }),
  },
  { method: "GET", template: "/applications/@me", run: (_call, world) => ({ status: 200, json: application(world) }) },
  {
    method: "PATCH",
    template: "/applications/@me",
    run: async ({ body: { json } }, world) => {
      const url = json["interactions_endpoint_url"];
      if (url === null || url === "") world.interactionsUrl = null;
      if (typeof url === "string" && url !== "") {
        if (!(await world.endpoint.isSound(url, world.applicationId, world.ids.next(), ANSWER_MS))) {
          const why = "The specified interactions endpoint url could not be verified.";
          throw notNow("interactions_endpoint_url", "APPLICATION_INTERACTIONS_ENDPOINT_URL_INVALID", why);
        }
        world.interactionsUrl = url;
      }
      return { status: 200, json: application(world) };
    },
  },
];

function application(world: World): Json {
  return {
    id: world.applicationId,
    name: world.name,
    icon: null,
    description: "",
    bot: world.me,
    bot_public: true,
    bot_require_code_grant: false,
    flags: world.mayReadContent ? MESSAGE_CONTENT_LIMITED : 0,
    integration_types_config: { "0": {}, "1": {} },
    interactions_endpoint_url: world.interactionsUrl,
    summary: "",
    team: null,
    verify_key: world.signer.publicKeyHex,
  };
}
