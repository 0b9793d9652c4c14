/** What AWS calls the resources of a template once they are there: names, ids and ARNs, made of their logical ids. Pure. */

export type Resource = {
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
};

/** Where the template is deployed, as far as its names depend on it. */
export type Place = {
  readonly account: string;
  readonly region: string;
  readonly stackName: string;
  /** Names of the test's own choice, by the type of the resource. */
  readonly names?: Readonly<Record<string, string>>;
};

/** What `Ref` gives, and the attributes of each type, made of its name. */
type Naming = {
  readonly ref: (name: string, place: Place) => string;
  readonly attributes: Readonly<Record<string, (name: string, place: Place) => string>>;
};

const itself = (name: string): string => name;
const regional =
  (service: string, kind: string) =>
  (name: string, { region, account }: Place) =>
    `arn:aws:${service}:${region}:${account}:${kind}${name}`;
const iam =
  (kind: string) =>
  (name: string, { account }: Place) =>
    `arn:aws:iam::${account}:${kind}/${name}`;
const agentCore = (kind: string) => regional("bedrock-agentcore", `${kind}/`);

const TABLE: Naming = { ref: itself, attributes: { Arn: regional("dynamodb", "table/") } };

const TYPES: ReadonlyMap<string, Naming> = new Map<string, Naming>([
  ["AWS::S3::Bucket", { ref: itself, attributes: { Arn: (name) => `arn:aws:s3:::${name}` } }],
  ["AWS::S3::BucketPolicy", { ref: itself, attributes: {} }],
  ["AWS::DynamoDB::GlobalTable", TABLE],
  ["AWS::DynamoDB::Table", TABLE],
  ["AWS::IAM::Role", { ref: itself, attributes: { Arn: iam("role") } }],
  ["AWS::IAM::User", { ref: itself, attributes: { Arn: iam("user") } }],
  ["AWS::IAM::Policy", { ref: itself, attributes: {} }],
  ["AWS::Logs::LogGroup", { ref: itself, attributes: {} }],
  ["AWS::SecretsManager::Secret", { ref: regional("secretsmanager", "secret:"), attributes: {} }],
  [
    "AWS::BedrockAgentCore::Runtime",
    {
      ref: itself,
      attributes: {
        AgentRuntimeArn: agentCore("runtime"),
        AgentRuntimeId: itself,
        AgentRuntimeVersion: () => "1",
      },
    },
  ],
  ["AWS::BedrockAgentCore::RuntimeEndpoint", { ref: itself, attributes: { LiveVersion: () => "1" } }],
  ["AWS::BedrockAgentCore::Memory", { ref: itself, attributes: { MemoryArn: agentCore("memory"), MemoryId: itself } }],
  [
    "AWS::BedrockAgentCore::BrowserCustom",
    { ref: itself, attributes: { BrowserArn: agentCore("browser-custom"), BrowserId: itself } },
  ],
]);

/** What `Ref` gives. Throws for a type that is not known. */
export function nameOf(resource: Resource, place: Place): string {
  return namingOf(resource).ref(physicalName(resource, place), place);
}

/** What `Fn::GetAtt` gives. Throws for an attribute that is not known. */
export function attributeOf(resource: Resource, attribute: string, place: Place): string {
  const read = namingOf(resource).attributes[attribute];
  if (read === undefined) throw new Error(`an attribute that is not known: ${resource.type} ${attribute}`);
  return read(physicalName(resource, place), place);
}

function namingOf({ type }: Resource): Naming {
  const naming = TYPES.get(type);
  if (naming === undefined) throw new Error(`a type that is not known: ${type}`);
  return naming;
}

function physicalName({ id, type }: Resource, { names, stackName }: Place): string {
  return names?.[type] ?? `${stackName}-${id}`.toLowerCase();
}
