/** DiscordGateway: one object per application of Discord's, which keeps the socket of its Gateway. A thin shell. */
import { DurableObject } from "cloudflare:workers";
import type { GatewayStatus } from "../../protocol/gateway.ts";
import { migrate } from "../lib/migrate.ts";
import { applicationOf } from "./identity.ts";
import { LiveGateway } from "./live-gateway.ts";
import { MIGRATIONS } from "./schema.ts";

export class DiscordGateway extends DurableObject<Env> {
  readonly #gateway: LiveGateway;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, MIGRATIONS);
    this.#gateway = new LiveGateway(ctx, env, applicationOf(ctx));
  }

  /** Connects if that is wanted and nobody does, ends the connection if it is not, and sets an alarm that is missing. */
  async watch(): Promise<void> {
    await this.#gateway.wake();
  }

  /** Ends the connection and the session. The next `watch` begins anew if the settings still want one. */
  stop(): void {
    this.#gateway.stop();
  }

  status(): GatewayStatus {
    return this.#gateway.status();
  }

  override async alarm(): Promise<void> {
    await this.#gateway.wake();
  }
}
