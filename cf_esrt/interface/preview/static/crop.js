/* The crop box. Its state is four whole numbers in pixels of the original; cropperjs and the fields show them. */
import { SIDES, clamp, inside, middle, remember, remembered, shrunkTo } from "./crop/box.js";
import { makeDegradation } from "./crop/degradation.js";
import { makeLesions } from "./crop/lesions.js";
import { makeNotes } from "./crop/notes.js";
import { makeStage } from "./crop/stage.js";
import { makeStrip } from "./crop/strip.js";
import { placeExplanations } from "./explain.js";
import { noteOnLeaving, recall } from "./place.js";

export function start(element, api) {
  const find = (selector) => element.querySelector(selector);
  const strings = JSON.parse(find(".cf-crop").dataset.strings);
  const stage = find(".cf-stage");
  const fields = Object.fromEntries(SIDES.map((side) => [side, find(`input[name=${side}]`)]));
  let photo = null; // {photo, url, width, height, boxes, summary}
  let box = null;
  let selection = null;
  let placing = false;
  let results = null; // as compare.js was given them
  const view = makeStage(stage, () => place());
  const notes = makeNotes({ find, strings });
  const degradation = makeDegradation(find, (source) => api.trigger("source", { source }));
  const strip = makeStrip(find);
  placeExplanations(element);
  const lesions = makeLesions({
    find,
    strings,
    selected(next, data) {
      update(inside(next, photo), true);
      view.reveal(box);
      api.trigger("lesion", data);
    },
  });
  const shape = Array.from(find(".cf-shape").querySelectorAll("input"));
  const square = () => shape.find((one) => one.checked).value === "square";
  const fit = (next) => inside(next, photo, square());
  const factor = view.factor;

  function place() {
    if (!selection || !box || !stage.clientWidth) return;
    const k = factor();
    placing = true;
    selection.$change(box.x * k, box.y * k, box.width * k, box.height * k, NaN, true);
    placing = false;
    lesions.draw(view.world(), photo);
  }

  function update(next, snap) {
    box = next;
    for (const side of SIDES) if (fields[side] !== document.activeElement || snap) fields[side].value = box[side];
    notes.write(box);
    lesions.keep(box);
    api.props.value = { ...photo, box: { ...box }, lesion: lesions.current() };
    const chosen = { photo: photo.photo, lesion: lesions.current(), box: { ...box }, key: photo.key };
    document.dispatchEvent(new CustomEvent("cf-chosen", { detail: chosen }));
    lesions.finished(done());
    strip.show(photo, box);
    if (snap) place();
  }

  /* Numbers of the lesions whose box, as it is drawn now, is enhanced. */
  function done() {
    if (!results || results.photo !== photo.photo) return [];
    const boxes = new Map(lesions.boxes());
    const same = (a, b) => a && SIDES.every((side) => a[side] === b[side]);
    return results.finished.filter(({ lesion, box: made }) => same(boxes.get(lesion), made)).map(({ lesion }) => lesion);
  }

  function changed(event) {
    if (placing) return;
    const k = factor();
    const limitX = photo.width * k, limitY = photo.height * k;
    let { x, y, width, height } = event.detail;
    const moved = Math.abs(width - selection.width) < 1e-6 && Math.abs(height - selection.height) < 1e-6;
    if (x < 0 || y < 0 || x + width > limitX || y + height > limitY) {
      event.preventDefault();
      if (!moved && square()) return; // a square stops at the edge
      if (moved) {
        x = clamp(x, 0, limitX - width);
        y = clamp(y, 0, limitY - height);
      } else {
        const right = clamp(x + width, 0, limitX), bottom = clamp(y + height, 0, limitY);
        x = clamp(x, 0, limitX);
        y = clamp(y, 0, limitY);
        width = right - x;
        height = bottom - y;
      }
      placing = true;
      selection.$change(x, y, width, height, NaN, true);
      placing = false;
    }
    // While the pointer moves the box is not snapped, or steps under one pixel would be lost.
    update(fit({ x: x / k, y: y / k, width: width / k, height: height / k }), false);
  }

  function show(next) {
    photo = next;
    find(".cf-empty").hidden = true;
    find(".cf-chosen").hidden = false;
    notes.opened(photo);
    degradation.opened(photo.degradation);
    document.dispatchEvent(new CustomEvent("cf-photo", { detail: photo }));
    box = selection = null;
    const world = view.open(photo);
    world.insertAdjacentHTML(
      "afterbegin",
      `<cropper-canvas><img alt=""><cropper-shade theme-color="rgba(12, 18, 20, 0.35)"></cropper-shade>
       <cropper-handle action="select" class="cf-beside" plain></cropper-handle>
       <cropper-selection movable resizable outlined precise>
         <cropper-handle action="move" plain></cropper-handle>
         ${["n", "e", "s", "w", "ne", "nw", "se", "sw"].map((d) => `<cropper-handle action="${d}-resize"></cropper-handle>`).join("")}
       </cropper-selection></cropper-canvas>`,
    );
    const image = world.querySelector("img");
    image.alt = strings.preview;
    image.draggable = false;
    image.src = photo.url;
    selection = world.querySelector("cropper-selection");
    selection.addEventListener("change", changed);
    world.querySelector("cropper-canvas").addEventListener("actionend", () => {
      update(box, true);
      remember(box);
    });
    notes.setSeconds(photo.seconds_per_pixel, null);
    const size = remembered(photo), kept = photo.resumed ? recall() : {};
    const first = photo.found.length ? photo.found : [fit(size ? middle(size, photo) : photo.box)];
    lesions.first(first.map((one) => inside(one, photo)), kept.boxes, kept.lesion);
    reshape();
    update(inside(lesions.box(), photo), true);
    view.reveal(box, true);
  }

  for (const side of SIDES) {
    fields[side].addEventListener("input", () => {
      if (!photo || fields[side].value === "") return;
      const next = { ...box, [side]: Number(fields[side].value) };
      if (square()) next.width = next.height = side === "height" ? next.height : next.width;
      update(fit(next), false);
      place();
      remember(box);
    });
    fields[side].addEventListener("change", () => {
      if (!photo) return;
      update(box, true);
      view.reveal(box);
    });
  }
  find(".cf-whole").addEventListener("click", () => {
    shape[0].checked = true;
    reshape();
    update(fit({ x: 0, y: 0, width: photo.width, height: photo.height }), true);
    view.reveal(box, true);
  });
  find(".cf-shrink").addEventListener("click", () => api.trigger("shrink", {}));
  find(".cf-smaller").addEventListener("click", () => {
    update(fit(shrunkTo(box, notes.affordable(box))), true);
    view.reveal(box, true);
  });
  for (const one of shape) {
    one.addEventListener("change", () => {
      reshape();
      const side = Math.min(box.width, box.height);
      if (square()) update(fit({ x: box.x + (box.width - side) / 2, y: box.y + (box.height - side) / 2, width: side, height: side }), true);
      remember(box);
    });
  }
  function reshape() {
    if (selection) selection.aspectRatio = square() ? 1 : NaN;
  }
  stage.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way || !photo || event.altKey) return;
    event.preventDefault();
    const step = event.ctrlKey ? 10 : 1;
    const [dx, dy] = way.map((d) => d * step);
    const next = { ...box };
    if (!event.shiftKey) Object.assign(next, { x: box.x + dx, y: box.y + dy });
    else {
      const grow = square() ? [dx + dy, dx + dy] : [dx, dy];
      next.width = Math.min(box.width + grow[0], photo.width - box.x);
      next.height = Math.min(box.height + grow[1], photo.height - box.y);
    }
    update(fit(next), true);
    view.reveal(box);
    remember(box);
  });

  // What compare.js was given says which lesions are finished and how fast this machine is.
  document.addEventListener("cf-results", ({ detail }) => {
    results = detail;
    notes.setSeconds(detail.seconds_per_pixel, detail.second_seconds);
    if (photo) notes.write(box);
    if (photo) lesions.finished(done());
  });

  function receive() {
    const value = api.props.value;
    if (value && value.photo && (!photo || value.photo !== photo.photo || value.url !== photo.url)) show(value);
  }
  noteOnLeaving(() => (photo ? { boxes: lesions.boxes(), lesion: lesions.current() } : {}));
  api.watch("value", receive);
  receive();
  element.cfesrt = true;
}
