/**
 * Checks bodies against Discord's OpenAPI document, or our own part of it. Stricter than Discord: fields that it does not
 * know are refused. Compiled at the first use of a route, since the whole document takes a second.
 */
import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { isObject, type Json } from "./json.ts";
import { OWN_SCHEMA } from "./own-schema.ts";

/** An OpenAPI 3.1 document, as far as it is used. */
export type Schema = {
  readonly paths: Readonly<Record<string, unknown>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
};

/** What is wrong with the body of a call of a route; empty when nothing is. */
export type BodyCheck = (method: string, template: string, body: unknown) => readonly string[];

const PROBLEMS_MAX = 5;

/** Reads a document. Throws when it is absent or not one. */
export function readSchema(path: string | URL): Schema {
  const document: Schema = JSON.parse(readFileSync(path, "utf8"));
  return document;
}

/** What was compiled of a document is good for every emulator of a process. */
const COMPILERS = new WeakMap<Schema, Compiler>();

/** The check by a document; for routes that it does not have, by our own. */
export function bodyCheck(schema: Schema = OWN_SCHEMA): BodyCheck {
  return (method, template, body) => {
    const validate = compilerOf(schema).forBody(method, template) ?? compilerOf(OWN_SCHEMA).forBody(method, template);
    if (!validate || validate(body)) return [];
    const problems = (validate.errors ?? []).map(({ instancePath, message = "", params }) => {
      const { additionalProperty: unknown } = params;
      return `${instancePath || "the body"} ${message}${typeof unknown === "string" ? `: ${unknown}` : ""}`;
    });
    return [...new Set(problems)].slice(0, PROBLEMS_MAX);
  };
}

function compilerOf(schema: Schema): Compiler {
  const compiler = COMPILERS.get(schema) ?? new Compiler(schema);
  COMPILERS.set(schema, compiler);
  return compiler;
}

class Compiler {
  readonly #schema: Schema;
  readonly #compiled = new Map<string, ValidateFunction | null>();
  #ajv: Ajv2020 | null = null;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** Null: the route takes no body, or the document does not have it. */
  forBody(method: string, template: string): ValidateFunction | null {
    const key = `${method} ${template}`;
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const body = bodySchema(this.#schema, method, template);
    const compiled = body && this.#engine().compile(absolute(body));
    this.#compiled.set(key, compiled);
    return compiled;
  }

  #engine(): Ajv2020 {
    if (this.#ajv) return this.#ajv;
    const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false, logger: false });
    const { schemas } = this.#schema.components;
    const closed = Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, close(schema)]));
    ajv.addSchema({ components: { schemas: closed } }, "discord");
    this.#ajv = ajv;
    return ajv;
  }
}

function bodySchema({ paths }: Schema, method: string, template: string): Json | null {
  let at: unknown = paths;
  for (const key of [template, method.toLowerCase(), "requestBody", "content", "application/json", "schema"]) {
    at = isObject(at) ? at[key] : null;
  }
  return isObject(at) ? at : null;
}

/** With references that lead into the document from outside. */
function absolute(schema: Json): Json {
  const rewritten: Json = JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"discord#/'));
  return close(rewritten);
}

/** An object that may have no other fields. */
function close<S>(schema: S): S {
  const isOpen = isObject(schema) && isObject(schema["properties"]) && schema["additionalProperties"] === undefined;
  return isOpen ? { ...schema, additionalProperties: false } : schema;
}
