/** `offer_choices`: puts buttons under the answer. Whoever presses one sends its value as a message. */
import { OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import type { AnswerButton } from "../../../protocol/turn-event.ts";
import type { AnswerParts } from "../agent/answer-parts.ts";
import { filterBlock } from "../output/block-filter.ts";
import { cleanLine } from "../output/labels.ts";
import { type AgentTool, type Static, ToolRefusal, Type } from "../agent/tool.ts";

export const OFFER_CHOICES = "offer_choices";

const { buttonsMax, buttonLabelMax, buttonValueMax } = OUTBOUND_BOUNDS;

/** Buttons beside each other. Telegram shows eight at most. */
const COLUMNS_MAX = 8;
/** Characters of the longest label up to which so many stand beside each other on a phone. */
const ROOMY: readonly (readonly [number, number])[] = [
  [8, 4],
  [12, 3],
  [20, 2],
];

const parameters = Type.Object({
  choices: Type.Array(
    Type.Object({
      label: Type.String({ description: `What the button says, at most ${String(buttonLabelMax)} characters.` }),
      value: Type.Optional(
        Type.String({ description: `What pressing it sends to you; the label if left out. Shown to nobody.` }),
      ),
    }),
    { minItems: 1, maxItems: buttonsMax },
  ),
  columns: Type.Optional(
    Type.Integer({ minimum: 1, maximum: COLUMNS_MAX, description: "Buttons beside each other; usually left out." }),
  ),
});

type Choices = Static<typeof parameters>;

/**
 * Makes the tool for one turn; `parts` are those of the answer so far. `refuseHidden` says why a press may not say other
 * words than the button shows.
 */
export function createOfferChoicesTool(
  parts: Pick<AnswerParts, "add">,
  refuseHidden: () => Promise<string | null>,
): AgentTool<typeof parameters> {
  return {
    name: OFFER_CHOICES,
    description:
      "Puts buttons under your answer; pressing one sends you its value as the person's next message. Use it when you " +
      "ask a question that has a few short answers. Ask the question in your answer. A second call replaces the first.",
    parameters,
    execute: async (offer) => {
      const rows = rowsOf(offer);
      const why = rows.flat().some(({ label, value }) => label !== value) ? await refuseHidden() : null;
      if (why !== null) throw new ToolRefusal(why);
      const part = { kind: "buttons", rows } as const;
      parts.add(part);
      return { text: `Your answer has ${String(offer.choices.length)} buttons.`, part };
    },
  };
}

/** The buttons in their rows. Throws `ToolRefusal` for what cannot be a button. Pure. */
export function rowsOf({ choices, columns }: Choices): readonly (readonly AnswerButton[])[] {
  const buttons = choices.map(buttonOf);
  if (new Set(buttons.map(({ label }) => label)).size < buttons.length) {
    throw new ToolRefusal("Two choices have the same label. Give each a label of its own.");
  }
  const longest = Math.max(...buttons.map(({ label }) => label.length));
  const width = columns ?? ROOMY.find(([charsMax]) => longest <= charsMax)?.[1] ?? 1;
  return Array.from({ length: Math.ceil(buttons.length / width) }, (_, row) =>
    buttons.slice(row * width, (row + 1) * width),
  );
}

function buttonOf({ label, value }: Choices["choices"][number]): AnswerButton {
  const shown = cleanLine(label.toWellFormed());
  const said = value === undefined ? shown : filterBlock(value.toWellFormed());
  if (shown === "" || said === "") throw new ToolRefusal("A choice needs a label, and its value cannot be empty.");
  if (shown.length > buttonLabelMax) {
    throw new ToolRefusal(`A label is longer than ${String(buttonLabelMax)} characters. Say it shorter.`);
  }
  if (said.length > buttonValueMax) {
    throw new ToolRefusal(`A value is longer than ${String(buttonValueMax)} characters. Say it shorter.`);
  }
  return { label: shown, value: said };
}
