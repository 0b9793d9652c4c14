/** Where each secret may be after a run. docs/security.md shows the same table to people. */

const SETTINGS = ["environment of `npm start`", "environment of workerd"] as const;

export const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "Telegram bot token": ["address of a call to Telegram", ...SETTINGS],
  "Telegram webhook secret": ["headers of a call to the edge", ...SETTINGS],
  "Discord bot token": ["headers of a call to Discord", ...SETTINGS],
  "admin token": ["headers of a call to the edge", "`run.json`", ...SETTINGS],
  "token of the hooks": ["headers of a call to the edge", ...SETTINGS],
  "token for webhooks of jobs": ["headers of a call to the webhook of a job", ...SETTINGS],
  "key of Anthropic": [
    "body of a call to AgentCore",
    "headers of a call to the model's provider",
    "answer of the model's provider",
    ...SETTINGS,
  ],
  "key of OpenAI": [
    "body of a call to AgentCore",
    "headers of a call to the model's provider",
    "answer of the model's provider",
    ...SETTINGS,
  ],
  "AWS secret key of the edge": SETTINGS,
  "what `npm start` makes": ["`secrets.json`"],
  "token of an interaction": ["body of a call to the edge", "address of a call to Discord", "`durable-objects/`"],
  "secret of a session": ["answer of STS", "body of a call to AgentCore"],
  "token of a session": [
    "answer of STS",
    "body of a call to AgentCore",
    "headers of a call to S3",
    "address of a call to S3",
  ],
  "edge token of a turn": ["body of a call to AgentCore", "headers of a call to the edge"],
  "token of an agent's runtime": ["headers of a call to the agent"],
  "pairing code": ["body of a call to Telegram", "answer of Telegram", "`durable-objects/`"],
  "link code": ["body of a call to Telegram", "answer of Telegram", "`durable-objects/`"],
};

/** Where it was looked: each of these must have been there to be looked at. */
export const SEARCHED = [
  "log",
  "output of claw and chat",
  "bundles",
  "arguments of processes",
  "environment of `npm start`",
  "environment of workerd",
  "environment of an agent",
  "`agent/`",
  "`durable-objects/`",
  "`s3/`",
  "`run.json`",
  ...[
    "Telegram",
    "Discord",
    "the model's provider",
    "the webhook of a job",
    "the edge",
    "AgentCore",
    "STS",
    "S3",
  ].flatMap((party) => [
    `address of a call to ${party}`,
    `headers of a call to ${party}`,
    `body of a call to ${party}`,
    `answer of ${party}`,
  ]),
] as const;
