/* Maps over the results with their legend, the back-projection switch, and notices of an unusual crop. */
import { nextRequest } from "./request_number.js";

const PLAIN = "result", FIRST = "added"; // what the button over the panes switches between

export function makeOverlays({ find, strings }, api) {
  const radios = Array.from(find(".cf-overlays").querySelectorAll("input"));
  const scale = find(".cf-overlay-legend"), notes = find(".cf-notices"), believe = find(".cf-believe"), making = find(".cf-making");
  let wanted = PLAIN;

  function choose(overlay) {
    wanted = overlay;
    draw();
    making.textContent = overlay === PLAIN ? "" : strings.making_map;
    api.trigger("overlay", { overlay, request: nextRequest() });
  }
  for (const radio of radios) radio.addEventListener("change", () => choose(radio.value));
  believe.addEventListener("click", () => choose(wanted === PLAIN ? FIRST : PLAIN));

  const backProjection = find(".cf-back-projection"), status = find(".cf-back-projection-status");
  backProjection.addEventListener("change", () => {
    status.textContent = strings.back_projecting;
    api.trigger("backproject", { back_projection: backProjection.checked, request: nextRequest() });
  });

  function draw() {
    radios.find((one) => one.value === wanted).checked = true;
    believe.setAttribute("aria-pressed", String(wanted !== PLAIN));
    const legend = strings.legends[wanted];
    scale.hidden = !legend;
    if (!legend) return;
    find(".cf-overlay-low").textContent = legend.low;
    find(".cf-overlay-high").textContent = `${legend.high} ${legend.unit}`;
    scale.querySelector("i").style.background = `${legend.gradient}, var(--cf-card)`;
  }

  return {
    toggle: () => believe.click(),
    show({ notices, back_projection: on, overlay, resumed }) {
      if (resumed) {
        backProjection.checked = on;
        wanted = overlay;
        draw();
      }
      if (overlay === wanted) making.textContent = "";
      if (backProjection.checked === on) status.textContent = ""; // else it was switched again meanwhile
      notes.textContent = notes.title = notices.join(" ");
    },
  };
}
