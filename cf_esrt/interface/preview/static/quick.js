/* Live's quick picture of the box while it moves. One request is under way at a time, always for the newest box: what is
   passed over is never asked for. A large box comes tile by tile, from the middle; a box that rests asks for nothing.
   Where many hands drag at once the tiles are smaller, so that each sees a part of its picture soon. */
import { SCALE } from "./compare/view.js";
import { tilesOf } from "./quick/tiles.js";

const BUSY_MS = 400; // that the server took for a tile
const LOST_MS = 10_000; // then an answer is taken for lost, and the newest box is asked for again

export function start(element, api) {
  const figure = element.querySelector(".cf-quick");
  const sizes = JSON.parse(figure.dataset.sizes);
  const canvas = figure.querySelector("canvas");
  const context = canvas.getContext("2d");
  const where = ({ photo, lesion, box }) => JSON.stringify([photo, lesion, box]);
  let chosen = null; // { photo, lesion, box } on the crop stage
  let shown = null; // that of the results in the panes
  let begun = null; // the box whose tiles are asked for
  let tiles = []; // those that have yet to be asked for
  let asked = 0;
  let busy = false;
  let waiting = null; // the request under way: { asked, chosen, tile, lost }
  document.querySelector(".cf-panes").append(figure);

  const wanted = () => chosen && chosen.box.width * chosen.box.height <= sizes.most && (!shown || where(shown) !== where(chosen));

  function ask() {
    if (waiting || !wanted()) return;
    if (!begun || where(begun) !== where(chosen)) {
      begun = chosen;
      tiles = tilesOf(chosen.box, { ...sizes, tile: busy ? sizes.tile / 2 : sizes.tile });
    }
    const tile = tiles.shift();
    if (!tile) return;
    asked += 1;
    waiting = { asked, chosen: begun, tile, lost: setTimeout(lose, LOST_MS) };
    api.trigger("quick", { asked, photo: begun.photo, box: tile.seen });
  }

  async function answered(number, picture) {
    if (!waiting || number !== waiting.asked) return;
    const { chosen: of, tile, lost } = waiting;
    clearTimeout(lost);
    waiting = null;
    if (picture) busy = picture.milliseconds > BUSY_MS;
    ask(); // the next one is made while this one is fetched
    if (picture && !(await draw(of, tile, picture.url))) again(of, tile);
  }

  function lose() {
    const { chosen: of, tile } = waiting;
    waiting = null;
    again(of, tile);
  }

  /** Ask once more for a tile that did not come, if its box is still wanted. */
  function again(of, tile) {
    if (of === begun && !tile.again) tiles.push({ ...tile, again: true });
    ask();
  }

  /** False where the picture was dropped for a newer one before it was fetched. */
  async function draw(of, tile, url) {
    const response = await fetch(url);
    if (!response.ok) return false;
    const image = await createImageBitmap(await response.blob());
    if (!wanted() || of.photo !== chosen.photo) return true;
    if (figure.dataset.box !== where(of)) {
      Object.assign(canvas, { width: SCALE * of.box.width, height: SCALE * of.box.height });
      figure.dataset.box = where(of);
    }
    const { core, seen } = tile;
    const [x, y, width, height] = [core.x, core.y, core.width, core.height].map((value) => SCALE * value);
    context.drawImage(image, x - SCALE * seen.x, y - SCALE * seen.y, width, height,
      x - SCALE * of.box.x, y - SCALE * of.box.y, width, height);
    figure.hidden = false;
    return true;
  }

  function compare() {
    if (wanted()) ask();
    else figure.hidden = true;
  }
  document.addEventListener("cf-chosen", ({ detail }) => {
    if (chosen && detail.photo !== chosen.photo) figure.hidden = true;
    chosen = detail;
    compare();
  });
  document.addEventListener("cf-results", ({ detail }) => {
    shown = detail.panes.length ? detail : null;
    compare();
  });
  api.watch("value", () => {
    const answer = api.props.value;
    if (answer) answered(answer.asked, answer.picture).catch((error) => console.warn(error.message));
  });
  element.cfesrt = true;
}
