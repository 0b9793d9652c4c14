/** Loaded into the deploy command by its tests: the names at workers.dev lead to this machine, without TLS. */
const port = process.env["WORKERS_DEV_PORT"];
const here = (address) =>
  String(address).replace(/^(http|ws)s:\/\/[\w-]+\.owner\.workers\.dev/, `$1://127.0.0.1:${port}`);

const realFetch = globalThis.fetch;
globalThis.fetch = (input, init) =>
  realFetch(input instanceof Request ? new Request(here(input.url), input) : here(input), init);

const RealWebSocket = globalThis.WebSocket;
globalThis.WebSocket = class extends RealWebSocket {
  constructor(address, options) {
    super(here(address), options);
  }
};
