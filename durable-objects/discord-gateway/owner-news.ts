/** What the owner is to be told, on another channel than Discord: rows that the alarm sees to until the directory has them. */
import { backoffMs } from "../../protocol/backoff.ts";
import { DEAD_LETTER_BOUNDS } from "../../protocol/bounds.ts";
import type { OwnerNews } from "../../protocol/owner-news.ts";
import { errorFields, log } from "../../worker/log.ts";

type Row = { news: number; about: string; body: string };

/** Has the owner told something, once per `about`. */
export function addNews(sql: SqlStorage, about: string, news: OwnerNews, now: number): void {
  sql.exec(
    "INSERT INTO owner_news (about, body, attempts, due_at) VALUES (?, ?, 0, ?) ON CONFLICT DO NOTHING",
    about,
    JSON.stringify(news),
    now,
  );
}

/** When the next one is due; null: there is none. */
export function nextNewsAt(sql: SqlStorage): number | null {
  return sql.exec<{ at: number | null }>("SELECT min(due_at) AS at FROM owner_news").one().at;
}

export class NewsTeller {
  readonly #sql: SqlStorage;
  readonly #tell: (news: OwnerNews, about: string) => Promise<void>;
  #isRunning = false;

  constructor(sql: SqlStorage, tell: (news: OwnerNews, about: string) => Promise<void>) {
    this.#sql = sql;
    this.#tell = tell;
  }

  /** Tells what is due. Never rejects; a second call while one runs does nothing. */
  async run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (const row of this.#takeDue(Date.now())) await this.#tellOne(row);
    } catch (error) {
      log("error", "gateway_news_failed", errorFields(error));
    } finally {
      this.#isRunning = false;
    }
  }

  async #tellOne({ news, about, body }: Row): Promise<void> {
    const told: OwnerNews = JSON.parse(body); // only `addNews` writes it
    try {
      await this.#tell(told, about);
    } catch (error) {
      log("warn", "gateway_news_not_told", { about, ...errorFields(error) });
      return;
    }
    this.#sql.exec("DELETE FROM owner_news WHERE news = ?", news);
    log("info", "gateway_news_told", { about, kind: told.kind });
  }

  /** Each counts as tried, and is due again after a pause, so that a crash leads to the next try. */
  #takeDue(now: number): readonly Row[] {
    const query = "SELECT news, about, body, attempts FROM owner_news WHERE due_at <= ? ORDER BY news";
    const due = this.#sql.exec<Row & { attempts: number }>(query, now).toArray();
    for (const { news, attempts } of due) {
      const dueAt = now + backoffMs(attempts + 1, DEAD_LETTER_BOUNDS);
      this.#sql.exec("UPDATE owner_news SET attempts = attempts + 1, due_at = ? WHERE news = ?", dueAt, news);
    }
    return due;
  }
}
