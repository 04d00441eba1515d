/* A everywhere, B inside a circle that follows the pointer; without one it stays in the middle. */
export default {
  name: "lens",
  paired: true,
  enter({ over, find, overlay }) {
    const ring = find(".cf-ring"), size = find(".cf-lens-size"), grid = find(".cf-panes");
    const done = new AbortController();
    const { signal } = done;
    let place = null; // shares of width and height

    function draw() {
      const box = overlay.getBoundingClientRect();
      const radius = Number(size.value);
      const [x, y] = place || [0.5, 0.5];
      over.place.style.clipPath = `circle(${radius}px at ${100 * x}% ${100 * y}%)`;
      Object.assign(ring.style, {
        left: `${x * box.width - radius}px`, top: `${y * box.height - radius}px`,
        width: `${2 * radius}px`, height: `${2 * radius}px`,
      });
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
    ring.hidden = false;
    draw();
    return () => {
      done.abort();
      watch.disconnect();
      ring.hidden = true;
      over.place.style.clipPath = "";
    };
  },
};
