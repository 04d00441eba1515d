/* Where in the crop one is, shown once only a small part of it is seen; dragging in it moves there. */
const SMALL = 0.25; // share of the crop's area

export function makeMinimap({ find, view }) {
  const map = find(".cf-minimap"), image = map.querySelector("img"), frame = map.querySelector("i");

  function draw() {
    const [left, top, width, height] = view.seen();
    const right = Math.min(left + width, view.width), bottom = Math.min(top + height, view.height);
    const x = Math.max(left, 0), y = Math.max(top, 0);
    const small = Math.max(0, right - x) * Math.max(0, bottom - y) < SMALL * view.width * view.height;
    map.hidden = !image.src || !small;
    const share = (part, whole) => `${(100 * part) / whole}%`;
    Object.assign(frame.style, {
      left: share(x, view.width), top: share(y, view.height),
      width: share(right - x, view.width), height: share(bottom - y, view.height),
    });
  }

  function go(event) {
    const box = map.getBoundingClientRect();
    view.set({
      x: ((event.clientX - box.x) / box.width) * view.width,
      y: ((event.clientY - box.y) / box.height) * view.height,
    });
  }
  map.addEventListener("pointerdown", (event) => {
    map.setPointerCapture(event.pointerId);
    go(event);
  });
  map.addEventListener("pointermove", (event) => map.hasPointerCapture(event.pointerId) && go(event));
  view.watch(draw);

  return {
    show(url) {
      image.src = url;
      const longest = Math.max(view.width, view.height);
      map.style.aspectRatio = `${view.width} / ${view.height}`;
      map.style.width = `calc(var(--cf-minimap) * ${view.width / longest})`;
      draw();
    },
  };
}
