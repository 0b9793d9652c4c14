/** A process of its own: commits under the fence it is given, 200 times or (fence 1) until stopped; prints its end. */
import { BACKGROUND_CONTEXT, value } from "@earendil-works/pi-agent-core";
import { raiseFence } from "../../../agent-container/src/stores/fence.ts";
import { openSession } from "./sqlite-session.ts";
import { openSpaceDatabase } from "../../../agent-container/src/stores/space-database.ts";
import { CONVERSATION } from "./invocations.ts";

const [path = "", fenceText] = process.argv.slice(2);
const fence = Number(fenceText);
const db = openSpaceDatabase(path);
const counter = value<number>("test", `writer-${String(fence)}`);
let committed = 0;
let error: string | null = null;
try {
  const session = await openSession({ db, path, conversation: CONVERSATION, epoch: fence, fence: () => fence });
  raiseFence(db, CONVERSATION, fence);
  // The older writer has no end of its own, so the two always meet.
  while (fence === 1 || committed < 200) {
    await session.setValue(counter, committed, BACKGROUND_CONTEXT);
    committed += 1;
  }
} catch (thrown) {
  error = thrown instanceof Error && "code" in thrown ? String(thrown.code) : String(thrown);
}
process.stdout.write(JSON.stringify({ committed, error }));
