/** Whether a host can mean the same everywhere on the internet, as far as its name alone tells. Pure. */

/** IANA's special-purpose IPv4 addresses: of this host, private, shared, link-local, for tests and examples, multicast, reserved. */
const SPECIAL_IPV4 =
  /^(?:0|10|127|22[4-9]|2[3-5]\d)\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|^169\.254\.|^172\.(?:1[6-9]|2\d|3[01])\.|^192\.168\.|^192\.0\.[02]\.|^192\.88\.99\.|^198\.1[89]\.|^198\.51\.100\.|^203\.0\.113\./;
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;
/** Names that mean something in one network only; a name without a dot is one as well. */
const LOCAL_NAME = /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa)$/;

/** `hostname` as `URL` gives it, but no IPv6 address. */
export function isLocalHost(hostname: string): boolean {
  const host = hostname.replace(/\.+$/, "");
  return IPV4.test(host) ? SPECIAL_IPV4.test(host) : !host.includes(".") || LOCAL_NAME.test(host);
}
