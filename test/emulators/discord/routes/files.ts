/** Fresh links to files whose links are over. */
import { textsOf } from "../json.ts";
import type { Route } from "../route.ts";

export const FILE_ROUTES: readonly Route[] = [
  {
    method: "POST",
    template: "/attachments/refresh-urls",
    run: ({ body }, world) => ({ status: 200, json: world.files.refresh(textsOf(body.json["attachment_urls"])) }),
  },
];
