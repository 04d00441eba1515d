/* Where places of the first photograph lie on the second. */
import { clamp } from "../crop/box.js";

/* A point, by the six numbers of an alignment, row by row. */
export const moved = ([a, b, x, c, d, y], [left, top]) => [a * left + b * top + x, c * left + d * top + y];

/* Width and height of the upright box on the second photograph that covers one of the first: the server's
   Alignment.box. */
export function covering({ x, y, width, height }, second) {
  const corners = [[x, y], [x + width, y], [x, y + height], [x + width, y + height]];
  const places = corners.map((corner) => moved(second.matrix, corner));
  const [wide, tall] = [second.width, second.height].map((most, axis) => {
    const along = places.map((place) => place[axis]);
    return clamp(Math.ceil(Math.max(...along) - 1e-6), 0, most) - clamp(Math.floor(Math.min(...along) + 1e-6), 0, most);
  });
  return { width: wide, height: tall };
}
