/** What Discord refuses of commands that an application registers ("Application Command Structure"). */
import { formError } from "./failure.ts";
import { lengthOf, type Json, objectsOf, textOf } from "./json.ts";

const CHAT_INPUT = 1;
/** "Registering a Command": so many of each type; 1 are slash commands. */
const COUNT_MAX: Readonly<Record<number, number>> = { 1: 100, 2: 15, 3: 15 };
const NAME = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u;
const NAME_MAX = 32;
const DESCRIPTION_MAX = 100;
const OPTIONS_MAX = 25;
const CHOICES_MAX = 25;
const CHOICE_MAX = 100;
const WHOLE_MAX = 8_000;

/** Throws the first refusal. */
export function checkCommands(commands: readonly Json[]): void {
  const names = new Set<string>();
  const counts = new Map<number, number>();
  commands.forEach((command, index) => {
    const type = typeof command["type"] === "number" ? command["type"] : CHAT_INPUT;
    const key = `${type} ${textOf(command["name"])}`;
    if (names.has(key)) {
      throw formError(String(index), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique");
    }
    names.add(key);
    counts.set(type, (counts.get(type) ?? 0) + 1);
    if ((counts.get(type) ?? 0) > (COUNT_MAX[type] ?? 0)) {
      throw formError(
        String(index),
        "APPLICATION_COMMANDS_TOO_MANY",
        `At most ${COUNT_MAX[type] ?? 0} of type ${type}.`,
      );
    }
    checkCommand(command, type, String(index));
  });
}

function checkCommand(command: Json, type: number, at: string): void {
  const [name, description] = [textOf(command["name"]), textOf(command["description"])];
  if (type !== CHAT_INPUT) {
    if (name === "" || lengthOf(name) > NAME_MAX) throw invalidName(`${at}/name`);
    if (description !== "" || objectsOf(command["options"]).length > 0) {
      throw formError(`${at}/description`, "APPLICATION_COMMAND_DESCRIPTION_INVALID", "Only slash commands have one.");
    }
    return;
  }
  checkName(name, `${at}/name`);
  checkDescription(description, `${at}/description`);
  const options = objectsOf(command["options"]);
  if (options.length > OPTIONS_MAX) throw tooLong(`${at}/options`, OPTIONS_MAX);
  checkOptions(options, `${at}/options`);
  if (charactersOf(command) > WHOLE_MAX) {
    throw formError(at, "APPLICATION_COMMAND_TOO_LARGE", `Command exceeds maximum size (${WHOLE_MAX})`);
  }
}

function checkOptions(options: readonly Json[], at: string): void {
  const names = new Set<string>();
  let isOptional = false;
  options.forEach((option, index) => {
    const name = textOf(option["name"]);
    const here = `${at}/${index}`;
    checkName(name, `${here}/name`);
    checkDescription(textOf(option["description"]), `${here}/description`);
    if (names.has(name)) {
      throw formError(here, "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATED", "Option names must be unique");
    }
    names.add(name);
    const isRequired = option["required"] === true;
    if (isRequired && isOptional) {
      const why = "Required options must be placed before non-required options";
      throw formError(here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", why);
    }
    isOptional ||= !isRequired;
    checkChoices(option, `${here}/choices`);
  });
}

function checkChoices(option: Json, at: string): void {
  const choices = objectsOf(option["choices"]);
  if (choices.length > CHOICES_MAX) throw tooLong(at, CHOICES_MAX);
  if (choices.length > 0 && option["autocomplete"] === true) {
    throw formError(at, "APPLICATION_COMMAND_AUTOCOMPLETE_WITH_CHOICES", "Choices cannot be set with autocomplete");
  }
  const isWrong = ({ name, value }: Json) =>
    textOf(name) === "" || lengthOf(textOf(name)) > CHOICE_MAX || lengthOf(textOf(value)) > CHOICE_MAX;
  if (choices.some(isWrong)) throw tooLong(at, CHOICE_MAX);
}

/** Letters that have a lower case must have it. */
function checkName(name: string, at: string): void {
  if (!NAME.test(name) || name !== name.toLowerCase()) throw invalidName(at);
}

function checkDescription(description: string, at: string): void {
  const length = lengthOf(description);
  if (length === 0 || length > DESCRIPTION_MAX) {
    throw formError(at, "BASE_TYPE_BAD_LENGTH", `Must be between 1 and ${DESCRIPTION_MAX} in length.`);
  }
}

function invalidName(at: string): Error {
  return formError(at, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
}

function tooLong(at: string, most: number): Error {
  return formError(at, "BASE_TYPE_MAX_LENGTH", `Must be ${most} or fewer in length.`);
}

/** "A maximum of 8000 characters for combined name, description, and value properties". */
function charactersOf(command: Json): number {
  const own = [command["name"], command["description"], command["value"]].map((value) => lengthOf(textOf(value)));
  const inner = [...objectsOf(command["options"]), ...objectsOf(command["choices"])].map(charactersOf);
  return [...own, ...inner].reduce((sum, length) => sum + length, 0);
}
