/** Runs the live version of a Worker in workerd on the loopback, with its variables and secrets, over objects that stay. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../../../local/log.ts";
import { startWorkerd, type Workerd } from "../../../local/workerd.ts";
import type { Version } from "./state.ts";

export type RunningOptions = {
  readonly name: string;
  /** The objects' storage, and the code while it runs. */
  readonly folder: string;
  readonly port: number;
  readonly log: Log;
};

export class RunningWorker {
  readonly #options: RunningOptions;
  #workerd: Workerd | null = null;
  #version: Version | null = null;
  /** Changes come one after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(options: RunningOptions) {
    this.#options = options;
  }

  /** Replaces what runs. Objects keep their storage; what was under way is broken off after a second. */
  run(version: Version): Promise<void> {
    return this.#next(async () => {
      if (this.#version === version) return;
      await this.#workerd?.stop();
      this.#workerd = await startWorkerd(startOf(this.#options, version));
      this.#version = version;
    });
  }

  /** Ends it, and forgets all objects if `forget`. */
  stop(forget: boolean): Promise<void> {
    return this.#next(async () => {
      await this.#workerd?.stop();
      this.#workerd = null;
      this.#version = null;
      if (forget) rmSync(this.#options.folder, { recursive: true, force: true });
    });
  }

  #next(change: () => Promise<void>): Promise<void> {
    this.#last = this.#last.catch(() => {}).then(change);
    return this.#last;
  }
}

function startOf({ name, folder, port, log }: RunningOptions, version: Version) {
  mkdirSync(folder, { recursive: true });
  const modulePath = join(folder, "worker.js");
  writeFileSync(modulePath, version.code);
  const texts = version.bindings.filter(({ type }) => type === "plain_text" || type === "secret_text");
  const objects = version.bindings.filter(({ type }) => type === "durable_object_namespace");
  return {
    worker: {
      modulePath,
      wrangler: {
        name,
        main: version.mainModule,
        compatibility_date: version.compatibilityDate,
        compatibility_flags: [...version.compatibilityFlags],
        durable_objects: {
          bindings: objects.map((binding) => ({ name: binding.name, class_name: binding.class_name ?? "" })),
        },
        exports: Object.fromEntries(
          version.classes.map((className) => [className, { type: "durable-object", storage: "sqlite" } as const]),
        ),
        vars: {},
      },
    },
    stateDir: folder,
    port,
    variables: Object.fromEntries(texts.map((binding) => [binding.name, binding.text ?? ""])),
    log,
  };
}
