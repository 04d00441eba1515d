/* The scale bar: a round length in millimetres, or the word "uncalibrated". Calibration belongs to a photograph. */
const LONGEST = 160; // CSS pixels
const known = new Map(); // millimetres for each pixel of the photograph, by the photograph's number

export function makeScale({ find, strings, view }) {
  const bar = find(".cf-scale i"), label = find(".cf-scale span");
  let photo = null;

  /* Exports are calibrated like the picture on the page. */
  const publish = () => document.dispatchEvent(new CustomEvent("cf-scale", { detail: known.get(photo) || null }));

  function draw() {
    const millimetres = known.get(photo);
    find(".cf-scale").hidden = !millimetres;
    if (!millimetres) return;
    const pixel = view.times / OpenSeadragon.pixelDensityRatio / millimetres; // CSS pixels for each millimetre
    const power = 10 ** Math.floor(Math.log10(LONGEST / pixel));
    const length = [5, 2, 1].find((step) => step * power * pixel <= LONGEST) * power;
    bar.style.width = `${length * pixel}px`;
    const [number, unit] = length < 1 ? [length * 1000, "µm"] : [length, "mm"];
    label.textContent = strings.scale.replace("{length}", Number(number.toPrecision(3))).replace("{unit}", unit);
  }
  view.watch(draw);

  return {
    of: () => known.get(photo) || null,
    photo(number) {
      photo = number;
      publish();
      draw();
    },
    set(millimetres) {
      if (millimetres) known.set(photo, millimetres);
      else known.delete(photo);
      publish();
      draw();
    },
  };
}
