/** Names of what the laptop's AWS holds. The account id is the one that AWS uses in its documentation. */
export const LOCAL_AWS = {
  region: "us-east-1",
  accountId: "111122223333",
  bucket: "agent-claw-local",
  dataRoleArn: "arn:aws:iam::111122223333:role/agent-claw-data",
} as const;
