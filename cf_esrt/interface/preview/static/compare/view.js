/* The one viewport. Every pane, mode and tool shows this place; none has a place of its own. */
import { SCALE } from "../../common/constants.js"; // Python's own

export { SCALE };
const MOST = 64; // screen pixels for each input pixel
const FITTED = "fitted";

const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

/* `x` and `y` are the centre in input pixels of the crop; `times` counts screen pixels for each input pixel. */
export function makeView() {
  const listeners = new Set();
  let chosen = null; // the magnification that a person chose last, or FITTED; it stays for the next crop
  const view = { x: 0, y: 0, times: SCALE, width: 0, height: 0, least: 1, most: MOST, window: [1, 1], fitted: false, touched: false };
  // touched: a person has moved it, so that nothing else does until the next crop

  view.watch = (listener) => listeners.add(listener);
  view.unwatch = (listener) => listeners.delete(listener);

  /* Show another place. `source` is the viewer that is there already and is not notified. */
  view.set = (change, source = null) => {
    Object.assign(view, { fitted: false }, change);
    if (source) view.touched = true;
    view.times = clamp(view.times, view.least, view.most);
    if (!source) {
      view.x = clamp(view.x, 0, view.width);
      view.y = clamp(view.y, 0, view.height);
    }
    if (view.touched) chosen = view.fitted ? FITTED : view.times;
    for (const listener of listeners) listener(view, source);
  };

  /* The size of one pane in screen pixels, on which fitting depends. */
  view.sized = (width, height) => {
    view.window = [width, height];
    if (!view.width) return;
    // A small crop fits at a large magnification; one screen pixel for an input pixel stays in reach. The limit only
    // sinks, or entering a mode with a larger picture would move the view.
    view.least = Math.min(0.8 * view.whole(), view.least);
    // In narrower panes all of it may be smaller than a result is shown to somebody who has not asked for it.
    if (view.fitted && chosen !== FITTED && view.whole() < actual() / 2) view.set({ times: actual() });
    else if (view.fitted) view.set(whole());
    else view.set({});
  };

  /* Another crop; `open` says where in it one begins. */
  view.crop = ({ width, height }) => {
    Object.assign(view, { width, height, least: 1 });
    view.least = Math.min(0.8 * view.whole(), 1);
    view.touched = view.fitted = view.looked = false;
    view.set({ x: width / 2, y: height / 2, times: view.opening() });
  };

  /* A result is first seen at one of its pixels for each pixel of the page, or larger where that fills the pane: a wide
     box leaves no grey bands in a high one. Where the pane is too large for that, all of the box is seen. */
  view.opening = () => {
    const filled = Math.max(view.window[0] / view.width, view.window[1] / view.height);
    return Math.max(actual(), filled <= 2 * actual() ? filled : view.whole());
  };
  const actual = () => SCALE * Math.max(1, Math.round(OpenSeadragon.pixelDensityRatio));

  /* Another crop: all of it where that is large enough, else the spot that is worth looking at first. Where a person had
     zoomed, the zoom stays. */
  view.open = ({ x, y }) => {
    if (chosen === FITTED || (!chosen && view.whole() >= view.opening())) view.set(whole());
    else view.set({ ...inside(x, y, chosen || view.opening()), times: chosen || view.opening() });
  };

  /* The spot is known better by now: go there, unless a person is somewhere already, or it is in the middle of what is
     seen. */
  view.look = ({ x, y, final }) => {
    if (!final || view.touched || view.looked) return;
    view.looked = true;
    const [left, top, width, height] = view.seen();
    const near = Math.abs(x - left - width / 2) < width / 4 && Math.abs(y - top - height / 2) < height / 4;
    if (!near && !view.fitted) view.set(inside(x, y, view.times));
  };

  /* A centre at which the panes are filled. */
  function inside(x, y, times) {
    return Object.fromEntries([["x", x, view.width, 0], ["y", y, view.height, 1]].map(([axis, at, whole, i]) => {
      const half = view.window[i] / times / 2;
      return [axis, 2 * half >= whole ? whole / 2 : clamp(at, half, whole - half)];
    }));
  }

  view.whole = () => Math.min(view.window[0] / view.width, view.window[1] / view.height, MOST);
  const whole = () => ({ x: view.width / 2, y: view.height / 2, times: view.whole(), fitted: true });
  view.fit = () => view.set({ ...whole(), touched: true });

  /* The centre as it is drawn. Where a result's pixel covers whole screen pixels, its borders fall on theirs, so
     that nothing is interpolated; `x` and `y` stay what they were, or changing modes back and forth would drift. */
  view.centre = () => {
    if (view.times % SCALE) return [view.x, view.y];
    return [view.x, view.y].map((centre, axis) => {
      const half = view.window[axis] / 2;
      return (half - Math.round(half - centre * view.times)) / view.times;
    });
  };

  /* Pan by a share of what is seen. */
  view.pan = (right, down) =>
    view.set({
      x: view.x + (right * view.window[0]) / view.times,
      y: view.y + (down * view.window[1]) / view.times,
      touched: true,
    });

  /* What is seen, in input pixels: left, top, width, height. */
  view.seen = () => {
    const [x, y] = view.centre();
    const [width, height] = view.window.map((side) => side / view.times);
    return [x - width / 2, y - height / 2, width, height];
  };
  return view;
}
