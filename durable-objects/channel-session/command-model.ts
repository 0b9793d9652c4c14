/** `/model`: which models can be picked in a session, and which one somebody means. Pure. */
import type { Behaviour, Language, Role } from "../../protocol/access.ts";
import { CONFIG_BOUNDS } from "../../protocol/bounds.ts";
import { aliasesOf, modelChoices, modelOfAlias } from "../../protocol/model-choices.ts";
import { modelProblem } from "../../protocol/setting-checks.ts";
import { inlineCode, plainLabel } from "../../protocol/texts/inline-code.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import type { Providers } from "../../worker/model-keys.ts";
import { boundedList } from "./command-list.ts";
import type { Said } from "./command-said.ts";
import type { ButtonRows } from "./edge-button.ts";

export type ModelFacts = {
  /** As the configuration says. */
  readonly behaviour: Behaviour;
  /** What was picked in the session; null: nothing. */
  readonly own: string | null;
  /** Whose models there are keys for. */
  readonly keys: Providers;
  readonly role: Role;
};

export type ModelPick =
  | { readonly kind: "shown" | "default" }
  | { readonly kind: "picked"; readonly model: string }
  | { readonly kind: "unknown" | "no_key"; readonly name: string };

/** Models that have a button: what a person still looks through. */
const BUTTONS_MAX = 12;

/** What somebody means by what follows `/model`. Others than the owner pick from the list only. */
export function pickModel(pick: string, { behaviour, keys, role }: ModelFacts): ModelPick {
  if (pick === "" || pick === "list") return { kind: "shown" };
  if (pick.toLowerCase() === "default") return { kind: "default" };
  const listed = modelOfAlias(pick, behaviour) ?? findListed(pick, modelChoices(behaviour));
  if (listed !== null) return { kind: "picked", model: listed };
  const isModel = modelProblem(pick) === null && pick.length <= CONFIG_BOUNDS.textMax;
  if (role !== "owner" || !isModel) return { kind: "unknown", name: pick };
  return hasKey(pick, keys) ? { kind: "picked", model: pick } : { kind: "no_key", name: pick };
}

/** By number, by name, or by the part after the provider if that is one model's only. */
function findListed(pick: string, choices: readonly string[]): string | null {
  if (/^\d{1,4}$/u.test(pick)) return choices[Number(pick) - 1] ?? null;
  const wanted = pick.toLowerCase();
  const named = choices.find((choice) => choice.toLowerCase() === wanted);
  if (named !== undefined) return named;
  const short = choices.filter((choice) => choice.toLowerCase().endsWith(`/${wanted}`));
  return short.length === 1 ? (short[0] ?? null) : null;
}

function hasKey(model: string, keys: Providers): boolean {
  const provider = model.slice(0, model.indexOf("/"));
  switch (provider) {
    case "anthropic":
    case "openai":
      return keys[provider] !== undefined;
    case "bedrock":
    case "amazon-bedrock":
      return keys.bedrock !== undefined;
    default:
      return provider === "offline";
  }
}

/** The numbered list, with a button for each of the first ones if `mayPick`. */
export function renderModels({ behaviour, own, role }: ModelFacts, mayPick: boolean, language: Language): Said {
  const { models, more } = textsFor(language);
  const choices = modelChoices(behaviour);
  const current = own ?? behaviour.model;
  // One that the owner has named is in no list.
  const isListed = current === null || choices.includes(current);
  const marks = (model: string | null) => {
    const all = [
      ...(model === current ? [models.current] : []),
      ...(model === behaviour.model ? [models.nowDefault] : []),
    ];
    return all.length > 0 ? ` (${all.join("; ")})` : "";
  };
  const alias = (model: string) => aliasesOf(model, behaviour).map((name) => `${inlineCode(name)} = `);
  const lines = [
    ...choices.map((model, index) => `${index + 1}: ${alias(model).join("")}${inlineCode(model)}${marks(model)}`),
    ...(behaviour.model === null ? [`${models.byKeys}${marks(null)}`] : []),
    ...(isListed ? [] : [`${inlineCode(current)}${marks(current)}`]),
  ];
  const hints = mayPick ? [models.hint, ...(role === "owner" ? [models.hintForOwner] : [])] : [];
  const text = [models.header, boundedList(lines, more), ...(hints.length > 0 ? [hints.join(" ")] : [])].join("\n\n");
  return { text, buttons: mayPick ? modelButtons(choices, behaviour, models.defaultButton) : [] };
}

/** A button shows what there is room for: the short name, if there is one. */
function modelButtons(choices: readonly string[], behaviour: Behaviour, defaultLabel: string): ButtonRows {
  const rows = choices.slice(0, BUTTONS_MAX).map((model, index) => {
    const [alias] = aliasesOf(model, behaviour);
    return { label: alias === undefined ? model : `${alias} (${model})`, value: `/model ${index + 1}` };
  });
  return [...rows, { label: defaultLabel, value: "/model default" }].map(({ label, value }) => [
    { label: plainLabel(label, BUTTON_LABEL_MAX), value, isCommand: true },
  ]);
}

const BUTTON_LABEL_MAX = 60;
