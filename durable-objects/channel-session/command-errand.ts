/** What a command that reaches beyond the session is carried out with. */
import type { Language } from "../../protocol/access.ts";
import type { InboundId } from "../../protocol/ids.ts";
import type { agentDirectory } from "../../worker/objects.ts";
import type { SessionContext } from "./session-context.ts";
import { readSettings } from "./settings-rows.ts";

export type Errand = {
  readonly session: SessionContext;
  readonly directory: ReturnType<typeof agentDirectory>;
  /** The message that holds the command. */
  readonly id: InboundId;
  /** Of whoever gave it. */
  readonly sender: { readonly id: string; readonly name: string };
  readonly language: Language;
  readonly now: number;
};

/** Who may speak, or how the agent behaves, has changed: the next decision of this session is to know it. */
export async function relearnPolicy({ session, directory }: Errand): Promise<void> {
  const { formerChats } = readSettings(session.sql);
  session.learnPolicy(await directory.policyFor(session.key, [...formerChats]));
}
