/** Reads environment variables one by one and gathers everything that is wrong with them. */
import type { ConfigProblem } from "../protocol/errors.ts";

/** Any object with variables as properties; a Worker's `Env` is one. */
export type Variables = object;

/** Typed access to variables. A bad value becomes a problem and a harmless stand-in, so that all problems are found. */
export class VariableReader {
  readonly problems: ConfigProblem[] = [];
  readonly #variables: Variables;

  constructor(variables: Variables) {
    this.#variables = variables;
  }

  optional(name: string): string | null {
    const value: unknown = Reflect.get(this.#variables, name);
    if (value === undefined || value === null || value === "") return null;
    if (typeof value === "string") return value.trim() || null;
    this.reject(name, "must be a string");
    return null;
  }

  text(name: string, fallback: string): string {
    return this.optional(name) ?? fallback;
  }

  required(name: string, advice: string): string {
    const value = this.optional(name);
    if (value === null) this.reject(name, `is missing; ${advice}`);
    return value ?? "";
  }

  url(name: string, fallback: string): string {
    const value = this.text(name, fallback);
    const url = URL.parse(value);
    if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) this.reject(name, "must be an http(s) URL");
    return value.replace(/\/+$/, "");
  }

  choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const value = this.optional(name);
    if (value === null) return fallback;
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) this.reject(name, `must be one of ${choices.join(", ")}`);
    return choice ?? fallback;
  }

  list(name: string): readonly string[] {
    const entries = this.text(name, "").split(",");
    return entries.map((entry) => entry.trim()).filter((entry) => entry !== "");
  }

  reject(variable: string, problem: string): void {
    this.problems.push({ variable, problem });
  }
}
