/** Faults that are ordered of AWS, the model or the platform before anybody writes, and strike when they are called. */
import type { OrderedFault } from "./cells.ts";
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
    case "webhook_cut":
      return rig.telegram.cutNextPosts(chats.length);
  }
}

/** How many of the orders have struck nobody. */
export async function unspent(rig: Rig, { kind }: OrderedFault): Promise<number> {
  switch (kind) {
    case "aws":
      return rig.standIn.faultsLeft();
    case "model":
      return rig.model.faultsLeft;
    case "platform":
    case "webhook_cut":
      return rig.telegram.faultsLeft;
    case "preview_deleted":
      return rig.moderator.left;
  }
}

/** Calls off what has struck nobody. */
export async function callOff(rig: Rig): Promise<void> {
  await rig.standIn.callOff();
  rig.model.heal();
  rig.telegram.heal();
  rig.moderator.callOff();
}
