/** What a session remembers of how it is to behave, and where it came from or went. Pure. */
import type {
  Activation,
  Behaviour,
  QueueMode,
  SessionPolicy,
  ThinkingLevel,
  UsageFooter,
} from "../../protocol/access.ts";
import { modelChoices } from "../../protocol/model-choices.ts";
import type { ConversationKey, SessionKey } from "../../protocol/session-key.ts";

/** Null where nobody has set anything here: then the configuration counts. */
export type SessionSettings = {
  readonly activation: Activation | null;
  /** `provider/model`. */
  readonly model: string | null;
  readonly thinking: ThinkingLevel | null;
  readonly usage: UsageFooter | null;
  readonly queue: QueueMode | null;
  /** What a group that came from another id remembers; null: its own. */
  readonly conversation: ConversationKey | null;
  /** The ids that the chat had before; a list that lets one of them in lets the chat in. */
  readonly formerChats: readonly string[];
  /** The chat goes on there. */
  readonly movedTo: SessionKey | null;
};

/** What people have set in a session: it goes along when the chat gets another id. */
export type OwnSettings = Pick<SessionSettings, "activation" | "model" | "thinking" | "usage" | "queue">;

/** Of all settings, those that people have made. */
export function ownSettings({ activation, model, thinking, usage, queue }: SessionSettings): OwnSettings {
  return { activation, model, thinking, usage, queue };
}

export const DEFAULT_SETTINGS: SessionSettings = {
  activation: null,
  model: null,
  thinking: null,
  usage: null,
  queue: null,
  conversation: null,
  formerChats: [],
  movedTo: null,
};

/**
 * How the agent behaves in a session: as the configuration says, but for what was set there. Who has picked a model
 * wants that one, and to hear when it fails: it has no fallbacks.
 */
export function behaviourIn(settings: SessionSettings, policy: Pick<SessionPolicy, "access" | "behaviour">): Behaviour {
  const { behaviour } = policy;
  const model = pickedModel(settings, policy);
  return {
    ...behaviour,
    ...(model !== null && { model, fallbacks: [] }),
    thinking: settings.thinking ?? behaviour.thinking,
    usage: settings.usage ?? behaviour.usage,
    queue: settings.queue ?? behaviour.queue,
  };
}

/** The model that was picked in a session; null: none, or a guest's pick that is not on the list any more. */
export function pickedModel(
  { model }: Pick<SessionSettings, "model">,
  { access, behaviour }: Pick<SessionPolicy, "access" | "behaviour">,
): string | null {
  const isGuests = access.kind === "admitted" && access.role === "person";
  return model !== null && isGuests && !modelChoices(behaviour).includes(model) ? null : model;
}
