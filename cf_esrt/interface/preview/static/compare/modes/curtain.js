/* A on the left of a line, B on its right; the line is dragged, or moved with the arrow keys. */
let share = 50; // percent of the width that shows A; it stays when the mode is left

export default {
  name: "curtain",
  paired: true,
  enter({ over, find, overlay, strings }) {
    const handle = find(".cf-curtain");
    const done = new AbortController();
    const { signal } = done;

    function draw(next) {
      share = Math.min(100, Math.max(0, next));
      over.place.style.clipPath = `inset(0 0 0 ${share}%)`;
      handle.style.left = `${share}%`;
      handle.setAttribute("aria-valuenow", String(Math.round(share)));
      handle.setAttribute("aria-valuetext", strings.curtain_value.replace("{share}", Math.round(share)));
    }

    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      event.preventDefault();
      handle.focus();
    }, { signal });
    handle.addEventListener("pointermove", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const box = overlay.getBoundingClientRect();
      draw((100 * (event.clientX - box.x)) / box.width);
    }, { signal });
    handle.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2, PageDown: -10, PageUp: 10, Home: -100, End: 100 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation(); // here the arrow keys move the curtain, not the picture
      draw(share + step);
    }, { signal });

    handle.hidden = false;
    draw(share);
    return () => {
      done.abort();
      handle.hidden = true;
      over.place.style.clipPath = "";
    };
  },
};
