/* Text chunks for a PNG that the browser has written, which says nothing of itself (PNG specification, 11.3.3). */

/* The file's bytes with one international text chunk for each entry of `labels`, behind its header. */
export function labelled(png, labels) {
  const header = 8 + 25; // signature, IHDR
  const chunks = Object.entries(labels).map(([key, value]) => textChunk(key, value));
  return concatenated([png.subarray(0, header), ...chunks, png.subarray(header)]);
}

function textChunk(key, value) {
  const utf8 = new TextEncoder();
  const data = concatenated([utf8.encode("iTXt"), utf8.encode(key), new Uint8Array(5), utf8.encode(value)]);
  const out = new Uint8Array(data.length + 8);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length - 4);
  out.set(data, 4);
  view.setUint32(data.length + 4, crc32(data));
  return out;
}

function concatenated(parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? 0xedb88320 ^ (byte >>> 1) : byte >>> 1;
  return byte;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
