/* Fidelity overlays with their legend, the back-projection switch, and notices of an unusual crop. */
import { nextRequest } from "./request_number.js";

export function makeOverlays({ find, texts }, api) {
  const radios = Array.from(find(".cf-overlays").querySelectorAll("input"));
  const scale = find(".cf-overlay-legend"), list = find(".cf-notices");

  for (const radio of radios) {
    radio.addEventListener("change", () => {
      draw(radio.value);
      api.trigger("overlay", { overlay: radio.value, request: nextRequest() });
    });
  }

  const backProjection = find(".cf-back-projection"), status = find(".cf-back-projection-status");
  backProjection.addEventListener("change", () => {
    status.textContent = texts.back_projecting;
    api.trigger("backproject", { back_projection: backProjection.checked, request: nextRequest() });
  });

  function draw(overlay) {
    const legend = texts.legends[overlay];
    scale.hidden = !legend;
    if (!legend) return;
    find(".cf-overlay-low").textContent = legend.low;
    find(".cf-overlay-high").textContent = `${legend.high} ${legend.unit}`;
    scale.querySelector("i").style.background = `${legend.gradient}, var(--cf-card)`;
  }

  return {
    show({ notices, back_projection: on, overlay, resumed }) {
      if (resumed) {
        backProjection.checked = on;
        radios.find((one) => one.value === overlay).checked = true;
        draw(overlay);
      }
      if (backProjection.checked === on) status.textContent = ""; // else it was switched again meanwhile
      list.hidden = !notices.length;
      list.querySelector("ul").replaceChildren(
        ...notices.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    },
  };
}
