/* Which panes are seen and where: chosen ones side by side (one at a time on a phone), or two, A and B, on one spot. */
import { makeTabs } from "./tabs.js";

const GAP = 10;
const NARROWEST = 240;
const LOWEST = 200;
const BELOW = 24; // pixels of the screen under the last line of the results
const AROUND = 340; // on a small screen: what is in sight with a pane, zoom, tabs, caption and numbers
const FOOT = 280; // pixels of width that a pane's numbers and buttons take on one line

/* Whether the results stand under the crop, as in style/small.css. */
export const stacked = () => matchMedia("(max-width: 900px)").matches;

export function makeLayout({ find, panes, view }) {
  const grid = find(".cf-panes"), overlay = find(".cf-overlay"), root = find(".cf-results");
  const chips = Array.from(find(".cf-side-only").querySelectorAll("input"));
  const selects = [find(".cf-first"), find(".cf-second")];
  const byName = Object.fromEntries(panes.map((pane) => [pane.name, pane]));
  const layout = { paired: false, changed: () => {} };
  const most = () => Math.max(1, Math.floor((grid.clientWidth + GAP) / (NARROWEST + GAP)));
  let single = false; // one pane at a time
  const tabs = makeTabs(find(".cf-tabs"), () => {
    layout.arrange();
    layout.changed();
  });

  layout.chosen = () => chips.filter((chip) => chip.checked).map((chip) => byName[chip.value]);
  layout.pair = () => selects.map((select) => byName[select.value]);
  /* The chosen panes that have a picture; all of them before the first one has. */
  const there = () => {
    const some = layout.chosen().filter((pane) => pane.url);
    return some.length ? some : layout.chosen();
  };
  layout.seen = () => {
    if (layout.paired) return layout.pair();
    return single ? [tabs.current(there())] : layout.chosen();
  };
  /* Everything that may be asked for without choosing again. */
  layout.needed = () => [...new Set([...layout.chosen(), ...layout.pair()])].map((pane) => pane.name);
  layout.lead = () => layout.seen()[0];
  layout.tabs = tabs;

  layout.arrange = () => {
    single = !layout.paired && most() === 1;
    const seen = layout.seen();
    grid.dataset.paired = layout.paired;
    for (const pane of panes) {
      pane.figure.hidden = !seen.includes(pane);
      pane.figure.dataset.place = layout.paired ? ["a", "b"][seen.indexOf(pane)] : "";
    }
    tabs.show(single ? there() : [], single && layout.chosen().length > 1);
    fill();
  };
  /* Panes have got pictures: on a phone, tabs. */
  layout.arrived = () => { if (single) layout.arrange(); };

  /* Panes get whole pixels, all the same: else one of them would lie half a pixel off. They take the crop's shape, as
     far as the screen has room for them with all that stands above and below. */
  function fill() {
    if (!layout.paired && single !== (most() === 1)) return layout.arrange(); // the screen was turned
    const count = layout.paired ? 1 : layout.seen().length;
    const rows = Math.ceil(count / Math.min(count, most())), columns = Math.ceil(count / rows);
    const wide = Math.floor((grid.clientWidth - GAP * (columns - 1)) / columns) - 2;
    const place = layout.lead().place;
    if (!wide || !place.clientWidth) return;
    const shape = view.width ? view.width / view.height : 1;
    const from = root.getBoundingClientRect().top;
    const top = from + (document.fullscreenElement ? 0 : scrollY);
    const rest = top + find(".cf-readout").getBoundingClientRect().bottom - from - rows * place.clientHeight;
    const tall = Math.max(LOWEST, Math.floor((innerHeight - (stacked() ? AROUND : rest + BELOW)) / (stacked() ? 1 : rows)));
    const height = Math.min(tall, Math.max(LOWEST, Math.round(wide / shape)));
    const width = layout.paired ? wide : Math.min(wide, Math.max(FOOT, Math.round(height * shape)));
    for (const [name, value] of [["columns", columns], ["column", `${width}px`], ["height", `${height}px`]]) {
      grid.style.setProperty(`--cf-${name}`, value);
    }
    const around = grid.getBoundingClientRect(), at = place.getBoundingClientRect();
    Object.assign(overlay.style, {
      left: `${at.x - around.x}px`, top: `${at.y - around.y}px`, width: `${place.clientWidth}px`, height: `${place.clientHeight}px`,
    });
    const density = OpenSeadragon.pixelDensityRatio;
    view.sized(place.clientWidth * density, place.clientHeight * density);
  }

  for (const chip of chips) {
    chip.addEventListener("change", () => {
      if (!layout.chosen().length) chip.checked = true; // one pane stays
      layout.arrange();
      layout.changed();
    });
  }
  selects.forEach((select, place) => {
    select.addEventListener("change", () => {
      const other = selects[1 - place];
      if (other.value === select.value) other.value = select.dataset.was; // the same twice: they change places
      remember();
      layout.arrange();
      layout.changed();
    });
  });
  const remember = () => selects.forEach((select) => { select.dataset.was = select.value; });
  layout.swap = () => {
    [selects[0].value, selects[1].value] = [selects[1].value, selects[0].value];
    remember();
    layout.arrange();
    layout.changed();
  };
  /* By names, after a reload. */
  layout.choose = (names, pair) => {
    for (const chip of chips) chip.checked = names.includes(chip.value);
    selects.forEach((select, place) => { select.value = pair[place]; });
    remember();
  };
  find(".cf-swap").addEventListener("click", layout.swap);
  remember();
  const watched = new ResizeObserver(fill);
  watched.observe(grid);
  watched.observe(root);
  addEventListener("resize", fill);
  return layout;
}
