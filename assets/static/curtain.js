/* The original on the left of a line, Live on its right; the line is dragged, or moved with the arrow keys. */
export function makeCurtain(handle, panes, over) {
  let share = 50; // percent of the width that shows the original

  function draw(next) {
    share = Math.min(100, Math.max(0, next));
    over.style.clipPath = `inset(0 0 0 ${share}%)`;
    handle.style.left = `${share}%`;
    handle.setAttribute("aria-valuenow", String(Math.round(share)));
  }

  handle.addEventListener("pointerdown", (event) => handle.setPointerCapture(event.pointerId));
  handle.addEventListener("pointermove", (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const place = panes.getBoundingClientRect();
    draw((100 * (event.clientX - place.x)) / place.width);
  });
  handle.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -2, ArrowRight: 2, PageDown: -10, PageUp: 10, Home: -100, End: 100 }[event.key];
    if (!step) return;
    event.preventDefault();
    draw(share + step);
  });
  draw(share);
}
