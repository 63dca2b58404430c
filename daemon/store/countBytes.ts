import { createHash } from "node:crypto";
import { Transform } from "node:stream";

/** Passes bytes on and tells their number and hash at the end. */
export function countBytes(tell: (bytes: number, sha256: string) => void): Transform {
  const hash = createHash("sha256");
  let bytes = 0;
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece);
      bytes += piece.length;
      done(null, piece);
    },
    flush(done) {
      tell(bytes, hash.digest("hex"));
      done();
    },
  });
}
