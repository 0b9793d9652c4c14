/** A refusal in AWS's words, and its form on the wire: JSON for AgentCore and Secrets Manager, XML for S3 and STS. */

/** Thrown anywhere in a stand-in; the server turns it into the answer. `code` is AWS's own name for it. */
export class AwsError extends Error {
  override readonly name = "AwsError";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export type Service = "bedrock-agentcore" | "s3" | "sts" | "secretsmanager";
export type WireError = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

/** How a service writes an error. `requestId` is ours. */
export function formatError(service: Service, error: AwsError, requestId: string): WireError {
  switch (service) {
    case "bedrock-agentcore":
      return {
        headers: { "content-type": "application/json", "x-amzn-errortype": error.code, "x-amzn-requestid": requestId },
        body: JSON.stringify({ message: error.message }),
      };
    case "secretsmanager":
      return {
        headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": requestId },
        body: JSON.stringify({ __type: error.code, message: error.message }),
      };
    case "s3": {
      const fields = `<Code>${error.code}</Code><Message>${escapeXml(error.message)}</Message>`;
      return {
        headers: { "content-type": "application/xml", "x-amz-request-id": requestId },
        body: `${XML}<Error>${fields}<RequestId>${requestId}</RequestId></Error>`,
      };
    }
    case "sts": {
      const type = error.status < 500 ? "Sender" : "Receiver";
      const fields = `<Type>${type}</Type><Code>${error.code}</Code><Message>${escapeXml(error.message)}</Message>`;
      const open = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">`;
      return {
        headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
        body: `${open}<Error>${fields}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      };
    }
  }
}

/** The line that opens every XML answer. */
export const XML = `<?xml version="1.0" encoding="UTF-8"?>\n`;

/** Text as it may stand in an XML element. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"'\r]/g, (char) => `&#${char.charCodeAt(0)};`);
}
