/* The keyboard: one list of keys, which is also what the help shows. */
import { SCALE } from "./view.js";

const STEP = 0.1; // of what is seen
const ZOOM = 1.25;

const KEYS = [
  { name: "pan", keys: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], signs: "← → ↑ ↓" },
  { name: "in", keys: ["+", "="], signs: "+", run: ({ view }) => view.set({ times: view.times * ZOOM, touched: true }) },
  { name: "out", keys: ["-", "_"], signs: "−", run: ({ view }) => view.set({ times: view.times / ZOOM, touched: true }) },
  { name: "fit", keys: ["0"], run: ({ view }) => view.fit() },
  { name: "one", keys: ["1"], run: ({ view }) => view.set({ times: SCALE, touched: true }) },
  { name: "side", keys: ["s"], run: ({ modes }) => modes.toggle("side") },
  { name: "curtain", keys: ["c"], run: ({ modes }) => modes.toggle("curtain") },
  { name: "blink", keys: ["b"], run: ({ modes }) => modes.toggle("blink") },
  { name: "lens", keys: ["l"], run: ({ modes }) => modes.toggle("lens") },
  { name: "difference", keys: ["d"], run: ({ modes }) => modes.toggle("difference") },
  { name: "added", keys: ["a"], run: ({ find }) => find(".cf-believe").click() },
  { name: "dates", keys: ["t"], run: ({ bothDates }) => bothDates.press() },
  { name: "swap", keys: ["x"], run: ({ layout }) => layout.swap() },
  { name: "smooth", keys: ["i"], run: ({ find }) => find(".cf-smooth").click() },
  { name: "full", keys: ["f"], run: ({ find }) => find(".cf-full").click() },
  { name: "help", keys: ["?"], run: ({ find }) => find(".cf-help-open").click() },
];
const PAN = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const OWN_ARROWS = "input, select, [role=slider], [role=radio], .cf-end, .cf-stage";
const TYPED = "input[type=number], input[type=text], textarea";

export function listen(viewer) {
  const { element, find, strings, view, ready } = viewer;
  const help = find(".cf-help");

  for (const { name, keys, signs } of KEYS) {
    const row = document.createElement("div");
    const sign = Object.assign(document.createElement("dt"), { textContent: signs || keys[0].toUpperCase() });
    row.append(sign, Object.assign(document.createElement("dd"), { textContent: strings.keys[name] }));
    find(".cf-keys").append(row);
  }
  find(".cf-help-open").addEventListener("click", () => help.showModal());

  document.addEventListener("keydown", (event) => {
    const at = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || help.open) return;
    // Only while it is open: what closes keeps the focus until the browser's next frame, and a key is pressed before.
    if (at.matches(TYPED) || at.closest("dialog[open], :popover-open")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const known = KEYS.find(({ keys }) => keys.includes(key));
    if (!known || (!ready() && known.name !== "help")) return;
    if (at.closest(".cf-stage") && /^([+\-=_0]|Arrow.*)$/.test(key)) return; // the stage has a zoom of its own
    if (PAN[key]) {
      if (at.matches(OWN_ARROWS) || !element.contains(at)) return; // elsewhere they scroll the page
      view.pan(...PAN[key].map((way) => way * STEP));
      viewer.readout.middle();
    } else if (at.matches("select")) return; // letters choose in a list
    else known.run(viewer);
    event.preventDefault();
  });
}
