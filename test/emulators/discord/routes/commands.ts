/** The commands of the application, everywhere and in one guild. */
import { refusal } from "../failure.ts";
import { isObject } from "../json.ts";
import type { Call, Route } from "../route.ts";
import type { World } from "../world.ts";

const GLOBAL = "/applications/{application_id}/commands";
const IN_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands";

export const COMMAND_ROUTES: readonly Route[] = [GLOBAL, IN_GUILD].flatMap((template): Route[] => [
  {
    method: "GET",
    template,
    run: (call, world) => ({ status: 200, json: world.commands.list(scopeOf(call, world)) }),
  },
  {
    method: "PUT",
    template,
    run: (call, world) => {
      const { list = [] } = call.body;
      return { status: 200, json: world.commands.overwrite(scopeOf(call, world), list.filter(isObject)) };
    },
  },
]);

/** The guild that is named, or null for everywhere. */
function scopeOf({ params }: Call, world: World): string | null {
  const { application_id: applicationId, guild_id: guildId } = params;
  if (applicationId !== world.applicationId) throw refusal("unknownApplication");
  if (guildId === undefined) return null;
  if (!world.places.isInGuild(guildId)) throw refusal("missingAccess");
  return guildId;
}
