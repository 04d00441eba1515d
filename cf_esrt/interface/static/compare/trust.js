/* What is known of the results: which map lies over them, its scale, and in what the crop is unlike what was learned. */
export function makeTrust({ find, texts }, api) {
  const layers = Array.from(find(".cf-layers").querySelectorAll("input"));
  const scale = find(".cf-map-legend"), told = find(".cf-notices");

  for (const layer of layers) {
    layer.addEventListener("change", () => {
      draw(layer.value);
      api.trigger("layer", { layer: layer.value });
    });
  }

  function draw(layer) {
    const legend = texts.legends[layer];
    scale.hidden = !legend;
    if (!legend) return;
    find(".cf-map-low").textContent = legend.low;
    find(".cf-map-high").textContent = `${legend.high} ${legend.unit}`;
    scale.querySelector("i").style.background = `${legend.gradient}, var(--cf-card)`;
  }

  return {
    show({ notices }) {
      told.hidden = !notices.length;
      told.querySelector("ul").replaceChildren(
        ...notices.map((said) => Object.assign(document.createElement("li"), { textContent: said })));
    },
  };
}
