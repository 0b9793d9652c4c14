/** What people are told of polling: each kind of news once, until it is over. */
import type { LogLine } from "./log.ts";
import type { PollingMode } from "./settings.ts";
import type { TelegramDeliveryStart } from "./telegram-delivery.ts";
import type { PollingFailure } from "./telegram-failures.ts";

type NewsStart = Pick<TelegramDeliveryStart, "log" | "onProblem"> & { readonly mode: PollingMode };
type Told = Pick<LogLine, "level" | "step"> & { readonly problem: string | null; readonly plain: string };

const HAS_WEBHOOK =
  "this bot has a webhook, so its messages go there and nobody may fetch them; " +
  "polling begins within ten seconds after: npm run claw -- telegram webhook delete";

export class PollingNews {
  readonly #start: NewsStart;
  readonly #failed = new Set<PollingFailure["kind"]>();
  #hasWebhook = false;

  constructor(start: NewsStart) {
    this.#start = start;
  }

  /** The bot has a webhook, which shuts everybody out who polls. */
  webhook(): void {
    if (this.#hasWebhook) return;
    this.#hasWebhook = true;
    this.#failed.clear();
    const plain = `telegram: ${HAS_WEBHOOK}`;
    // Where nobody asked for polling, the webhook is how messages are meant to come.
    if (this.#start.mode === "on") {
      this.#tell({ level: "warn", step: "telegram_polling_off", problem: HAS_WEBHOOK, plain });
    } else {
      this.#start.onProblem(null);
      this.#start.log({ level: "info", step: "telegram_polling_off", message: HAS_WEBHOOK, plain });
    }
  }

  /** A call failed. */
  failed({ kind, level, problem }: PollingFailure): void {
    if (problem === null || this.#failed.has(kind)) return;
    this.#failed.add(kind);
    this.#tell({ level, step: "telegram_polling_waits", problem, plain: `telegram: ${problem}, trying again` });
  }

  /** Messages come. */
  works(): void {
    const isNews = this.#hasWebhook || this.#failed.size > 0;
    const what = this.#hasWebhook ? "its webhook is gone, messages are fetched from here" : "messages come again";
    this.#hasWebhook = false;
    this.#failed.clear();
    if (isNews) {
      this.#tell({ level: "info", step: "telegram_polling_works", problem: null, plain: `telegram: ${what}` });
    }
  }

  /** Says it to whoever looks at the terminal, and to whoever asks later. */
  #tell({ level, step, problem, plain }: Told): void {
    this.#start.onProblem(problem);
    this.#start.log({ level, step, ...(problem !== null && { message: problem }), plain });
  }
}
