/* Two numbered points on a photograph, dragged or moved with the arrow keys; their places are in its pixels. */
import { clamp } from "../crop/box.js";

export function makePoints(figure) {
  const picture = figure.querySelector(".cf-dated-picture"), image = picture.querySelector("img");
  const ends = Array.from(picture.querySelectorAll(".cf-point"));
  const places = [[0, 0], [0, 0]];
  let photo = null;

  function put(at, [x, y]) {
    places[at] = [clamp(x, 0, photo.width), clamp(y, 0, photo.height)];
    const [left, top] = [places[at][0] / photo.width, places[at][1] / photo.height];
    Object.assign(ends[at].style, { left: `${100 * left}%`, top: `${100 * top}%` });
  }

  ends.forEach((end, at) => {
    end.addEventListener("pointerdown", (event) => {
      end.setPointerCapture(event.pointerId);
      event.preventDefault();
      end.focus();
    });
    end.addEventListener("pointermove", (event) => {
      if (!end.hasPointerCapture(event.pointerId)) return;
      const box = picture.getBoundingClientRect();
      put(at, [((event.clientX - box.x) / box.width) * photo.width, ((event.clientY - box.y) / box.height) * photo.height]);
    });
    end.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!way) return;
      event.preventDefault();
      put(at, places[at].map((side, axis) => side + (event.shiftKey ? 10 : 1) * way[axis]));
    });
  });

  return {
    at: () => places,
    apart: () => Math.hypot(places[1][0] - places[0][0], places[1][1] - places[0][1]),
    show(next, starts) {
      photo = next;
      image.src = photo.url;
      picture.style.aspectRatio = `${photo.width} / ${photo.height}`;
      starts.forEach((place, at) => put(at, place));
    },
  };
}
