/* The bar over the panes, and the detail slider. */
import { nextRequest } from "./request_number.js";
import { SCALE } from "./view.js";

export function bindTools(viewer, api) {
  const { find, strings, view, panes } = viewer;
  const zoom = find(".cf-zoom"), magnification = find(".cf-magnification"), smooth = find(".cf-smooth");
  const results = find(".cf-results"), detail = find(".cf-detail");

  view.watch(() => {
    const words = strings.magnification.replace("{x}", view.times.toFixed(view.times < 10 ? 1 : 0));
    Object.assign(zoom, { min: Math.log2(view.least), max: Math.log2(view.most) });
    if (document.activeElement !== zoom || Math.abs(zoom.value - Math.log2(view.times)) > 0.02) zoom.value = Math.log2(view.times);
    zoom.setAttribute("aria-valuetext", words);
    magnification.textContent = words;
  });
  zoom.addEventListener("input", () => view.set({ times: 2 ** Number(zoom.value), touched: true }));
  find(".cf-fit").addEventListener("click", view.fit);
  find(".cf-one").addEventListener("click", () => view.set({ times: SCALE, touched: true }));
  smooth.addEventListener("change", () => panes.forEach((pane) => pane.smooth(smooth.checked)));
  const full = find(".cf-full");
  full.hidden = !document.fullscreenEnabled; // a frame may not be allowed to
  full.addEventListener("click", () => {
    const changing = document.fullscreenElement ? document.exitFullscreen() : results.requestFullscreen();
    changing.catch((error) => console.debug("full screen:", error.message)); // pressed again while it changes
  });

  // On a phone the row of tools has no place for these: they stand in the panel below.
  for (const button of viewer.element.querySelectorAll("[data-press]")) {
    const other = find(`.${button.dataset.press}`);
    button.hidden = other.hidden;
    button.addEventListener("click", () => other.click());
  }

  let pending = 0;
  detail.addEventListener("input", () => {
    write(detail.value);
    clearTimeout(pending);
    pending = setTimeout(() => {
      pending = 0;
      api.trigger("detail", { detail: Number(detail.value), request: nextRequest() });
    }, 120);
  });
  const write = (setting) => { find(".cf-detail-value").textContent = Number(setting).toFixed(2); };

  const more = find(".cf-more"), researchers = find(".cf-researchers");
  more.addEventListener("click", () => {
    researchers.hidden = !researchers.hidden;
    more.setAttribute("aria-expanded", String(!researchers.hidden));
    if (!researchers.hidden) researchers.scrollIntoView({ block: "nearest" });
  });

  viewer.tools = {
    /* Where the server's pictures are, unless a person is moving the slider. */
    detail(setting) {
      if (pending || Number(detail.value) === setting) return;
      detail.value = setting;
      write(setting);
    },
  };
}
