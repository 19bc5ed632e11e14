/**
 * A vector as pgvector reads it in binary form: node-postgres sends a Buffer as it is. A third of the bytes of the
 * text form, and nothing is printed and parsed.
 */
export function vectorBytes(vector: Float32Array): Buffer {
  const bytes = Buffer.allocUnsafe(4 + vector.length * 4);
  bytes.writeInt16BE(vector.length, 0);
  bytes.writeInt16BE(0, 2);
  vector.forEach((value, index) => bytes.writeFloatBE(value, 4 + index * 4));
  return bytes;
}
