/** Channels: opening a direct one, looking at one, typing in it, opening a thread. */
import { refusal } from "../failure.ts";
import { textOf } from "../json.ts";
import { CHANNEL_TYPE, placeToWire } from "../place.ts";
import { openDirect, openThread } from "../opening.ts";
import type { Route } from "../route.ts";

/** The channels whose messages can get threads. */
const THREADED: ReadonlySet<number> = new Set([CHANNEL_TYPE.text, CHANNEL_TYPE.announcement]);

export const CHANNEL_ROUTES: readonly Route[] = [
  {
    method: "POST",
    template: "/users/@me/channels",
    run: ({ body }, world) => {
      const user = world.people.get(textOf(body.json["recipient_id"]));
      if (!user || user.id === world.me.id) throw refusal("invalidRecipient");
      return { status: 200, json: placeToWire(openDirect(world, user)) };
    },
  },
  {
    method: "GET",
    template: "/channels/{channel_id}",
    run: ({ params }, world) => ({ status: 200, json: placeToWire(world.places.reach(params["channel_id"])) }),
  },
  {
    method: "POST",
    template: "/channels/{channel_id}/typing",
    run: ({ params }, world) => {
      world.places.type(world.places.reach(params["channel_id"], "SEND_MESSAGES"));
      return { status: 204 };
    },
  },
  {
    method: "POST",
    template: "/channels/{channel_id}/messages/{message_id}/threads",
    run: ({ params, body }, world) => {
      const parent = world.places.reach(params["channel_id"], "CREATE_PUBLIC_THREADS");
      if (!THREADED.has(parent.type)) throw refusal("wrongChannelType");
      const message = world.places.message(parent, params["message_id"]);
      if (!message || message.ephemeralFor !== null) throw refusal("unknownMessage");
      if (world.places.find(message.id)) throw refusal("threadExists");
      const thread = openThread(world, parent, message.id, textOf(body.json["name"]), world.me);
      return { status: 201, json: placeToWire(thread) };
    },
  },
];
