/**
 * Versions and endpoints of the runtime, as AgentCore has them: a version is never changed, the endpoint `DEFAULT` leads
 * to the newest one, any other to the one that it was pointed to. Pure.
 */
import { ENDPOINT_NAME } from "../../../protocol/deployment.ts";
import { AwsError } from "../aws-error.ts";

/** What a new version is made of. */
export type VersionSource = {
  /** The bundled container entry. */
  readonly agentEntry: string;
  /** All that its processes find in their environment, besides what is added for each. */
  readonly environment: Readonly<Record<string, string>>;
};

/** `number`: as AgentCore writes it, from "1". */
export type AgentVersion = VersionSource & { readonly number: string };

const NEWEST = "DEFAULT";

export class Versions {
  readonly #versions: AgentVersion[] = [];
  readonly #endpoints = new Map<string, AgentVersion>();

  constructor(first: VersionSource) {
    this.publish(first);
  }

  /** Makes the next version. */
  publish(source: VersionSource): AgentVersion {
    const version = { ...source, number: String(this.#versions.length + 1) };
    this.#versions.push(version);
    return version;
  }

  /** Makes an endpoint, or points it elsewhere. Throws for a version that is not there, and for `DEFAULT`. */
  pointEndpoint(name: string, number: string): void {
    const version = this.#versions.find((known) => known.number === number);
    if (!version) throw new Error(`the runtime has no version ${number}`);
    if (name === NEWEST) throw new Error(`${NEWEST} leads to the newest version by itself`);
    this.#endpoints.set(name, version);
  }

  /** Where an endpoint leads new sessions. Throws `AwsError` 404. */
  resolve(qualifier: string): AgentVersion {
    const version = qualifier === NEWEST ? this.#versions.at(-1) : this.#endpoints.get(qualifier);
    if (version) return version;
    throw new AwsError(404, "ResourceNotFoundException", `no endpoint or agent found with qualifier '${qualifier}'`);
  }

  /** What most new sessions will want. */
  get wanted(): AgentVersion {
    return this.resolve(this.#endpoints.has(ENDPOINT_NAME) ? ENDPOINT_NAME : NEWEST);
  }
}
