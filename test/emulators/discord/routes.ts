/** The routes of Discord's API that are emulated; those with a fixed last part before those with a name there. */
import type { Route } from "./route.ts";
import { APPLICATION_ROUTES } from "./routes/application.ts";
import { CHANNEL_ROUTES } from "./routes/channels.ts";
import { COMMAND_ROUTES } from "./routes/commands.ts";
import { FILE_ROUTES } from "./routes/files.ts";
import { MESSAGE_ROUTES } from "./routes/messages.ts";
import { REACTION_ROUTES } from "./routes/reactions.ts";
import { WEBHOOK_ROUTES } from "./routes/webhooks.ts";

export const ROUTES: readonly Route[] = [
  ...APPLICATION_ROUTES,
  ...COMMAND_ROUTES,
  ...CHANNEL_ROUTES,
  ...MESSAGE_ROUTES,
  ...REACTION_ROUTES,
  ...WEBHOOK_ROUTES,
  ...FILE_ROUTES,
];
