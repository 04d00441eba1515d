/* Live's quick picture of the box while it moves. One request is under way at a time, always for the newest box: what is
   passed over is never asked for, and what a resting hand no longer wants is given up, once until a picture is shown: a hand
   that moves and rests by turns sees some. A large box comes tile by tile, from the middle; a box that rests asks for
   nothing. Where many hands drag at once the tiles are smaller, so that each sees a part of its picture soon. Another box's
   picture follows one that moves; where it falls behind, that is said, and once the box rests it goes. */
import { SCALE } from "./compare/view.js";
import { isBusy, tilesOf } from "./quick/tiles.js";

const REST_MS = 60; // without a move: the hand rests
const LATE_MS = 400; // after which a box should have its picture
const LOST_MS = 30_000; // then an answer is taken for lost; what fails or ends early is known at once
const LATER_MS = 1_000; // after which a server is asked again that has too much to do

export function start(element) {
  const figure = element.querySelector(".cf-quick");
  const { url, note, coming, ...sizes } = JSON.parse(figure.dataset.sizes);
  const canvas = figure.querySelector("canvas");
  const words = figure.querySelector("figcaption span");
  const context = canvas.getContext("2d", { alpha: false });
  const where = ({ photo, lesion, box }) => JSON.stringify([photo, lesion, box]);
  let chosen = null; // { photo, lesion, box, key } on the crop stage
  let shown = null; // that of the results in the panes
  let begun = null; // the box whose tiles are asked for
  let tiles = []; // those that have yet to be asked for
  let number = 0; // of requests
  let drawn = 0; // number of the first picture of the box on the canvas
  let busy = false;
  let waiting = null; // the request under way: { number, of, tile, control }
  let arriving = null; // the one whose answer is read while the server makes the next picture
  let resting = 0; // a timer
  let patience = 0; // with the picture of a box that rests, a timer
  let late = false; // that picture
  let behind = 0; // a timer, while another box's picture is shown
  let gaveUp = false; // since a picture was shown
  document.querySelector(".cf-panes").append(figure);

  const fits = ({ width, height }) => Math.min(width, height) >= sizes.least && width * height <= sizes.most;
  const wanted = () => chosen && fits(chosen.box) && (!shown || where(shown) !== where(chosen));
  const current = (of) => wanted() && where(of) === where(chosen);

  async function ask() {
    if (waiting || !wanted()) return;
    if (!begun || where(begun) !== where(chosen)) {
      begun = chosen;
      tiles = tilesOf(chosen.box, { ...sizes, tile: busy ? sizes.tile / 2 : sizes.tile });
    }
    const tile = tiles.shift();
    if (!tile) return;
    number += 1;
    const mine = (waiting = { number, of: begun, tile, control: new AbortController() });
    const lost = setTimeout(() => mine.control.abort(), LOST_MS);
    let image = null;
    try {
      image = await picture(mine);
    } catch (error) {
      if (current(mine.of)) again(mine); // what was given up is wanted no longer
    } finally {
      clearTimeout(lost);
      if (arriving === mine) arriving = null;
      free(mine);
    }
    if (image) draw(mine, image);
    else if (current(mine.of) && figure.dataset.box !== where(mine.of)) figure.hidden = true; // until it comes after all
  }

  /** The picture of a tile; null where there is none of it. */
  async function picture(mine) {
    const { of, tile, control } = mine;
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ key: of.key, number: mine.number, photo: of.photo, box: tile.seen }),
      signal: control.signal,
    });
    if (response.status === 503) setTimeout(() => again(mine), LATER_MS);
    if (response.status !== 200) return null;
    busy = isBusy(took(response), tile.seen, sizes, busy);
    if (!arriving) { // on a slow network pictures would crowd each other out
      arriving = mine;
      free(mine); // the server makes the next one while this one arrives
    }
    return createImageBitmap(await response.blob());
  }

  /** Milliseconds that the server took. */
  function took(response) {
    const parts = (response.headers.get("Server-Timing") || "").matchAll(/dur=([\d.]+)/g);
    return Array.from(parts, ([, part]) => Number(part)).reduce((sum, part) => sum + part, 0);
  }

  function free(mine) {
    if (waiting !== mine) return;
    waiting = null;
    ask();
  }

  /** Ask once more for a tile that did not come, if its box is still wanted. */
  function again({ of, tile }) {
    if (of === begun && !tile.again) tiles.push({ ...tile, again: true });
    ask();
  }

  function draw({ number: mine, of, tile }, image) {
    if (!wanted() || of.photo !== chosen.photo) return;
    if (figure.dataset.box !== where(of)) {
      if (mine < drawn) return; // a newer one was decoded before it
      drawn = mine;
      Object.assign(canvas, { width: SCALE * of.box.width, height: SCALE * of.box.height });
      figure.dataset.box = where(of);
    }
    const { core, seen } = tile;
    const [x, y, width, height] = [core.x, core.y, core.width, core.height].map((value) => SCALE * value);
    context.drawImage(image, x - SCALE * seen.x, y - SCALE * seen.y, width, height,
      x - SCALE * of.box.x, y - SCALE * of.box.y, width, height);
    image.close();
    gaveUp = figure.hidden = false;
    name();
  }

  /** Say whose picture is on the canvas: not at once, since a fast network brings the box's own at once. */
  function name() {
    if (!figure.dataset.box) return;
    const [, lesion, box] = JSON.parse(figure.dataset.box);
    const own = figure.dataset.box === where(chosen);
    const follows = !late && lesion === chosen.lesion && box.width === chosen.box.width && box.height === chosen.box.height;
    figure.classList.toggle("cf-late", late && !own);
    if (own || follows) {
      clearTimeout(behind);
      behind = 0;
      words.textContent = note;
    } else if (late) words.textContent = coming;
    else behind ||= setTimeout(() => { words.textContent = coming; }, LATE_MS);
  }

  function expect() {
    late = false;
    patience = setTimeout(() => {
      late = true;
      name();
    }, LATE_MS);
    name();
  }

  /** Give up what is under way for another box. */
  function giveUp() {
    const others = [waiting, arriving].filter((one) => one && !current(one.of));
    if (others.length) gaveUp = true;
    for (const { control } of others) control.abort();
  }

  function compare() {
    clearTimeout(resting);
    clearTimeout(patience);
    if (wanted()) {
      ask();
      expect();
      if (!gaveUp) resting = setTimeout(giveUp, REST_MS);
    } else {
      figure.hidden = true;
      giveUp();
    }
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
  element.cfesrt = true;
}
