/* Calibration: a line over a ruler in the picture, drawn or moved by keys, and its length in millimetres. */
import { SCALE } from "./view.js";

export function makeRuler({ find, strings, view, layout, scale }) {
  const ruler = find(".cf-ruler"), lines = ruler.querySelectorAll("line"), ends = ruler.querySelectorAll(".cf-end");
  const start = find(".cf-calibrate"), form = find(".cf-calibrating"), length = find(".cf-line-length");
  const millimetres = find(".cf-mm");
  let points = null; // two places in input pixels of the crop
  let dragged = null;

  const pixels = () => Math.hypot(points[1][0] - points[0][0], points[1][1] - points[0][1]);

  function draw() {
    if (!points) return;
    const [left, top, width, height] = view.seen();
    const at = points.map(([x, y]) => [((x - left) / width) * 100, ((y - top) / height) * 100]);
    for (const line of lines) {
      ["x1", "y1", "x2", "y2"].forEach((side, i) => line.setAttribute(side, `${at.flat()[i]}%`));
    }
    ends.forEach((end, i) => Object.assign(end.style, { left: `${at[i][0]}%`, top: `${at[i][1]}%` }));
    length.textContent = strings.line_length.replace("{length}", pixels().toFixed(1));
  }

  function open(on) {
    ruler.hidden = form.hidden = !on;
    start.hidden = on;
    start.setAttribute("aria-expanded", String(on));
    points = null;
    if (!on) return;
    const [left, top, width, height] = view.seen();
    points = [0.25, 0.75].map((share) => [left + share * width, top + 0.5 * height]);
    form.querySelector(".cf-uncalibrate").hidden = !scale.of();
    draw();
    ends[0].focus();
  }

  const place = (event) => layout.lead().viewer.at(event.clientX, event.clientY);
  ruler.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    if (!layout.lead().url) return; // its picture has yet to arrive
    ruler.setPointerCapture(event.pointerId);
    dragged = Array.from(ends).indexOf(event.target);
    if (dragged < 0) { // a new line begins here
      points = [place(event), place(event)];
      dragged = 1;
    }
    ends[dragged].focus();
    draw();
  });
  ruler.addEventListener("pointermove", (event) => {
    if (!ruler.hasPointerCapture(event.pointerId)) return;
    points[dragged] = place(event);
    draw();
  });
  ends.forEach((end, i) => end.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    const step = (event.shiftKey ? 10 : 1) / (view.times / SCALE);
    points[i] = points[i].map((side, axis) => side + way[axis] * step);
    draw();
  }));
  start.addEventListener("click", () => open(true));
  find(".cf-calibrate-cancel").addEventListener("click", () => { open(false); start.focus(); });
  find(".cf-uncalibrate").addEventListener("click", () => { scale.set(null); open(false); start.focus(); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (pixels() < 1) return;
    scale.set(Number(millimetres.value) / pixels());
    open(false);
    start.focus();
  });
  view.watch(draw);
  return { close: () => open(false) };
}
