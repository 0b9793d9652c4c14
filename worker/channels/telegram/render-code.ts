/** A code block as both of Telegram's renderings mark it. Pure. */
import type { ShownCode } from "../text/code.ts";
import { escapeText } from "./html.ts";

/** The block without its title; empty for empty code. */
export function codeBlock({ code, language }: ShownCode): string {
  if (code === "") return "";
  const text = escapeText(code);
  return language === "" ? `<pre>${text}</pre>` : `<pre><code class="language-${language}">${text}</code></pre>`;
}
