import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { filterBlock } from "../../../agent-container/src/output/block-filter.ts";
import { OUTPUT_BOUNDS } from "../../../agent-container/src/output/bounds.ts";
import { EndsFilter } from "../../../agent-container/src/output/ends-filter.ts";
import {
  heartbeatAlert,
  isOnlySign,
  isSignWord,
  maybeOnlySign,
  maybeSignWord,
  withoutSigns,
} from "../../../agent-container/src/output/silence.ts";

const sign = fc.constantFrom("NO_REPLY", "HEARTBEAT_OK", "NO\\_REPLY");
const around = fc.array(fc.constantFrom("*", "_", "`", '"', "“", "(", ")", ".", " ", "\n", "~", "<b>", "</b>"), {
  maxLength: 8,
});
const text = fc.string({
  unit: fc.constantFrom("NO_REPLY", "HEARTBEAT_OK", "a", "N", "*", " ", "\n", ".", "\u200b", "-", "。"),
  maxLength: 12,
});

describe("a sign for silence", () => {
  it("is one in any case, and with emphasis, code, quotes, tags or a full stop around it", () => {
    fc.assert(
      fc.property(around, sign, around, fc.boolean(), (before, said, behind, isLower) => {
        const written = [...before, isLower ? said.toLowerCase() : said, ...behind].join("");
        expect(isOnlySign(written)).toBe(true);
        expect(filterBlock(written)).toBe("");
        // From its first character on it is not shown.
        const growing = written.trimStart();
        for (let end = 0; end <= growing.length; end++) expect(maybeOnlySign(growing.slice(0, end))).toBe(true);
      }),
    );
    const others = [
      "NO_REPLY。",
      "「NO_REPLY」",
      "NO_REPLY\u200b",
      "NO_REPLY?",
      "- NO_REPLY",
      "# NO_REPLY",
      "NO_REPLY\n---",
    ];
    for (const written of ["```\nNO_REPLY\n```", ...others])
      expect([written, isOnlySign(written), filterBlock(written)]).toEqual([written, true, ""]);
  });

  it("is none with other words beside it, in other words, or without any", () => {
    for (const other of ["NO_REPLY needed", "NO REPLY", "NO_REPLYING", "reply", "", "**", "No.", "NO_"])
      expect([other, isOnlySign(other)]).toEqual([other, false]);
    expect(maybeOnlySign("N".padStart(OUTPUT_BOUNDS.signMax + 1, "*"))).toBe(false);
  });

  it("leaves nothing of a text that nobody could see", () => {
    for (const unseen of ["\u200b", "\ufeff\u2060 \n", "NO_REPLY \u200b"]) expect(filterBlock(unseen)).toBe("");
    expect(filterBlock("\u200b👩\u200d💻 e\u200bs\u200b")).toBe("👩\u200d💻 e\u200bs");
  });

  it("is taken off the ends of longer words, where it stands by itself, and left in the middle", () => {
    expect(withoutSigns("Done. NO_REPLY")).toBe("Done.");
    expect(withoutSigns("**HEARTBEAT_OK**\n\nAll is well.\n\n_NO_REPLY_.")).toBe("All is well.");
    for (const kept of [
      "The NO_REPLY sign.",
      "no_reply@example.org",
      "It says `NO_REPLY`",
      'It says "NO_REPLY"',
      "Say no_reply",
    ])
      expect(withoutSigns(kept)).toBe(kept);
  });

  it("is held back while it grows: what is shown is never more than what is left in the end", () => {
    fc.assert(
      fc.property(text, (written) => {
        const filter = new EndsFilter();
        let screen = "";
        for (const char of written) {
          screen += filter.append(char);
          expect(withoutSigns(screen)).toBe(screen);
        }
        screen += filter.end();
        expect(screen).toBe(withoutSigns(written));
        expect(filter.isSilent).toBe(screen === "" && /NO_REPLY|HEARTBEAT_OK/.test(written));
      }),
    );
  });

  it("can become of each beginning of a word that is one", () => {
    for (const word of ["NO_REPLY", "**NO_REPLY.**", "<b>HEARTBEAT_OK</b>.", "_NO\\_REPLY_"]) {
      expect(isSignWord(word)).toBe(true);
      for (let end = 0; end <= word.length; end++) expect(maybeSignWord(word.slice(0, end))).toBe(true);
    }
    for (const word of ["no_reply", "NO_REPLYx", '"NO_REPLY"']) expect(maybeSignWord(word)).toBe(false);
  });
});

describe("the answer to a heartbeat", () => {
  const { heartbeatRestMax } = OUTPUT_BOUNDS;

  it("is worth no message with the sign and at most a short remark", () => {
    for (const nothing of ["HEARTBEAT_OK", "no_reply", "**HEARTBEAT_OK**", "", "  "])
      expect([nothing, heartbeatAlert(nothing)]).toEqual([nothing, null]);
    expect(heartbeatAlert(`HEARTBEAT_OK ${"x".repeat(heartbeatRestMax)}`)).toBeNull();
    expect(heartbeatAlert(`${"x".repeat(heartbeatRestMax)}\nHEARTBEAT_OK`)).toBeNull();
  });

  it("is told without the sign when it is longer, and as it is when there is none at its ends", () => {
    const long = "x".repeat(heartbeatRestMax + 1);
    expect(heartbeatAlert(`HEARTBEAT_OK\n\n${long}`)).toBe(long);
    expect(heartbeatAlert("The backup failed.")).toBe("The backup failed.");
    expect(heartbeatAlert("The backup failed. NO_REPLY")).toBe("The backup failed.");
    expect(heartbeatAlert("No HEARTBEAT_OK today: the backup failed.")).toMatch(/^No HEARTBEAT_OK today/);
  });
});
