/* One pane: its figure, its viewer, and the lossless picture that it shows, fetched once and kept in memory. */
import { makeViewer, open, painted } from "./viewer.js";
import { SCALE } from "./view.js";

const probe = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
  .getContext("2d", { willReadFrequently: true });

async function fetched(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`picture: ${response.status}`);
  return URL.createObjectURL(await response.blob());
}

/* `figures` is its row in the table of numbers. */
export function makePane(figure, figures, view, smooth, strings) {
  const find = (selector) => figure.querySelector(selector);
  const name = figure.dataset.model;
  // The original has one pixel where the results have sixteen; it is magnified without smoothing.
  let original = name === "original";
  const network = find(".cf-network");
  const pane = { name, figure, original, network, place: find(".cf-view"), title: network.selectedOptions[0].textContent };
  const waiting = find(".cf-waiting");
  const late = figures.hidden; // the second photograph's row, until its picture is there
  let image = null;
  Object.assign(pane, { viewer: null, blob: null, url: null });

  /* Its picture is announced: the server is done with it, a slow network is not. */
  pane.expect = () => { waiting.textContent = strings.arriving; };

  /* `keep`: what the pane shows is of the same crop. */
  pane.load = async (update, keep) => {
    pane.expect();
    waiting.classList.toggle("cf-over", Boolean(pane.url));
    if (pane.url && !keep) pane.place.append(waiting);
    try {
      await show(update, keep);
    } catch (error) {
      waiting.textContent = strings.waiting;
      throw error;
    }
    waiting.remove();
    find(".cf-synthetic").hidden = !update.synthetic;
    figures.hidden = false;
    write(update);
  };

  async function show(update, keep) {
    if (update.of) original = pane.original = update.of === "original"; // the second photograph's pane
    const [blob, overlay] = await Promise.all([fetched(update.url), update.overlay ? fetched(update.overlay) : null]);
    pane.viewer = pane.viewer || makeViewer(pane, view, smooth() && !original);
    if (update.of) pane.smooth(smooth());
    image = Object.assign(new Image(), { src: blob });
    await Promise.all([open(pane.viewer, overlay || blob, keep), image.decode()]);
    if (pane.blob) URL.revokeObjectURL(pane.blob);
    if (overlay) URL.revokeObjectURL(overlay); // the viewer holds it decoded
    Object.assign(pane, { blob, image, url: update.url, overlaid: Boolean(overlay) });
    figure.dataset.shown = update.url;
  }

  /* Until the picture is on the screen, where the pane is; not waited for by what follows, since a page that nobody
     looks at paints nothing. */
  pane.painted = async () => {
    while (pane.viewer && !figure.hidden && !painted(pane.viewer)) await new Promise(requestAnimationFrame);
  };

  function write({ sentence = "", db = "–", shift = "–", agreement = "", back_projected = "" }) {
    find(".cf-sentence").textContent = find(".cf-sentence").title = sentence;
    figures.querySelector(".cf-db").textContent = db;
    figures.querySelector(".cf-shift").textContent = shift;
    figures.querySelector(".cf-agreement-note").textContent = agreement;
    figures.querySelector(".cf-back-projected").textContent = back_projected;
  }

  /* The pane's picture is of another crop: forget it. */
  pane.clear = () => {
    if (pane.viewer) pane.viewer.close();
    if (pane.blob) URL.revokeObjectURL(pane.blob);
    Object.assign(pane, { blob: null, image: null, url: null });
    image = null;
    waiting.textContent = strings.waiting;
    waiting.classList.remove("cf-over");
    pane.place.append(waiting);
    delete figure.dataset.shown;
    find(".cf-synthetic").hidden = true;
    figures.hidden = late;
    write({});
  };

  pane.rename = (title) => {
    pane.title = title;
    figure.setAttribute("aria-label", title);
    figures.querySelector("th").textContent = title;
  };
  pane.smooth = (on) => pane.viewer && pane.viewer.drawer.setImageSmoothingEnabled(on && !original);

  /* Red, green and blue of a result's pixel as they came from the model; null where there is none. */
  pane.colour = (x, y) => {
    if (!image) return null;
    const [left, top] = original ? [Math.floor(x / SCALE), Math.floor(y / SCALE)] : [x, y];
    probe.drawImage(image, left, top, 1, 1, 0, 0, 1, 1);
    return Array.from(probe.getImageData(0, 0, 1, 1).data.subarray(0, 3));
  };
  return pane;
}
