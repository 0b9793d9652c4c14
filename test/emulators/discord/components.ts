/** Buttons below messages: what Discord refuses of them, and the numbers that it gives them. */
import { formError } from "./failure.ts";
import { lengthOf, type Json, objectsOf, textOf } from "./json.ts";

const COMPONENT_TYPE = { row: 1, button: 2 } as const;
const LINK_STYLE = 5;
/** "Legacy Message Component Behavior": five rows. That they have one to five buttons says the document. */
const ROWS_MAX = 5;
const LABEL_MAX = 80;
const CUSTOM_ID_MAX = 100;

export type ShownButton = {
  readonly label: string;
  /** Null: it is a link. */
  readonly customId: string | null;
  readonly isDisabled: boolean;
  /** The number of the component in its message. */
  readonly id: number;
};

/** The components with the numbers that Discord gives to those that have none. */
export function numbered(components: readonly Json[]): readonly Json[] {
  let last = 0;
  const number = (component: Json): Json => {
    last += 1;
    const id = typeof component["id"] === "number" ? component["id"] : last;
    const inner = component["components"];
    return { ...component, id, ...(Array.isArray(inner) && { components: objectsOf(inner).map(number) }) };
  };
  return components.map(number);
}

/** Throws what Discord refuses. */
export function checkComponents(components: readonly Json[]): void {
  const rows = components.filter(({ type }) => type === COMPONENT_TYPE.row);
  if (rows.length > ROWS_MAX) {
    throw formError("components", "BASE_TYPE_BAD_LENGTH", `Must be between 1 and ${ROWS_MAX} in length.`);
  }
  const known = new Set<string>();
  components.forEach((row, rowIndex) => {
    const inner = objectsOf(row["components"]);
    const at = `components/${rowIndex}/components`;
    inner.forEach((button, index) => {
      if (button["type"] === COMPONENT_TYPE.button) checkButton(button, `${at}/${index}`, known);
    });
  });
}

function checkButton(button: Json, at: string, known: Set<string>): void {
  const [label, customId] = [textOf(button["label"]), button["custom_id"]];
  if (label === "" && button["emoji"] === undefined) {
    throw formError(at, "BUTTON_COMPONENT_INVALID_LABEL", "A button must have a label or an emoji.");
  }
  if (lengthOf(label) > LABEL_MAX) {
    throw formError(`${at}/label`, "BASE_TYPE_MAX_LENGTH", `Must be ${LABEL_MAX} or fewer in length.`);
  }
  if (button["style"] === LINK_STYLE) {
    if (typeof button["url"] !== "string" || customId !== undefined) {
      throw formError(at, "BUTTON_COMPONENT_INVALID_URL", "A link button must have a url and no custom id.");
    }
    return;
  }
  if (typeof customId !== "string" || customId === "" || lengthOf(customId) > CUSTOM_ID_MAX) {
    const why = `Must be between 1 and ${CUSTOM_ID_MAX} in length.`;
    throw formError(`${at}/custom_id`, "BASE_TYPE_BAD_LENGTH", why);
  }
  if (known.has(customId)) {
    throw formError(`${at}/custom_id`, "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated");
  }
  known.add(customId);
}

/** The buttons that a person sees, in reading order. */
export function buttonsOf(components: readonly Json[]): readonly ShownButton[] {
  return components.flatMap((row) =>
    objectsOf(row["components"]).flatMap((button) => {
      if (button["type"] !== COMPONENT_TYPE.button) return [];
      const customId = typeof button["custom_id"] === "string" ? button["custom_id"] : null;
      const id = typeof button["id"] === "number" ? button["id"] : 0;
      return [{ label: textOf(button["label"]), customId, isDisabled: button["disabled"] === true, id }];
    }),
  );
}
