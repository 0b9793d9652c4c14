/** Interactions that were sent to the bot, and what their tokens still allow. */
import { randomBytes } from "node:crypto";
import { DiscordFailure, refusal } from "./failure.ts";
import type { Json } from "./json.ts";
import type { User } from "./wire.ts";

export const INTERACTION_TYPE = { ping: 1, command: 2, component: 3, autocomplete: 4, modal: 5 } as const;
export type InteractionType = (typeof INTERACTION_TYPE)[keyof typeof INTERACTION_TYPE];

/** "Responding to an Interaction": 3 seconds for the first answer, then 15 minutes. */
export const ANSWER_MS = 3_000;
const TOKEN_MS = 900_000;

export type TicketParts = {
  readonly type: InteractionType;
  readonly person: User;
  readonly placeId: string;
  /** The bot is there itself, and not only in the account of the person. */
  readonly isInstalledHere: boolean;
  readonly command: string | null;
  /** The message whose button was pressed. */
  readonly messageId: string | null;
  readonly owners: Json;
};

export type Ticket = TicketParts & {
  readonly id: string;
  readonly token: string;
  /** Epoch ms. */
  readonly at: number;
  /** `dead`: nobody answered in time, or not as Discord wants it. */
  state: "waiting" | "acknowledged" | "dead";
  /** What `@original` names. */
  originalId: string | null;
  /** `@original` is a placeholder that waits for its content. */
  holdsPlace: boolean;
  /** What its token has written besides `@original`. */
  readonly followUps: string[];
  choices: readonly Json[] | null;
  modal: Json | null;
};

export class Interactions {
  readonly #now: () => number;
  readonly #nextId: () => string;
  readonly #byToken = new Map<string, Ticket>();

  constructor(now: () => number, nextId: () => string) {
    this.#now = now;
    this.#nextId = nextId;
  }

  open(parts: TicketParts): Ticket {
    const ticket: Ticket = {
      ...parts,
      id: this.#nextId(),
      token: randomBytes(32).toString("base64url"),
      at: this.#now(),
      state: "waiting",
      originalId: null,
      holdsPlace: false,
      followUps: [],
      choices: null,
      modal: null,
    };
    this.#byToken.set(ticket.token, ticket);
    return ticket;
  }

  /** The one to which a first answer is given. Throws Discord's refusal. */
  waiting(id: string | undefined, token: string | undefined): Ticket {
    const ticket = this.#byToken.get(token ?? "");
    if (!ticket || ticket.id !== id) throw refusal("unknownInteraction");
    if (ticket.state === "acknowledged") throw refusal("alreadyAcknowledged");
    if (this.isLate(ticket)) ticket.state = "dead";
    if (ticket.state === "dead") throw refusal("unknownInteraction");
    return ticket;
  }

  /** The one whose token a webhook call names. Throws Discord's refusal. */
  named(token: string | undefined, lateTokenCode: 10_015 | 10_062): Ticket {
    const ticket = this.#byToken.get(token ?? "");
    if (!ticket) throw refusal("unknownWebhook");
    if (this.#now() - ticket.at >= TOKEN_MS) throw refusal("invalidWebhookToken");
    if (ticket.state === "acknowledged") return ticket;
    const isLate = ticket.state === "dead" || this.isLate(ticket);
    if (isLate && lateTokenCode === 10_062) throw new DiscordFailure(404, 10_062, "Unknown interaction");
    throw refusal("unknownWebhook");
  }

  isLate({ at, state }: Ticket): boolean {
    return state === "waiting" && this.#now() - at > ANSWER_MS;
  }

  /** Whether the token of the interaction that made a message is over. */
  isOver(interactionId: string): boolean {
    const ticket = [...this.#byToken.values()].find(({ id }) => id === interactionId);
    return !ticket || this.#now() - ticket.at >= TOKEN_MS;
  }
}
