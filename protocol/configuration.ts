/** The versions of an agent's configuration, as directory, admin API and `/config` speak of them. */
import type { AgentConfig, ConfigDocument } from "./agent-config.ts";
import type { SessionKey } from "./session-key.ts";

/** One thing wrong with a document: where (`access.dmPolicy`) and what to do about it. */
export type DocumentProblem = { readonly path: string; readonly problem: string };

export type ConfigurationView = {
  /** 0: nothing was ever set, and all is as the environment says. */
  readonly version: number;
  /** What was set, and nothing else. */
  readonly document: ConfigDocument;
  /** All of it: what was set over what the environment says. */
  readonly effective: AgentConfig;
};

export type ConfigVersion = {
  readonly version: number;
  /** Epoch ms. */
  readonly at: number;
  /** Who changed it: the admin API or the owner in a chat. */
  readonly by: SessionKey | "admin";
  /** What was done, such as `set access.dmPolicy`. */
  readonly note: string;
};

/** A change; `ifVersion` makes it depend on nobody having made another one since. */
export type ConfigChange = {
  readonly by: SessionKey | "admin";
  readonly ifVersion?: number;
} & (
  | { readonly kind: "replace"; readonly document: unknown }
  /** Values by path; undefined unsets. */
  | { readonly kind: "set"; readonly values: Readonly<Record<string, unknown>>; readonly unset: readonly string[] }
  | { readonly kind: "rollback"; readonly to: number }
);

export type ConfigOutcome =
  /** `changed` false: it was so already, and no version was made. */
  | {
      readonly kind: "done";
      readonly version: number;
      readonly changed: boolean;
      /** The id of the person who is the owner now and was not before; null: nobody is any more. */
      readonly newOwner?: string | null;
    }
  | { readonly kind: "invalid"; readonly problems: readonly DocumentProblem[] }
  | { readonly kind: "refused"; readonly code: "unknown_version" | "other_version" | "too_large" };

/** The value of one setting; lists are taken as a whole. */
export type ConfigValue = string | number | boolean | null | readonly string[];

/** A difference between two versions: what a path had and has. Absent: not set. */
export type ConfigDifference = { readonly path: string; readonly before?: ConfigValue; readonly after?: ConfigValue };
