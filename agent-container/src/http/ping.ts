/**
 * What `GET /ping` answers. The platform reads `time_of_last_update` as the last change of the status: it is left out
 * until the first invocation (a snapshot would freeze it) and then moves only when the status does.
 */
export type PingBody = { readonly status: "Healthy" | "HealthyBusy"; readonly time_of_last_update?: number };

export class Ping {
  #running = 0;
  /** Unix seconds. */
  #changedAt: number | undefined;

  /** Notes that something runs; call the returned function once when it is over. */
  begin(now: number): (now: number) => void {
    if (this.#running === 0) this.#changedAt = Math.floor(now / 1_000);
    this.#running += 1;
    let isOver = false;
    return (endedAt) => {
      if (isOver) return;
      isOver = true;
      this.#running -= 1;
      if (this.#running === 0) this.#changedAt = Math.floor(endedAt / 1_000);
    };
  }

  get body(): PingBody {
    const status = this.#running === 0 ? "Healthy" : "HealthyBusy";
    return this.#changedAt === undefined ? { status } : { status, time_of_last_update: this.#changedAt };
  }
}
