/** How `play.ts` prints what the bot does. */
import type { RecordedCall, ShownMessage, TelegramEmulator } from "./index.ts";

const PARAMETERS_MAX = 200;
const EDITS: ReadonlySet<string> = new Set(["editMessageText", "editMessageReplyMarkup"]);

/** The lines for one call; none for its asking whether there is something new. */
export function describeCall(emulator: TelegramEmulator, call: RecordedCall): readonly string[] {
  const { method, params } = call;
  const chat = Number(params["chat_id"]);
  if (method === "getUpdates") return [];
  const answers = emulator.answers(chat);
  if (EDITS.has(method)) {
    const edited = answers.filter((message) => message.message_id === params["message_id"]);
    return written(emulator, `bot edits ${Number(params["message_id"])} in ${chat}`, call, edited);
  }
  if (/^send(?!ChatAction$|.*Draft$)/u.test(method)) {
    const count = Array.isArray(params["media"]) ? params["media"].length : 1;
    return written(emulator, `bot to ${chat}`, call, answers.slice(-count));
  }
  return [`     ${method} ${call.status} ${JSON.stringify(params).slice(0, PARAMETERS_MAX)}`];
}

/** What a message holds besides its text: its id, files and buttons. */
export function describeMessage(emulator: TelegramEmulator, message: ShownMessage): string {
  const files = emulator.filesOf(message).map((file) => `${file.kind} ${file.name} (${file.bytes} bytes)`);
  const buttons = message.reply_markup?.inline_keyboard.flat() ?? [];
  return [`     message ${message.message_id}`, ...files, ...buttons.map(({ text }) => `[${text}]`)].join(" ");
}

function written(
  emulator: TelegramEmulator,
  what: string,
  { status, description }: RecordedCall,
  messages: readonly ShownMessage[],
): readonly string[] {
  const head = `${what} (${status || "cut"}): `;
  // A call whose answer was cut off has been carried out.
  if (status !== 200 && status !== 0) return [`${head}not shown${description === undefined ? "" : `: ${description}`}`];
  return messages.flatMap((message) => {
    const text = message.text ?? message.plainText ?? message.caption ?? "";
    return [head + text, describeMessage(emulator, message)];
  });
}
