/* The ways to compare. A mode is one module, named here; `enter` returns what undoes it. */
import blink from "./modes/blink.js";
import curtain from "./modes/curtain.js";
import difference from "./modes/difference.js";
import lens from "./modes/lens.js";

const side = { name: "side", paired: false, enter: () => () => {} };
const MODES = [side, curtain, blink, lens, difference];

export function makeModes(viewer) {
  const { find, element, layout } = viewer;
  const grid = find(".cf-panes");
  const radios = Array.from(find(".cf-modes").querySelectorAll("input"));
  let now = side;
  let leave = () => {};

  function enter(mode) {
    const focused = document.activeElement; // a control that leaving hides and entering shows again keeps the focus
    leave();
    now = mode;
    grid.dataset.mode = mode.name;
    layout.paired = mode.paired;
    layout.arrange();
    for (const radio of radios) radio.checked = radio.value === mode.name;
    element.querySelectorAll(".cf-side-only").forEach((part) => { part.hidden = mode.paired; });
    element.querySelectorAll(".cf-pair-only").forEach((part) => { part.hidden = !mode.paired; });
    element.querySelectorAll(".cf-options").forEach((part) => { part.hidden = part.dataset.for !== mode.name; });
    const [under, over] = layout.pair();
    leave = mode.enter({ ...viewer, under, over, overlay: find(".cf-overlay") });
    layout.arrange(); // options may have moved the panes
    if (element.contains(focused) && document.activeElement !== focused) focused.focus({ preventScroll: true });
  }

  for (const radio of radios) {
    radio.addEventListener("change", () => enter(MODES.find((mode) => mode.name === radio.value)));
  }
  enter(side);
  return {
    now: () => now.name,
    refresh: () => enter(now),
    /* A mode's key enters it, and pressed once more goes back to side by side. */
    toggle: (name) => enter(now.name === name ? side : MODES.find((mode) => mode.name === name)),
  };
}
