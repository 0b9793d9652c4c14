/** The bot's own reactions. */
import { refusal } from "../failure.ts";
import { may } from "../place.ts";
import { react } from "../posting.ts";
import type { Call, Route } from "../route.ts";
import type { World } from "../world.ts";

const OWN = "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me";
const REACTIONS_MAX = 20;
/** One emoji of Unicode as people pick it; emojis of guilds are not emulated. */
const EMOJI = /^\p{RGI_Emoji}$/v;

export const REACTION_ROUTES: readonly Route[] = [
  {
    method: "PUT",
    template: OWN,
    run: (call, world) => {
      const { message, emoji } = read(call, world);
      const { reactions } = message;
      if (!reactions.has(emoji) && reactions.size >= REACTIONS_MAX) throw refusal("tooManyReactions");
      if (!reactions.has(emoji) && !may(world.places.get(message.channelId), "ADD_REACTIONS")) {
        throw refusal("missingPermissions");
      }
      react(world, message, world.me, emoji, true);
      return { status: 204 };
    },
  },
  {
    method: "DELETE",
    template: OWN,
    run: (call, world) => {
      const { message, emoji } = read(call, world);
      react(world, message, world.me, emoji, false);
      return { status: 204 };
    },
  },
];

function read({ params }: Call, world: World) {
  const place = world.places.reach(params["channel_id"], "READ_MESSAGE_HISTORY");
  const message = world.places.message(place, params["message_id"]);
  if (!message || message.ephemeralFor !== null) throw refusal("unknownMessage");
  const { emoji_name: emoji = "" } = params;
  if (!EMOJI.test(emoji)) throw refusal("unknownEmoji");
  return { message, emoji };
}
