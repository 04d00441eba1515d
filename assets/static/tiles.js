/* The tiles of a picture: each is run with the pixels around it that the network can see, so that none has a seam. */

/* Windows whose cores of at most `core` pixels cover the picture once, nearest to `first` at first. */
export function tiles(width, height, core, context, first) {
  const found = [];
  for (const row of spans(height, core, context)) {
    for (const column of spans(width, core, context)) found.push({ row, column });
  }
  const distance = ({ row, column }) => Math.hypot((row.start + row.stop) / 2 - first.y, (column.start + column.stop) / 2 - first.x);
  return found.sort((one, other) => distance(one) - distance(other));
}

function spans(length, core, context) {
  const found = [];
  for (let start = 0; start < length; start += core) {
    const stop = Math.min(start + core, length);
    found.push({ start, stop, first: Math.max(0, start - context), last: Math.min(length, stop + context) });
  }
  return found;
}
