/* Which panes are seen and where: chosen ones side by side, or two, A and B, on the same spot. */
const GAP = 10;
const NARROWEST = 240;

export function makeLayout({ find, panes, view }) {
  const grid = find(".cf-panes"), overlay = find(".cf-overlay");
  const chips = Array.from(find(".cf-side-only").querySelectorAll("input"));
  const selects = [find(".cf-first"), find(".cf-second")];
  const byName = Object.fromEntries(panes.map((pane) => [pane.name, pane]));
  const layout = { paired: false, changed: () => {} };

  layout.chosen = () => chips.filter((chip) => chip.checked).map((chip) => byName[chip.value]);
  layout.pair = () => selects.map((select) => byName[select.value]);
  layout.seen = () => (layout.paired ? layout.pair() : layout.chosen());
  /* Everything that may be asked for without choosing again. */
  layout.needed = () => [...new Set([...layout.chosen(), ...layout.pair()])].map((pane) => pane.name);
  layout.lead = () => layout.seen()[0];

  layout.arrange = () => {
    const seen = layout.seen();
    grid.dataset.paired = layout.paired;
    for (const pane of panes) {
      pane.figure.hidden = !seen.includes(pane);
      pane.figure.dataset.place = layout.paired ? ["a", "b"][seen.indexOf(pane)] : "";
    }
    fill();
  };

  /* Panes get whole pixels, all the same: else one of them would lie half a pixel off. */
  function fill() {
    const count = layout.paired ? 1 : layout.seen().length;
    const most = Math.min(count, Math.max(1, Math.floor((grid.clientWidth + GAP) / (NARROWEST + GAP))));
    const rows = Math.ceil(count / most), columns = Math.ceil(count / rows);
    grid.style.setProperty("--cf-columns", columns);
    grid.style.setProperty("--cf-rows", rows);
    grid.style.setProperty("--cf-column", `${Math.floor((grid.clientWidth - GAP * (columns - 1)) / columns) - 2}px`);
    const place = layout.lead().place;
    const { width, height } = { width: place.clientWidth, height: place.clientHeight };
    if (!width) return;
    const from = grid.getBoundingClientRect(), at = place.getBoundingClientRect();
    Object.assign(overlay.style, {
      left: `${at.x - from.x}px`, top: `${at.y - from.y}px`, width: `${width}px`, height: `${height}px`,
    });
    const density = OpenSeadragon.pixelDensityRatio;
    view.sized(width * density, height * density);
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
  find(".cf-swap").addEventListener("click", layout.swap);
  remember();
  new ResizeObserver(fill).observe(grid);
  return layout;
}
