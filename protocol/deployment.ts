/** The names by which the CDK stack, the deploy command and the Worker know the parts of a deployment. */

/** What a deployment is called when nobody names it: its stack, its Worker, the beginning of the names of its parts. */
export const DEPLOYMENT_NAME_DEFAULT = "agent-claw";

/** A Worker's name and a CloudFormation stack's at once, short enough for what is made of it. */
export const DEPLOYMENT_NAME = /^(?=.{2,30}$)[a-z](?:-?[a-z0-9])+$/;

/** What the stack tells the deploy command. */
export const STACK_OUTPUTS = [
  "RuntimeArn",
  /** The newest version: each change of the runtime makes one. */
  "RuntimeVersion",
  /** The version that the endpoint leads new sessions to. */
  "LiveVersion",
  "EndpointName",
  "TableName",
  "BucketName",
  "MemoryId",
  "BrowserId",
  "DataRoleArn",
  "RelayUserName",
  "SecretArn",
] as const;

export type StackOutput = (typeof STACK_OUTPUTS)[number];

/** The parameter of the stack that pins the endpoint to an earlier version; empty: the newest. */
export const PINNED_VERSION_PARAMETER = "PinnedVersion";

/** The one endpoint of the runtime. */
export const ENDPOINT_NAME = "live";

/** What the one secret holds, as a JSON object of strings: the keys of models and tools. */
export const SECRET_VARIABLES = ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "BRAVE_API_KEY", "ELEVENLABS_API_KEY"] as const;

/** The tags of a session of the data role; its policy compares them with where the data is. */
export const SESSION_TAGS = ["agent", "space"] as const;

/** How long a session of the data role lasts: one turn's bound, and as much again in which it can be handed out. */
export const DATA_SESSION_SECONDS = 7_200;
