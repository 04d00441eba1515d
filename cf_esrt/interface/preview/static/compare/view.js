/* The one viewport. Every pane, mode and tool shows this place; none has a place of its own. */
export const SCALE = 4;
const MOST = 64; // screen pixels for each input pixel

const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

/* `x` and `y` are the centre in input pixels of the crop; `times` counts screen pixels for each input pixel. */
export function makeView() {
  const listeners = new Set();
  const view = { x: 0, y: 0, times: SCALE, width: 0, height: 0, least: 1, most: MOST, window: [1, 1], fitted: false };

  view.watch = (listener) => listeners.add(listener);

  /* Show another place. `source` is the viewer that is there already and is not notified. */
  view.set = (change, source = null) => {
    Object.assign(view, { fitted: false }, change);
    view.times = clamp(view.times, view.least, view.most);
    if (!source) {
      view.x = clamp(view.x, 0, view.width);
      view.y = clamp(view.y, 0, view.height);
    }
    for (const listener of listeners) listener(view, source);
  };

  /* The size of one pane in screen pixels, on which fitting depends. */
  view.sized = (width, height) => {
    view.window = [width, height];
    if (!view.width) return;
    // A small crop fits at a large magnification; one screen pixel for an input pixel stays in reach. The limit only
    // sinks, or entering a mode with a larger picture would move the view.
    view.least = Math.min(0.8 * view.whole(), view.least);
    if (view.fitted) view.fit();
    else view.set({});
  };

  /* Another crop: everything of it is shown. */
  view.crop = ({ width, height }) => {
    Object.assign(view, { width, height, least: 1 });
    view.least = Math.min(0.8 * view.whole(), 1);
    view.fit();
  };

  view.whole = () => Math.min(view.window[0] / view.width, view.window[1] / view.height, MOST);
  view.fit = () => view.set({ x: view.width / 2, y: view.height / 2, times: view.whole(), fitted: true });

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
    });

  /* What is seen, in input pixels: left, top, width, height. */
  view.seen = () => {
    const [x, y] = view.centre();
    const [width, height] = view.window.map((side) => side / view.times);
    return [x - width / 2, y - height / 2, width, height];
  };
  return view;
}
