/** Pi's storage over one transcript in the table: its commits one after the other, its reads as they come. */
import type { CommitResult, Context, Storage, Write } from "@earendil-works/pi-agent-core";
import type { TranscriptReader } from "./transcript-reader.ts";
import type { TranscriptWriter } from "./transcript-writer.ts";

export class TranscriptStorage implements Storage {
  readonly #reader: TranscriptReader;
  readonly #writer: TranscriptWriter;
  #line: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(reader: TranscriptReader, writer: TranscriptWriter) {
    this.#reader = reader;
    this.#writer = writer;
  }

  async commit(writes: Write[], _context: Context): Promise<CommitResult> {
    this.#assertOpen();
    const stored = this.#line.then(() => this.#writer.commit(writes));
    this.#line = stored.catch(() => undefined);
    return stored;
  }

  getEntries: Storage["getEntries"] = (ids) => this.#read(() => this.#reader.getEntries(ids));
  getValue: Storage["getValue"] = (address) => this.#read(() => this.#reader.getValue(address));
  scanValues: Storage["scanValues"] = (prefix) => this.#read(() => this.#reader.scanValues(prefix));
  readList: Storage["readList"] = (address, options) => this.#read(() => this.#reader.readList(address, options));
  scanBranch: Storage["scanBranch"] = (query) => this.#read(() => this.#reader.scanBranch(query));
  scanBranchStructure: Storage["scanBranchStructure"] = (query) =>
    this.#read(() => this.#reader.scanBranchStructure(query));
  scanEntries: Storage["scanEntries"] = (query) => this.#read(() => this.#reader.scanEntries(query));
  scanUsage: Storage["scanUsage"] = (query) => this.#read(() => this.#reader.scanUsage(query));
  getStats: Storage["getStats"] = () => this.#read(() => this.#writer.readStats());

  close(_context: Context): Promise<void> {
    this.#closed ??= this.#line.then(() => undefined);
    return this.#closed;
  }

  async #read<T>(read: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    await this.#writer.settle();
    return read();
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw new Error("the transcript is closed");
  }
}
