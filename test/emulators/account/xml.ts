/** The XML of AWS's query protocol: lists are `member` elements, absent values are left out. */
import { escapeXml, XML } from "../../../local/aws/aws-error.ts";

export type XmlValue =
  | string
  | number
  | boolean
  | undefined
  | readonly XmlValue[]
  | { readonly [name: string]: XmlValue };

/** Elements for the fields of `value`, in their order. */
function toXml(value: XmlValue): string {
  if (value === undefined) return "";
  if (isList(value)) return value.map((item) => `<member>${toXml(item)}</member>`).join("");
  if (typeof value !== "object") return escapeXml(String(value));
  return Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .map(([name, field]) => `<${name}>${toXml(field)}</${name}>`)
    .join("");
}

/** The whole answer to `operation`. */
export function queryAnswer(operation: string, result: XmlValue, requestId: string): string {
  const body = `<${operation}Result>${toXml(result)}</${operation}Result>`;
  const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
  return `${XML}<${operation}Response>${body}${metadata}</${operation}Response>`;
}

function isList(value: XmlValue): value is readonly XmlValue[] {
  return Array.isArray(value);
}
