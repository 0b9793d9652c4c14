/** The tables of the account in DynamoDB Local, each made of its own template when it is first asked. */
import { askDynamoDb } from "../dynamodb/table.ts";
import { listOf } from "./json.ts";
import { type AccountState, findResource } from "./state.ts";

export class Tables {
  readonly #state: AccountState;
  readonly #endpoint: string;
  readonly #made = new Map<string, Promise<void>>();

  constructor(state: AccountState, endpoint: string) {
    this.#state = state;
    this.#endpoint = endpoint;
  }

  /** Resolves when the tables that `body` names are there, if the account has them. Where they are asked. */
  async open(body: Buffer): Promise<string> {
    const names = [...body.toString("utf8").matchAll(/"TableName":"([^"]+)"/g)].map(([, name = ""]) => name);
    await Promise.all([...new Set(names)].map((name) => this.#make(name)));
    return this.#endpoint;
  }

  #make(name: string): Promise<void> {
    const known = this.#made.get(name) ?? this.#create(name);
    this.#made.set(name, known);
    return known;
  }

  async #create(name: string): Promise<void> {
    const found =
      findResource(this.#state, "AWS::DynamoDB::GlobalTable", name) ??
      findResource(this.#state, "AWS::DynamoDB::Table", name);
    if (!found) return;
    const { KeySchema, AttributeDefinitions } = found.properties;
    await askDynamoDb(this.#endpoint, "CreateTable", {
      TableName: name,
      KeySchema: listOf(KeySchema),
      AttributeDefinitions: listOf(AttributeDefinitions),
      BillingMode: "PAY_PER_REQUEST",
    });
  }
}
