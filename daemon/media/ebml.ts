/** The head of an element of Matroska or WebM. */
export interface ElementHead {
  /** With the bits that tell its length, as the specification writes ids. */
  readonly id: number;
  /** Where the content begins. */
  readonly dataAt: number;
  /** Bytes of the content; undefined: it goes on to the end of what holds it (a live recording). */
  readonly size: number | undefined;
}

/** Reads the head of an element (RFC 8794): an id of 1 to 4 bytes, a size of 1 to 8. Undefined for what is none. */
export function readElementHead(bytes: Buffer, at = 0): ElementHead | undefined {
  const idBytes = leadingZeros(bytes[at]) + 1;
  const sizeAt = at + idBytes;
  const sizeBytes = leadingZeros(bytes[sizeAt]) + 1;
  if (idBytes > 4 || sizeBytes > 8 || sizeAt + sizeBytes > bytes.length) return undefined;
  const mask = (1 << (8 - sizeBytes)) - 1;
  let size = bytes[sizeAt]! & mask;
  let unknown = size === mask;
  for (let i = 1; i < sizeBytes; i++) {
    size = size * 256 + bytes[sizeAt + i]!;
    unknown &&= bytes[sizeAt + i] === 0xff;
  }
  return {
    id: bytes.readUIntBE(at, idBytes),
    dataAt: sizeAt + sizeBytes,
    size: unknown ? undefined : size,
  };
}

/** Zero bits in front of a byte's first one; 8 where there is no byte. */
const leadingZeros = (byte: number | undefined): number => Math.clz32((byte ?? 0) << 24);
