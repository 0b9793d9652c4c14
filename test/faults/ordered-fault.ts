/** Faults that are ordered of AWS, the model or the platform before anybody writes, and strike when they are called. */
import type { DiscordCallFault, OrderedFault } from "./cell.ts";
import { discordPlaceOf } from "./chats.ts";
import type { Rig } from "./rig.ts";

/** Orders the fault, once for each chat. */
export async function order(rig: Rig, fault: OrderedFault, chats: readonly number[]): Promise<void> {
  switch (fault.kind) {
    case "aws":
      return rig.standIn.order({
        count: chats.length,
        operation: fault.operation,
        ...(fault.operation === "invoke" && { invocation: "turn" }),
        fault: fault.fault,
      });
    case "model":
      for (const chat of chats) rig.model.fail(chat, fault.fault);
      return;
    case "platform":
      // A download names no chat.
      if (fault.fault.method === "file") return rig.telegram.fail({ ...fault.fault, times: chats.length });
      for (const chatId of chats) rig.telegram.fail({ method: "sendMessage", ...fault.fault, chatId });
      return;
    case "preview_deleted":
      return rig.moderator.deleteFirst(chats);
    case "webhook_cut": {
      const [first = 0] = chats;
      const platform = discordPlaceOf(first) === null ? rig.telegram : rig.discord.http;
      return platform.cutNextPosts(chats.length);
    }
  }
}

/** How many of the orders have struck nobody. */
export async function unspent(rig: Rig, { kind }: OrderedFault | DiscordCallFault): Promise<number> {
  switch (kind) {
    case "aws":
      return rig.standIn.faultsLeft();
    case "model":
      return rig.model.faultsLeft;
    case "platform":
      return rig.telegram.faultsLeft;
    case "webhook_cut":
      return rig.telegram.faultsLeft + rig.discord.http.faultsLeft;
    case "discord_call":
      return rig.discord.http.faultsLeft;
    case "preview_deleted":
      return rig.moderator.left;
  }
}

/** Calls off what has struck nobody. */
export async function callOff(rig: Rig): Promise<void> {
  await rig.standIn.callOff();
  rig.model.heal();
  rig.telegram.heal();
  rig.discord.http.heal();
  rig.moderator.callOff();
}
