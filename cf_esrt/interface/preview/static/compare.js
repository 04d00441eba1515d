/* Comparing results: fetches what the server shows and hands it to the panes; the tools have a module each. */
import { makeBothDates } from "./compare/both_dates.js";
import { makeChoice } from "./compare/choice.js";
import { listen } from "./compare/keys.js";
import { makeLayout } from "./compare/layout.js";
import { makeMinimap } from "./compare/minimap.js";
import { makeModes } from "./compare/modes.js";
import { makePane } from "./compare/pane.js";
import { makeReadout } from "./compare/readout.js";
import { makeRuler } from "./compare/ruler.js";
import { makeScale } from "./compare/scale.js";
import { bindTools } from "./compare/tools.js";
import { makeOverlays } from "./compare/overlays.js";
import { makeReturn } from "./compare/return.js";
import { makeView } from "./compare/view.js";
import { placeExplanations } from "./explain.js";

export function start(element, api) {
  const find = (selector) => element.querySelector(selector);
  const strings = JSON.parse(find(".cf-results").dataset.strings);
  const view = makeView();
  const smooth = () => find(".cf-smooth").checked;
  const panes = Array.from(element.querySelectorAll(".cf-pane"), (figure) =>
    makePane(figure, find(`.cf-figures [data-model="${figure.dataset.model}"]`), view, smooth, strings));
  const viewer = { element, find, strings, view, panes, ready: () => view.width > 0, value: () => value };
  const layout = (viewer.layout = makeLayout(viewer));
  viewer.readout = makeReadout(viewer);
  viewer.scale = makeScale(viewer);
  document.addEventListener("cf-photo", ({ detail }) => viewer.scale.photo(detail.photo));
  document.addEventListener("cf-scale-set", ({ detail }) => viewer.scale.set(detail)); // dates.js, from a ruler
  viewer.modes = makeModes(viewer);
  const map = makeMinimap(viewer);
  const ruler = makeRuler(viewer);
  const overlays = makeOverlays(viewer, api);
  const previous = makeReturn(viewer);
  const choice = makeChoice(viewer);
  const bothDates = (viewer.bothDates = makeBothDates(viewer));
  let crop = null; // which crop of which photograph is shown
  let value = null;
  let newest = { session: null, number: 0 }; // of what was received
  let pending = Promise.resolve();

  async function show(next) {
    value = next;
    document.dispatchEvent(new CustomEvent("cf-results", { detail: value }));
    choice.show(value);
    overlays.show(value);
    layout.name(value.titles);
    viewer.tools.detail(value.detail); // also before the first result: where it opens
    if (value.resumed) previous.choose();
    bothDates.show(value);
    const same = crop === choice.where(value);
    const update = (pane) => value.panes.find(({ name }) => name === pane.name);
    for (const pane of panes) if (!update(pane) && pane.url) pane.clear();
    find(".cf-results").classList.toggle("cf-filled", value.panes.length > 0);
    if (!value.panes.length) { // of a photograph that was just opened
      crop = null;
      map.clear();
      overlays.drawn(value);
      return;
    }
    const changed = panes.filter((pane) => update(pane) && update(pane).url !== pane.url);
    if (!same) view.crop(value.box);
    const added = changed.filter((pane) => !pane.viewer);
    await Promise.all(changed.map((pane) => pane.load(update(pane), same)));
    Promise.all(panes.map((pane) => pane.painted())).then(() => { if (value === next) overlays.drawn(next); });
    choice.show(value);
    if (changed.length) map.show(panes.find((pane) => pane.blob).blob);
    if (!same) {
      crop = choice.where(value);
      for (const control of element.querySelectorAll("[disabled]")) control.disabled = false;
      ruler.close();
      viewer.scale.photo(value.photo);
      viewer.readout.moved(value.box);
      layout.arrange();
      view.open(value.spot);
      if (value.resumed) previous.go(value);
    } else if (changed.length) {
      layout.arrange();
      view.set({ fitted: view.fitted });
    }
    view.look(value.spot);
    map.spot(value.spot);
    viewer.readout.refresh();
    if (added.length && layout.paired) viewer.modes.refresh(); // a mode meets viewers that were not there
    if (!value.arriving) request();
  }

  /* A selected pane may need a model that has not run on this crop. */
  function request() {
    if (!value?.panes.length || layout.needed().every((name) => value.panes.some((pane) => pane.name === name))) return;
    api.trigger("choose", { ...layout.request(), unasked: true });
  }

  viewer.receive = (next) => {
    if (!next || !next.panes) return;
    // Events answer at once while panes arrive: what was overtaken would take away a pane that is there by now.
    if (next.order.session === newest.session && next.order.number < newest.number) return;
    newest = { ...next.order };
    for (const pane of panes) if (next.panes.some(({ name, url }) => name === pane.name && url !== pane.url)) pane.expect();
    // One after the other: a picture that arrives late must not replace a newer one.
    pending = pending.then(() => show(next)).catch((error) => console.warn(error.message));
  };

  layout.changed = () => {
    if (layout.paired) viewer.modes.refresh();
    viewer.readout.refresh();
    view.set({ fitted: view.fitted });
    api.trigger("choose", layout.request()); // also before Enhance: it runs what is chosen
  };
  bindTools(viewer, api);
  placeExplanations(element);
  listen(viewer);
  element.cfesrt = viewer;
  api.watch("value", () => viewer.receive(api.props.value));
  viewer.receive(api.props.value);
}
