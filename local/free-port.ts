/** Finds out before workerd does whether its port can be had, so that the answer is one clear line. */
import { once } from "node:events";
import { createServer } from "node:net";

/** Resolves with `port`, or with a free one for 0. Throws an error of one line when it is in use or not allowed. */
export async function claimPort(port: number): Promise<number> {
  const probe = createServer();
  try {
    await once(probe.listen(port, "127.0.0.1"), "listening");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    const why = code === "EADDRINUSE" ? "is in use" : `cannot be used (${String(code)})`;
    throw new Error(`port ${port} ${why}; set PORT to another one`);
  }
  const address = probe.address();
  await once(probe.close(), "close");
  return typeof address === "object" && address !== null ? address.port : port;
}
