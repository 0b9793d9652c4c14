/**
 * What is shown of a code block. Models and people write text after the opening mark (a file's name, a command, a whole
 * sentence); what is not the name of a language there is text like any other. Pure.
 */
import type { Code } from "mdast";
import { isInvisible } from "../../../protocol/visible-text.ts";
import { type Formula, putBack } from "./formulas.ts";

export type ShownCode = {
  /** Stands above the block; may be empty. */
  readonly title: string;
  /** Empty when none is named. Apps show it. */
  readonly language: string;
  readonly code: string;
};

const LANGUAGE = /^[\w#+.-]{1,40}$/;

/** Tells the language from other text in the line that opens a block. A block without code shows that line instead. */
export function readCode({ lang, meta, value }: Code, formulas: readonly Formula[]): ShownCode {
  const code = putBack(value, formulas);
  const first = putBack(lang ?? "", formulas);
  const rest = putBack(meta ?? "", formulas);
  const info = `${first} ${rest}`.trim();
  if (isInvisible(info)) return { title: "", language: "", code };
  if (isInvisible(code)) return { title: "", language: "", code: info };
  return LANGUAGE.test(first) ? { title: rest, language: first, code } : { title: info, language: "", code };
}
