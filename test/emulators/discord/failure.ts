/** What the emulated Discord answers when it refuses a call: `{message, code, errors?}`. */
import type { Json } from "./json.ts";

/** "JSON Error Codes", with the status that comes with each. */
const REFUSALS = {
  notFound: [404, 0, "404: Not Found"],
  methodNotAllowed: [405, 0, "405: Method Not Allowed"],
  unauthorized: [401, 0, "401: Unauthorized"],
  unknownApplication: [404, 10_002, "Unknown Application"],
  unknownChannel: [404, 10_003, "Unknown Channel"],
  unknownMessage: [404, 10_008, "Unknown Message"],
  unknownEmoji: [400, 10_014, "Unknown Emoji"],
  unknownWebhook: [404, 10_015, "Unknown Webhook"],
  unknownInteraction: [404, 10_062, "Unknown interaction"],
  tooManyReactions: [400, 30_010, "Maximum number of reactions reached (20)"],
  tooManyCreates: [429, 30_034, "Maximum number of daily application command creates has been reached (200)"],
  tooLarge: [413, 40_005, "Request entity too large"],
  alreadyAcknowledged: [400, 40_060, "Interaction has already been acknowledged."],
  tooManyFollowUps: [400, 40_094, "This interaction has hit the maximum number of follow up messages"],
  missingAccess: [403, 50_001, "Missing Access"],
  notOurs: [403, 50_005, "Cannot edit a message authored by another user"],
  notOursToDelete: [403, 50_003, "Cannot execute action on a DM channel"],
  empty: [400, 50_006, "Cannot send an empty message"],
  cannotSendToUser: [403, 50_007, "Cannot send messages to this user"],
  missingPermissions: [403, 50_013, "Missing Permissions"],
  wrongChannelType: [400, 50_024, "Cannot execute action on this channel type"],
  invalidWebhookToken: [401, 50_027, "Invalid Webhook Token"],
  invalidRecipient: [400, 50_033, "Invalid Recipient(s)"],
  threadLocked: [400, 50_083, "Thread is archived"],
  invalidJson: [400, 50_109, "The request body contains invalid JSON."],
  voiceWithContent: [400, 50_159, "Voice messages do not support additional content."],
  voiceWithoutAudio: [400, 50_160, "Voice messages must have a single audio attachment."],
  voiceWithoutMetadata: [400, 50_161, "Voice messages must have supporting metadata."],
  voiceEdited: [400, 50_162, "Voice messages cannot be edited."],
  noVoiceMessages: [403, 50_173, "You cannot send voice messages in this channel."],
  replyWithoutHistory: [403, 160_002, "Cannot reply without permission to read message history"],
  threadExists: [400, 160_004, "A thread has already been created for this message"],
} as const satisfies Readonly<Record<string, readonly [number, number, string]>>;

/** Those that only a wrong client gets. */
const MISTAKES: ReadonlySet<string> = new Set([
  "empty",
  "invalidJson",
  "voiceEdited",
  "voiceWithContent",
  "voiceWithoutAudio",
  "voiceWithoutMetadata",
] satisfies (keyof typeof REFUSALS)[]);

export class DiscordFailure extends Error {
  readonly status: number;
  readonly code: number;
  readonly errors: Json | undefined;
  /** Whoever sent that was wrong, whatever the world is like. */
  readonly isMistake: boolean;

  constructor(status: number, code: number, message: string, { errors, isMistake = false }: Details = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.isMistake = isMistake;
  }

  /** The answer's body. */
  toBody(): Json {
    return { message: this.message, code: this.code, ...(this.errors && { errors: this.errors }) };
  }
}

type Details = { readonly errors?: Json; readonly isMistake?: boolean };

export function refusal(name: keyof typeof REFUSALS): DiscordFailure {
  const [status, code, message] = REFUSALS[name];
  return new DiscordFailure(status, code, message, { isMistake: MISTAKES.has(name) });
}

/** "Invalid Form Body": what is wrong with the field at `path`, such as `components/0/label`. */
export function formError(path: string, code: string, message: string): DiscordFailure {
  return new DiscordFailure(400, 50_035, "Invalid Form Body", {
    errors: errorsAt(path, code, message),
    isMistake: true,
  });
}

/** The same answer for a field that is well formed, and cannot be now. */
export function notNow(path: string, code: string, message: string): DiscordFailure {
  return new DiscordFailure(400, 50_035, "Invalid Form Body", { errors: errorsAt(path, code, message) });
}

function errorsAt(path: string, code: string, message: string): Json {
  const leaf: Json = { _errors: [{ code, message }] };
  return path.split("/").reduceRight<Json>((inner, key) => (key === "" ? inner : { [key]: inner }), leaf);
}
