/** `claw sessions`: the places where people write to the assistant. */
import * as v from "valibot";
import { describe } from "../table.ts";
import { askAndPrint } from "./ask.ts";
import type { Verb } from "./verb.ts";

const listed = v.object({ sessions: v.array(v.unknown()) });

export const sessionsVerb: Verb = {
  name: "sessions",
  summary: "the chats it knows, one line each",
  run: (options) =>
    askAndPrint("sessions", "/admin/api/sessions", options, (answer) => {
      const parsed = v.safeParse(listed, answer);
      return describe(parsed.success ? parsed.output.sessions : answer);
    }),
};
