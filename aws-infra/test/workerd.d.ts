/** What the edge's code, which a test of this folder calls, has from workerd and Node has not. */
declare class FixedLengthStream extends TransformStream<Uint8Array, Uint8Array> {
  constructor(expectedLength: number | bigint);
}
