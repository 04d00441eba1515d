/* What is shown belongs to one photograph, lesion and box. Where another one is chosen, the panes are veiled and nothing
   of them can leave (quick.js lays a quick picture of the chosen box over them meanwhile). */
export function makeChoice({ find, strings, panes }) {
  const veil = find(".cf-veil");
  let chosen = null; // on the crop stage
  let shown = null;

  const where = ({ photo, lesion, box }) => JSON.stringify([photo, lesion, box]);

  function words() {
    if (shown.lesion !== chosen.lesion) return strings.veil_lesion.replaceAll("{n}", chosen.lesion).replace("{m}", shown.lesion);
    return document.querySelector("#cf-enhance[aria-disabled=true]") ? strings.veil_large : strings.veil_box;
  }

  function update() {
    const there = shown?.panes.length > 0;
    const other = there && chosen !== null && where(shown) !== where(chosen);
    find(".cf-results").classList.toggle("cf-veiled", Boolean(other));
    veil.hidden = !other;
    if (other) veil.querySelector("p").textContent = words();
    const leaving = there && !other ? { ...shown, panes: shown.panes.filter(({ name }) => panes.find((pane) => pane.name === name)?.url) } : null;
    document.dispatchEvent(new CustomEvent("cf-exportable", { detail: leaving }));
  }

  document.addEventListener("cf-chosen", ({ detail }) => {
    chosen = detail;
    update();
  });

  return {
    where,
    show(value) {
      shown = value;
      update();
    },
  };
}
