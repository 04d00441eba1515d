/* The stage that the box is drawn on: it shows a part of the photograph, zoomed and moved by wheel, pinch, drag and keys.
   `world` is the whole photograph, larger than the stage when zoomed; everything on it is placed in its pixels. */
import { clamp } from "./box.js";

const MOST = 12; // times the fitted size
const STEP = 1.25;
const SHARE = 0.42; // of the stage, that a box takes when it is first shown
const SMALL = 0.3; // a box that takes less of the fitted photograph is zoomed to

export function makeStage(stage, moved) {
  let world = null, photo = null;
  let zoom = 1, middle = [0, 0]; // of what is seen, in pixels of the photograph

  const fitted = () => Math.min(stage.clientWidth / photo.width, stage.clientHeight / photo.height);
  const factor = () => fitted() * zoom; // CSS pixels for each pixel of the photograph

  function draw() {
    if (!world || !stage.clientWidth) return;
    const k = factor();
    middle = [photo.width, photo.height].map((whole, axis) => {
      const half = (axis ? stage.clientHeight : stage.clientWidth) / k / 2;
      return 2 * half >= whole ? whole / 2 : clamp(middle[axis], half, whole - half);
    });
    Object.assign(world.style, {
      width: `${photo.width * k}px`, height: `${photo.height * k}px`,
      left: `${stage.clientWidth / 2 - middle[0] * k}px`, top: `${stage.clientHeight / 2 - middle[1] * k}px`,
    });
    moved();
  }

  /* Zoom so that the photograph's pixel under a place of the stage stays there. */
  function zoomTo(wanted, clientX, clientY) {
    const at = stage.getBoundingClientRect();
    const [x, y] = [(clientX ?? at.x + at.width / 2) - at.x - at.width / 2, (clientY ?? at.y + at.height / 2) - at.y - at.height / 2];
    const before = factor();
    zoom = clamp(wanted, 1, MOST);
    middle = [middle[0] + x / before - x / factor(), middle[1] + y / before - y / factor()];
    draw();
  }

  const pan = (x, y) => {
    middle = [middle[0] - x / factor(), middle[1] - y / factor()];
    draw();
  };

  stage.addEventListener("wheel", (event) => {
    event.stopPropagation();
    if (!photo) return;
    event.preventDefault();
    zoomTo(zoom * STEP ** -Math.sign(event.deltaY), event.clientX, event.clientY);
  }, { capture: true, passive: false });

  // Two fingers zoom and move; one finger, or the mouse, beside the box moves what is zoomed.
  const fingers = new Map();
  let apart = 0;
  const centre = () => [0, 1].map((axis) => Array.from(fingers.values()).reduce((sum, at) => sum + at[axis], 0) / fingers.size);
  const spread = () => {
    const [a, b] = fingers.values();
    return Math.hypot(a[0] - b[0], a[1] - b[1]);
  };
  let held = null;
  stage.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    const beside = event.target.matches?.(".cf-beside") && zoom > 1 && !event.shiftKey;
    if (fingers.size === 2) apart = spread();
    if (fingers.size > 1 || beside) {
      held = centre();
      event.stopPropagation();
      event.preventDefault();
      stage.focus({ preventScroll: true });
    }
  }, { capture: true });
  addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (!held) return;
    event.stopPropagation();
    const now = centre();
    if (fingers.size === 2) {
      zoomTo((zoom * spread()) / apart, ...now);
      apart = spread();
    }
    pan(now[0] - held[0], now[1] - held[1]);
    held = now;
  }, { capture: true });
  for (const end of ["pointerup", "pointercancel"]) {
    addEventListener(end, (event) => {
      fingers.delete(event.pointerId);
      held = fingers.size && held ? centre() : null;
    }, { capture: true });
  }

  stage.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!photo) return;
    if (event.altKey && way) pan(...way.map((side) => side * 40));
    else if (event.key === "+" || event.key === "=") zoomTo(zoom * STEP);
    else if (event.key === "-") zoomTo(zoom / STEP);
    else if (event.key === "0") zoomTo(1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  new ResizeObserver(draw).observe(stage);

  return {
    factor,
    world: () => world,
    /* Another photograph. */
    open(next) {
      photo = next;
      world = Object.assign(document.createElement("div"), { className: "cf-world" });
      stage.replaceChildren(world);
      [zoom, middle] = [1, [photo.width / 2, photo.height / 2]];
      draw();
      return world;
    },
    /* Bring a box into sight; a small one is zoomed to, so that its handles leave it free and its surroundings are seen. */
    reveal({ x, y, width, height }, anew) {
      const share = Math.max((width * fitted()) / stage.clientWidth, (height * fitted()) / stage.clientHeight);
      if (anew) zoom = share < SMALL ? clamp(SHARE / share, 1, MOST) : 1;
      const k = factor();
      const out = [[x, width, 0], [y, height, 1]].some(([from, size, axis]) => {
        const half = (axis ? stage.clientHeight : stage.clientWidth) / k / 2;
        return from < middle[axis] - half || from + size > middle[axis] + half;
      });
      if (anew || out) middle = [x + width / 2, y + height / 2];
      draw();
    },
  };
}
