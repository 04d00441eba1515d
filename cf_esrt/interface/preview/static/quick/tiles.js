/* The tiles of a box, in pixels of the photograph: nearest to its middle first; and how large they are. */

const BUSY_MS = 400; // that the server took for a tile

/* [{ core, seen }]: cores cover the box once; `seen` is a core with the pixels around it, inside the box, that the network
   needs so that no seam shows. */
export function tilesOf(box, { tile, context }) {
  const rows = spans(box.y, box.height, tile, context);
  const columns = spans(box.x, box.width, tile, context);
  const found = rows.flatMap((row) => columns.map((column) => ({
    core: { x: column.start, y: row.start, width: column.stop - column.start, height: row.stop - row.start },
    seen: { x: column.first, y: row.first, width: column.last - column.first, height: row.last - row.first },
  })));
  const distance = ({ core }) => Math.hypot(core.x + core.width / 2 - box.x - box.width / 2, core.y + core.height / 2 - box.y - box.height / 2);
  return found.sort((one, other) => distance(one) - distance(other));
}

/* As even as can be, so that none is a narrow rest. */
function spans(origin, length, tile, context) {
  const count = Math.ceil(length / tile);
  const edge = (index) => origin + Math.round((index * length) / count);
  return Array.from({ length: count }, (_, index) => {
    const [start, stop] = [edge(index), edge(index + 1)];
    return { start, stop, first: Math.max(origin, start - context), last: Math.min(origin + length, stop + context) };
  });
}

/* Whether tiles are asked for in quarters from now on: once one took too long, until a whole one would not. A box that is
   small, and soon made, tells nothing of that. `took`: milliseconds of the tile with its surroundings `seen`. */
export function isBusy(took, seen, { tile }, before) {
  if (took > BUSY_MS) return true;
  const whole = (took * tile * tile) / (seen.width * seen.height);
  return before && whole > BUSY_MS;
}
