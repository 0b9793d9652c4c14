/** `claw status`: what the assistant is doing, and whether anything is stuck. */
import { describe } from "../table.ts";
import { askAndPrint } from "./ask.ts";
import type { Verb } from "./verb.ts";

export const statusVerb: Verb = {
  name: "status",
  summary: "channels, turns and deliveries at a glance",
  run: (options) => askAndPrint("status", "/admin/api/status", options, describe),
};
