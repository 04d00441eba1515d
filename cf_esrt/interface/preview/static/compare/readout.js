/* The pixel under the cursor, or in the middle for the keyboard: its place, and its colour in every pane. */
import { SCALE } from "./view.js";

export function makeReadout({ find, strings, panes, layout, view }) {
  const grid = find(".cf-panes"), spot = find(".cf-spot"), cross = find(".cf-cross");
  let place = null; // result pixel
  let corner = { x: 0, y: 0 }; // of the crop in the photograph
  let frame = 0;

  function write() {
    frame = 0;
    const within = place && place[0] >= 0 && place[1] >= 0 && place[0] < SCALE * view.width && place[1] < SCALE * view.height;
    const [x, y] = within ? place : [0, 0];
    spot.textContent = within
      ? strings.spot.replace("{x}", x).replace("{y}", y)
          .replace("{px}", corner.x + Math.floor(x / SCALE)).replace("{py}", corner.y + Math.floor(y / SCALE))
      : strings.spot_hint;
    for (const pane of panes) {
      const output = pane.figure.querySelector(".cf-colour");
      const colour = within && layout.seen().includes(pane) ? pane.colour(x, y) : null;
      output.textContent = colour ? colour.join(" ") : "";
      output.style.setProperty("--cf-swatch", colour ? `rgb(${colour.join(" ")})` : "transparent");
    }
  }
  const soon = () => { frame = frame || requestAnimationFrame(write); };

  grid.addEventListener("pointermove", (event) => {
    const figure = event.target.closest(".cf-view")?.parentElement;
    const pane = panes.find((one) => one.figure === figure && one.url) || layout.lead();
    if (!pane.url || !view.width) return;
    place = pane.viewer.at(event.clientX, event.clientY).map((side) => Math.floor(side * SCALE));
    cross.hidden = true;
    soon();
  });
  grid.addEventListener("pointerleave", () => { place = null; soon(); });

  return {
    refresh: soon,
    moved(box) {
      corner = box;
      place = null;
      soon();
    },
    middle() {
      place = [Math.floor(view.x * SCALE), Math.floor(view.y * SCALE)];
      cross.hidden = false;
      soon();
    },
  };
}
