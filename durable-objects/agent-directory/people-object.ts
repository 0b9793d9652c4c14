/**
 * The half of `AgentDirectory` that knows people: who may speak, how they come in, and the configuration. A thin shell over
 * modules; the lanes are in `object.ts`.
 */
import { DurableObject } from "cloudflare:workers";
import type { SessionPolicy } from "../../protocol/access.ts";
import type { ConfigDocument } from "../../protocol/agent-config.ts";
import type {
  ConfigChange,
  ConfigDifference,
  ConfigOutcome,
  ConfigurationView,
  ConfigVersion,
  DocumentProblem,
} from "../../protocol/configuration.ts";
import { StorageError } from "../../protocol/errors.ts";
import type {
  ApprovalOutcome,
  CodeTry,
  DismissalOutcome,
  LinkAnswer,
  LinkOutcome,
  OpenPairing,
  PairingAnswer,
  PairingRequest,
} from "../../protocol/pairing.ts";
import type { PersonSummary, RemovalOutcome } from "../../protocol/people.ts";
import type { SessionKey } from "../../protocol/session-key.ts";
import { migrate } from "../lib/migrate.ts";
import { policyOfKey } from "./access.ts";
import { listVersions, readVersion } from "./config-versions.ts";
import { changeConfiguration, diffVersions, validateDocument, viewConfiguration } from "./configuration.ts";
import { type Arrival, Doorstep } from "./doorstep.ts";
import { type DirectoryContext, openDirectory } from "./directory-context.ts";
import { askLink, takeLink } from "./links.ts";
import { approvePairing, askPairing, dismissPairing, listPairings } from "./pairing.ts";
import { removePerson } from "./people.ts";
import { listPeople } from "./people-list.ts";
import { MIGRATIONS } from "./schema.ts";

export abstract class PeopleDirectory extends DurableObject<Env> {
  protected readonly directory: DirectoryContext;
  readonly #doorstep: Doorstep;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, MIGRATIONS);
    this.directory = openDirectory(ctx, env);
    this.#doorstep = new Doorstep(this.directory);
  }

  /** Who may speak in a session and how the agent behaves there. `formerChats`: ids that a group had before. */
  policyFor(session: SessionKey, formerChats: readonly string[] = []): SessionPolicy {
    return policyOfKey(session, this.directory.standing(), formerChats);
  }

  /** Whether the session of a direct chat would say or keep anything of what came there. */
  isWorthWaking(session: SessionKey, what: Arrival): boolean {
    return this.#doorstep.isWorthWaking(session, what, Date.now());
  }

  /** The code of a stranger; the same one while it is open. */
  askPairing(request: PairingRequest): PairingAnswer {
    this.#doorstep.isThere(request.session);
    return askPairing(this.directory, request, Date.now());
  }

  /** Lets the stranger of a code in; their session is told. */
  approvePairing(attempt: CodeTry): ApprovalOutcome {
    return approvePairing(this.directory, attempt, Date.now());
  }

  /** Refuses the stranger of a code. */
  dismissPairing(attempt: CodeTry): DismissalOutcome {
    return dismissPairing(this.directory, attempt, Date.now());
  }

  /** Who waits to be let in. */
  listPairings(): readonly OpenPairing[] {
    return listPairings(this.directory, Date.now());
  }

  /** Everybody who may speak because of the configuration, a code or a link. */
  listPeople(): readonly PersonSummary[] {
    return listPeople(this.directory.standing());
  }

  /** Takes the leave to speak of a person, or of one channel that was joined to them; their sessions are told. */
  removePerson(whom: string): RemovalOutcome {
    return removePerson(this.directory, this.agent(), whom, Date.now());
  }

  /** A code by which the person of a session joins a second channel to themselves. */
  askLink(session: SessionKey): LinkAnswer {
    return askLink(this.directory, session, Date.now());
  }

  /** Joins the channel of a session to the person who asked for the code. `name`: of who typed it. */
  takeLink(session: SessionKey, code: string, name: string): LinkOutcome {
    return takeLink(this.directory, code, { session, name }, Date.now());
  }

  /** The configuration that counts. */
  configuration(): ConfigurationView {
    return viewConfiguration(this.directory);
  }

  /** Makes a new version of it, or changes nothing and says why. */
  changeConfiguration(change: ConfigChange): ConfigOutcome {
    return changeConfiguration(this.directory, change, Date.now());
  }

  /** Everything that is wrong with a document; nothing is changed. */
  validateConfiguration(document: unknown): readonly DocumentProblem[] {
    return validateDocument(this.directory, document);
  }

  /** The versions that are kept, the newest first. */
  listConfigurations(): readonly ConfigVersion[] {
    return listVersions(this.ctx.storage.sql);
  }

  /** What a version set; null: it is not kept. */
  configurationAt(version: number): ConfigDocument | null {
    return readVersion(this.ctx.storage.sql, version)?.document ?? null;
  }

  /** Where two versions differ; null: one of them is not kept. */
  diffConfigurations(from: number, to: number): readonly ConfigDifference[] | null {
    return diffVersions(this.directory, from, to);
  }

  /** The agent whose directory this is: the name of the object. */
  protected agent(): string {
    const { name } = this.ctx.id;
    if (name === undefined) throw new StorageError("storage_unavailable", "the object does not know its name");
    return name;
  }
}
