/* Where in the crop one is: a small picture of the whole crop below the panes, over none of them; dragging in it moves
   there. A mark shows where the network changed most. */
export function makeMinimap({ find, view }) {
  const map = find(".cf-minimap"), image = map.querySelector("img"), frame = map.querySelector("i"), mark = map.querySelector("b");
  const share = (part, whole) => `${(100 * part) / whole}%`;

  function draw() {
    if (!view.width) return;
    const [left, top, width, height] = view.seen();
    const right = Math.min(left + width, view.width), bottom = Math.min(top + height, view.height);
    const x = Math.max(left, 0), y = Math.max(top, 0);
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
      map.hidden = false;
      draw();
    },
    spot({ x, y, final }) {
      mark.hidden = !final;
      Object.assign(mark.style, { left: share(x, view.width), top: share(y, view.height) });
    },
    clear: () => { map.hidden = true; },
  };
}
