/* The ways to compare. A mode is one module, named here; `enter` returns what undoes it. */
import blink from "./modes/blink.js";
import curtain from "./modes/curtain.js";
import difference from "./modes/difference.js";
import lens from "./modes/lens.js";
import { narrow } from "./layout.js";

const side = { name: "side", paired: false, enter: () => () => {} };
const MODES = [side, curtain, blink, lens, difference];
const KEY = "cf-esrt-mode"; // the way that was chosen last, in this browser

function remembered() {
  try {
    return MODES.find(({ name }) => name === localStorage.getItem(KEY));
  } catch (error) {
    return null; // storage may be switched off
  }
}

function remember({ name }) {
  try {
    localStorage.setItem(KEY, name);
  } catch (error) {
    console.debug("the way to compare is not remembered:", error.message);
  }
}

export function makeModes(viewer) {
  const { find, element, layout } = viewer;
  const grid = find(".cf-panes");
  const radios = Array.from(element.querySelectorAll(".cf-modes input"));
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
    find(".cf-swap").disabled = !mode.paired;
    element.querySelectorAll(".cf-options").forEach((part) => { part.hidden = part.dataset.for !== mode.name; });
    const [under, over] = layout.pair();
    leave = mode.enter({ ...viewer, under, over, overlay: find(".cf-overlay") });
    // What is hidden keeps the focus until the browser's next frame, which takes it away.
    if (!element.contains(focused) || (document.activeElement === focused && focused.checkVisibility())) return;
    // Its pane is not seen any more: the focus goes to the one that stands first.
    const next = focused.checkVisibility() ? focused : layout.lead().viewer?.canvas;
    next?.focus({ preventScroll: true });
  }

  for (const radio of radios) {
    radio.addEventListener("change", () => choose(MODES.find((mode) => mode.name === radio.value)));
  }
  /* Entered by a person, it is where the next visit begins. */
  function choose(mode) {
    remember(mode);
    enter(mode);
  }
  enter(remembered() || (narrow() ? curtain : side));
  return {
    now: () => now.name,
    refresh: () => enter(now),
    /* A mode's key enters it, and pressed once more goes back to side by side. */
    toggle: (name) => choose(now.name === name ? side : MODES.find((mode) => mode.name === name)),
    enter: (name) => enter(MODES.find((mode) => mode.name === name) || side),
  };
}
