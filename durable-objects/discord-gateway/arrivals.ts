/** Dispatched events of a connection, looked at one after the other: each is stored before the next one is looked at. */
import { errorFields, log } from "../../worker/log.ts";
import { GATEWAY_BOUNDS } from "./bounds.ts";
import type { Arrival } from "./frame.ts";

export type ConnectedArrival = Arrival & { readonly connection: number };

export type ArrivalPorts = {
  /** Stores one, or passes over it. Throws when it could not be stored. */
  readonly take: (arrival: ConnectedArrival) => Promise<void>;
  /** From this one on nothing of its connection is looked at: Discord is to send it again. */
  readonly giveBack: (arrival: ConnectedArrival) => void;
};

export class Arrivals {
  readonly #ports: ArrivalPorts;
  #waiting: ConnectedArrival[] = [];
  #isRunning = false;

  constructor(ports: ArrivalPorts) {
    this.#ports = ports;
  }

  push(arrival: ConnectedArrival): void {
    if (this.#waiting.length >= GATEWAY_BOUNDS.arrivalsMax) return this.#giveBack(arrival, "too_many");
    this.#waiting.push(arrival);
    if (!this.#isRunning) void this.#run();
  }

  /** Those of a connection that is over will be sent again by the next one. */
  clear(): void {
    this.#waiting = [];
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) await this.#take(next);
    this.#isRunning = false;
  }

  async #take(arrival: ConnectedArrival): Promise<void> {
    try {
      await this.#ports.take(arrival);
    } catch (error) {
      this.#giveBack(arrival, errorFields(error).error);
    }
  }

  #giveBack(arrival: ConnectedArrival, why: string): void {
    const { name, seq, connection } = arrival;
    log("warn", "gateway_event_not_stored", { name, seq, connection, why });
    this.#ports.giveBack(arrival);
  }
}
