/* Which panes are seen and where: some side by side, or two, A and B, on one spot. A pane's own list chooses its network.
   The place of the panes is the page's: nothing that happens in them changes its size. */
const GAP = 2;
const NARROWEST = 200;

/* Whether a curtain comes first: no room for three pictures beside each other. */
export const narrow = () => matchMedia("(max-width: 900px)").matches;

const SECOND = "second"; // the pane of the second photograph
const FIRST_SHOWN = "cf-esrt"; // of both photographs

export function makeLayout({ find, strings, panes, view, value }) {
  const grid = find(".cf-panes"), overlay = find(".cf-overlay");
  const chips = Array.from(find(".cf-side-only").querySelectorAll("input"));
  const byName = Object.fromEntries(panes.map((pane) => [pane.name, pane]));
  const layout = { paired: false, changed: () => {} };
  let side = chips.filter((chip) => chip.checked).map((chip) => chip.value); // names, from left to right
  let pair = [side[0], side[side.length - 1]];
  let dates = false; // whether one network is seen on both photographs
  let both = [FIRST_SHOWN, SECOND];

  const ofBoth = () => both.find((name) => name !== SECOND);
  layout.chosen = () => (dates ? both : side).map((name) => byName[name]);
  layout.pair = () => (dates ? both : pair).map((name) => byName[name]);
  layout.seen = () => (layout.paired ? layout.pair() : layout.chosen());
  /* The names of those side by side, and of the pair, of one photograph. */
  layout.names = () => ({ panes: side, pair });
  /* Everything that may be asked for without choosing again. */
  layout.needed = () => [...new Set([...side, ...pair, ...(dates && value()?.second?.aligned ? both : [])])];
  /* What the server is asked for, in its words. */
  layout.request = () => ({ panes: layout.needed(), second: dates ? ofBoth() : null });
  layout.dates = () => dates;
  /* One network on both photographs, or several on the first. */
  layout.showDates = (on, name = ofBoth()) => {
    dates = on;
    both = both.map((one) => (one === SECOND ? SECOND : byName[name] ? name : one));
    layout.arrange();
  };
  layout.lead = () => layout.seen()[0];

  layout.arrange = () => {
    const seen = layout.seen();
    grid.dataset.paired = layout.paired;
    for (const pane of panes) {
      const at = seen.indexOf(pane);
      pane.figure.hidden = at < 0;
      pane.figure.style.order = at;
      pane.figure.dataset.place = layout.paired ? ["a", "b"][at] : "";
      pane.figure.classList.toggle("cf-rightmost", at === seen.length - 1);
      pane.figure.querySelector(".cf-which").textContent = dates ? (pane.name === SECOND ? strings.photo_2 : strings.photo_1) : "";
      pane.network.value = pane.name === SECOND ? ofBoth() : pane.name;
    }
    grid.dataset.dates = dates;
    for (const chip of chips) chip.checked = side.includes(chip.value);
    fill();
  };

  /* Panes get whole pixels, all the same: else one of them would lie half a pixel off. */
  function fill() {
    const count = layout.paired ? 1 : layout.seen().length;
    const most = Math.max(1, Math.floor((grid.clientWidth + GAP) / (NARROWEST + GAP)));
    const rows = count <= 3 ? 1 : Math.ceil(count / most), columns = Math.ceil(count / rows);
    const lead = layout.lead().figure;
    const around = lead.querySelector("figcaption").offsetHeight + lead.querySelector(".cf-sentence").offsetHeight;
    const wide = Math.floor((grid.clientWidth - GAP * (columns - 1)) / columns);
    const tall = Math.floor((grid.clientHeight - GAP * (rows - 1)) / rows) - around;
    const place = layout.lead().place;
    if (wide <= 0 || tall <= 0 || !place.clientWidth) return;
    for (const [name, value] of [["columns", columns], ["column", `${wide}px`], ["height", `${tall}px`]]) {
      grid.style.setProperty(`--cf-${name}`, value);
    }
    const from = grid.getBoundingClientRect(), at = place.getBoundingClientRect();
    Object.assign(overlay.style, {
      left: `${at.x - from.x}px`, top: `${at.y - from.y}px`, width: `${place.clientWidth}px`, height: `${place.clientHeight}px`,
    });
    const density = OpenSeadragon.pixelDensityRatio;
    view.sized(place.clientWidth * density, place.clientHeight * density);
  }

  function put(list, from, to) { // another network in a pane; two change places where both are seen
    return list.map((name) => (name === from ? to : name === to ? from : name));
  }

  for (const pane of panes) {
    pane.network.addEventListener("change", () => {
      const wanted = pane.network.value;
      pane.network.value = pane.name;
      if (dates) {
        both = both.map((name) => (name === SECOND ? SECOND : wanted));
        layout.arrange();
        layout.changed();
        (pane.name === SECOND ? pane : byName[wanted]).network.focus({ preventScroll: true });
        return;
      }
      if (layout.paired) pair = put(pair, pane.name, wanted);
      else side = put(side, pane.name, wanted);
      layout.arrange();
      layout.changed();
      byName[wanted].network.focus({ preventScroll: true });
    });
  }
  for (const chip of chips) {
    chip.addEventListener("change", () => {
      if (chip.checked) side = [...side, chip.value];
      else if (side.length > 1) side = side.filter((name) => name !== chip.value); // one pane stays
      layout.arrange();
      layout.changed();
    });
  }
  layout.swap = () => {
    if (dates) both = [both[1], both[0]];
    else pair = [pair[1], pair[0]];
    layout.arrange();
    layout.changed();
  };
  /* By names, after a reload. */
  layout.choose = (names, two) => {
    side = names.filter((name) => byName[name]);
    pair = two.map((name, at) => (byName[name] ? name : pair[at]));
  };
  /* The names of all panes, which depend on where the photograph comes from; the same in every list. */
  layout.name = (titles) => {
    for (const [name, title] of Object.entries(titles || {})) {
      if (byName[name]) byName[name].rename(title);
      if (name === SECOND) continue; // its list names networks
      for (const option of document.querySelectorAll(`.cf-network option[value="${name}"]`)) option.textContent = title;
      for (const chip of chips) if (chip.value === name) chip.nextElementSibling.textContent = title;
    }
  };
  find(".cf-swap").addEventListener("click", () => layout.swap());
  new ResizeObserver(fill).observe(grid);
  addEventListener("resize", fill);
  return layout;
}
