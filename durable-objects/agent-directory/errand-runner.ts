/** Tells sessions what `errands.ts` keeps for them. A session that cannot be told now is told later. */
import { assertNever } from "../../protocol/assert.ts";
import { errorFields, log } from "../../worker/log.ts";
import { channelSession } from "../../worker/objects.ts";
import { readOpenCodes } from "./codes.ts";
import type { DirectoryContext } from "./directory-context.ts";
import { deleteErrand, type StoredErrand, takeDueErrands } from "./errands.ts";
import { ownerPlace } from "./owner-place.ts";
import { openPairing } from "./pairing.ts";

export class ErrandRunner {
  readonly #directory: DirectoryContext;

  constructor(directory: DirectoryContext) {
    this.#directory = directory;
  }

  /** Tells what is due. Never rejects. */
  async run(now: number): Promise<void> {
    const due = takeDueErrands(this.#directory.sql, now);
    // One session that cannot be told must not keep the others waiting.
    await Promise.all(due.map((errand) => this.#tell(errand, now)));
  }

  async #tell(errand: StoredErrand, now: number): Promise<void> {
    const { sql } = this.#directory;
    try {
      await this.#say(errand, now);
      deleteErrand(sql, errand.errand);
      log("info", "errand_done", { what: errand.kind });
    } catch (error) {
      log("warn", "errand_failed", { what: errand.kind, attempts: errand.attempts + 1, ...errorFields(error) });
    }
  }

  async #say(errand: StoredErrand, now: number): Promise<void> {
    const { env, sql, config } = this.#directory;
    switch (errand.kind) {
      case "welcome":
        return channelSession(env, errand.session, config()).welcome({ role: errand.role });
      case "access_changed":
        return channelSession(env, errand.session, config()).accessChanged();
      case "stranger": {
        const stranger = readOpenCodes(sql, now).find(({ code }) => code === errand.code);
        if (stranger?.kind !== "pair") return;
        const place = ownerPlace(this.#directory, stranger.session);
        return channelSession(env, place, config()).tellOfStranger(openPairing(stranger));
      }
      default:
        return assertNever(errand);
    }
  }
}
