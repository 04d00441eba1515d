/* What is known of the results: which map lies over them, its scale, and in what the crop is unlike what was learned. */
import { nextTurn } from "./request_number.js";

export function makeTrust({ find, texts }, api) {
  const layers = Array.from(find(".cf-layers").querySelectorAll("input"));
  const scale = find(".cf-map-legend"), told = find(".cf-notices");

  for (const layer of layers) {
    layer.addEventListener("change", () => {
      draw(layer.value);
      api.trigger("layer", { layer: layer.value, turn: nextTurn() });
    });
  }

  const agree = find(".cf-agree"), agreeing = find(".cf-agree-told");
  agree.addEventListener("change", () => {
    agreeing.textContent = texts.agreeing;
    api.trigger("agree", { agree: agree.checked, turn: nextTurn() });
  });

  function draw(layer) {
    const legend = texts.legends[layer];
    scale.hidden = !legend;
    if (!legend) return;
    find(".cf-map-low").textContent = legend.low;
    find(".cf-map-high").textContent = `${legend.high} ${legend.unit}`;
    scale.querySelector("i").style.background = `${legend.gradient}, var(--cf-card)`;
  }

  return {
    show({ notices, agree: on, layer, resumed }) {
      if (resumed) {
        agree.checked = on;
        layers.find((one) => one.value === layer).checked = true;
        draw(layer);
      }
      if (agree.checked === on) agreeing.textContent = ""; // else it was switched again meanwhile
      told.hidden = !notices.length;
      told.querySelector("ul").replaceChildren(
        ...notices.map((said) => Object.assign(document.createElement("li"), { textContent: said })));
    },
  };
}
