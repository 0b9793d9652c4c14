/** Reads a configuration document from a file, or from standard input. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { errorText } from "../local/log.ts";
import { err, ok, type Result } from "../protocol/result.ts";
import { EXIT } from "./exit-code.ts";
import type { AskFailure } from "./admin-api.ts";

/** `-` is standard input. Never throws. */
export async function readDocument(path: string): Promise<Result<unknown, AskFailure>> {
  const name = path === "-" ? "standard input" : path;
  // npm runs in this folder, but a name is meant where it was typed.
  const absolute = resolve(process.env["INIT_CWD"] ?? process.cwd(), path);
  let content: string;
  try {
    content = path === "-" ? await text(process.stdin) : readFileSync(absolute, "utf8");
  } catch (error) {
    return err({ exit: EXIT.unusable, message: `${name} cannot be read: ${errorText(error)}` });
  }
  try {
    const document: unknown = JSON.parse(content);
    return ok(document);
  } catch (error) {
    return err({ exit: EXIT.failed, message: `${name} is not JSON: ${errorText(error)}` });
  }
}
