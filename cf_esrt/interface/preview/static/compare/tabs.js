/* On a phone one pane is seen at a time, under the names of the chosen ones that are there: the newest, until one is
   looked at. */
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

export function makeTabs(list, changed) {
  let name = null; // of the pane that was looked at last
  let shown = [];

  const current = (panes) => panes.find((pane) => pane.name === name) || panes[panes.length - 1];

  function go(pane) {
    name = pane.name;
    changed();
  }

  function tab(pane) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "cf-tab", textContent: pane.title });
    const chosen = pane === current(shown);
    button.setAttribute("role", "tab");
    button.setAttribute("aria-selected", String(chosen));
    button.tabIndex = chosen ? 0 : -1;
    button.addEventListener("click", () => go(pane));
    return button;
  }

  list.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation(); // the arrows are not the picture's
    go(shown[(shown.indexOf(current(shown)) + step + shown.length) % shown.length]);
  });

  return {
    current,
    choose: (wanted) => { name = wanted; },
    chosen: () => name,
    /* `several`: more than one is chosen. One that is there alone keeps the others' place. */
    show(panes, several) {
      const focused = list.contains(document.activeElement);
      shown = panes;
      list.hidden = !several;
      list.replaceChildren(...panes.map(tab));
      if (focused) list.querySelector("[aria-selected=true]")?.focus({ preventScroll: true });
    },
  };
}
