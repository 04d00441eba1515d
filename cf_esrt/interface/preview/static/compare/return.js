/* After a reload: the same panes and mode, the same place in the picture and on the page. */
import { noteOnLeaving, recall } from "../place.js";

export function makeReturn(viewer) {
  const { find, layout, modes, scale, view } = viewer;
  const kept = recall();
  let chosen = false;

  noteOnLeaving(() => ({
    ...layout.names(),
    mode: modes.now(),
    scroll: scrollY,
    ...(viewer.ready() ? { view: { x: view.x, y: view.y, times: view.times, fitted: view.fitted }, scale: scale.of() } : {}),
  }));

  const back = {
    /* The choices, also where there is no result yet. */
    choose() {
      if (chosen || !kept.panes) return;
      chosen = true;
      layout.choose(kept.panes, kept.pair);
      modes.enter(kept.mode);
    },
    /* The results are there. */
    go() {
      if (kept.scale) scale.set(kept.scale);
      if (kept.view && !kept.view.fitted) view.set(kept.view);
      scrollTo(0, kept.scroll || 0);
    },
  };
  document.addEventListener("cf-photo", ({ detail }) => {
    if (detail.resumed) back.choose();
  });
  return back;
}
