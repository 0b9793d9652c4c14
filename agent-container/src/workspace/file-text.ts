/** The text of a file's bytes, or the refusal of a file that is not text. Pure. */
import type { Bytes } from "./s3-client.ts";
import type { WorkspacePath } from "./path.ts";
import { WorkspaceRefusal } from "./refusal.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Reads bytes as text; null when they are not UTF-8 or hold a NUL, as pictures and archives do. */
export function decodeText(content: Bytes): string | null {
  if (content.includes(0)) return null;
  try {
    return decoder.decode(content);
  } catch {
    return null;
  }
}

/** The bytes of a text; lone surrogates become U+FFFD. Throws `WorkspaceRefusal` for a NUL character. */
export function encodeText(path: WorkspacePath, text: string): Bytes {
  if (text.includes("\0"))
    throw new WorkspaceRefusal("workspace_not_text", `${path}: the text has a NUL character in it.`);
  return encoder.encode(text);
}
