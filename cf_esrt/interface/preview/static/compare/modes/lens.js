/* A everywhere, B magnified inside a circle that follows the pointer; without one it stays in the middle. */
import { SCALE } from "../view.js";

const TIMES = 2.5; // as large as around it

export default {
  name: "lens",
  paired: true,
  enter({ over, find, overlay, view }) {
    const ring = find(".cf-ring"), size = find(".cf-lens-size"), grid = find(".cf-panes");
    const context = ring.getContext("2d");
    const done = new AbortController();
    const { signal } = done;
    let place = null; // shares of width and height
    let left = false;

    function draw() {
      if (left) return;
      const box = overlay.getBoundingClientRect();
      const radius = Number(size.value), density = OpenSeadragon.pixelDensityRatio;
      const [x, y] = place || [0.5, 0.5];
      const side = Math.round(2 * radius * density);
      Object.assign(ring, { width: side, height: side });
      Object.assign(ring.style, {
        left: `${x * box.width - radius}px`, top: `${y * box.height - radius}px`,
        width: `${2 * radius}px`, height: `${2 * radius}px`,
      });
      if (!over.image || !view.width) return;
      const [fromX, fromY, width, height] = view.seen();
      const scale = over.original ? 1 : SCALE; // pixels of the picture for each input pixel
      const part = (side / view.times / TIMES) * scale;
      const middle = [(fromX + x * width) * scale, (fromY + y * height) * scale];
      context.imageSmoothingEnabled = find(".cf-smooth").checked && !over.original;
      context.drawImage(over.image, middle[0] - part / 2, middle[1] - part / 2, part, part, 0, 0, side, side);
    }

    grid.addEventListener("pointermove", (event) => {
      const box = overlay.getBoundingClientRect();
      const x = (event.clientX - box.x) / box.width, y = (event.clientY - box.y) / box.height;
      if (x < 0 || y < 0 || x > 1 || y > 1) return;
      place = [x, y];
      draw();
    }, { signal });
    grid.addEventListener("keydown", () => { place = null; draw(); }, { signal });
    size.addEventListener("input", draw, { signal });
    const watch = new ResizeObserver(draw);
    watch.observe(overlay);
    view.watch(draw);
    over.place.style.visibility = "hidden"; // it is seen in the lens alone
    ring.hidden = false;
    draw();
    return () => {
      left = true;
      done.abort();
      watch.disconnect();
      view.unwatch(draw);
      ring.hidden = true;
      over.place.style.visibility = "";
    };
  },
};
