/** What a `Delivery` needs besides its session, for one that shows no previews and sends no files. */
import type { DeliveryPorts } from "../../durable-objects/channel-session/delivery.ts";
import { Pace } from "../../durable-objects/channel-session/pace.ts";
import type { SessionContext } from "../../durable-objects/channel-session/session-context.ts";

export function deliveryPorts(session: SessionContext): DeliveryPorts {
  return {
    pace: new Pace(session),
    settled: () => Promise.resolve(),
    openBlob: () => Promise.reject(new Error("there are no files here")),
  };
}
