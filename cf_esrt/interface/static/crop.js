/* The crop box. Its truth is four whole numbers in pixels of the original; cropperjs and the fields show them. */
(function () {
  "use strict";
  const kit = (window.cfesrt = window.cfesrt || {});
  const SCALE = 4;
  const SIDES = ["x", "y", "width", "height"];
  const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

  kit.crop = function (element, api) {
    const find = (selector) => element.querySelector(selector);
    const texts = JSON.parse(find(".cf-crop").dataset.texts);
    const stage = find(".cf-stage");
    const fields = Object.fromEntries(SIDES.map((side) => [side, find(`input[name=${side}]`)]));
    let photo = null; // {photo, url, width, height, box, facts}
    let box = null;
    let selection = null;
    let placing = false;

    const factor = () => stage.clientWidth / photo.width; // CSS pixels for each original pixel

    function inside({ x, y, width, height }) {
      const w = clamp(Math.round(width) || 1, 1, photo.width);
      const h = clamp(Math.round(height) || 1, 1, photo.height);
      return {
        x: clamp(Math.round(x) || 0, 0, photo.width - w),
        y: clamp(Math.round(y) || 0, 0, photo.height - h),
        width: w,
        height: h,
      };
    }

    function place() {
      if (!selection || !stage.clientWidth) return;
      const k = factor();
      placing = true;
      selection.$change(box.x * k, box.y * k, box.width * k, box.height * k, NaN, true);
      placing = false;
    }

    function tell(next, snap) {
      box = next;
      for (const side of SIDES) if (fields[side] !== document.activeElement || snap) fields[side].value = box[side];
      find(".cf-size").textContent = texts.size
        .replace("{w4}", SCALE * box.width).replace("{h4}", SCALE * box.height)
        .replace("{w}", box.width).replace("{h}", box.height);
      api.props.value = { ...photo, box: { ...box } };
      if (snap) place();
    }

    function changed(event) {
      if (placing) return;
      const k = factor();
      const limitX = stage.clientWidth, limitY = photo.height * k;
      let { x, y, width, height } = event.detail;
      const moved = Math.abs(width - selection.width) < 1e-6 && Math.abs(height - selection.height) < 1e-6;
      if (x < 0 || y < 0 || x + width > limitX || y + height > limitY) {
        event.preventDefault();
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
      tell(inside({ x: x / k, y: y / k, width: width / k, height: height / k }), false);
    }

    function show(next) {
      photo = next;
      find(".cf-empty").hidden = true;
      find(".cf-chosen").hidden = false;
      find(".cf-facts").textContent = photo.facts;
      stage.style.aspectRatio = `${photo.width} / ${photo.height}`;
      stage.style.setProperty("--cf-ratio", photo.width / photo.height);
      stage.replaceChildren();
      stage.insertAdjacentHTML(
        "afterbegin",
        `<cropper-canvas><img alt=""><cropper-shade theme-color="rgba(12, 18, 20, 0.5)"></cropper-shade>
         <cropper-handle action="select" plain></cropper-handle>
         <cropper-selection movable resizable outlined precise>
           <cropper-handle action="move" plain></cropper-handle>
           ${["n", "e", "s", "w", "ne", "nw", "se", "sw"].map((d) => `<cropper-handle action="${d}-resize"></cropper-handle>`).join("")}
         </cropper-selection></cropper-canvas>`,
      );
      const image = stage.querySelector("img");
      image.alt = texts.preview;
      image.draggable = false;
      image.src = photo.url;
      selection = stage.querySelector("cropper-selection");
      selection.addEventListener("change", changed);
      stage.querySelector("cropper-canvas").addEventListener("actionend", place);
      tell(inside(photo.box), true);
    }

    for (const side of SIDES) {
      fields[side].addEventListener("input", () => {
        if (!photo || fields[side].value === "") return;
        tell(inside({ ...box, [side]: Number(fields[side].value) }), false);
        place();
      });
      fields[side].addEventListener("change", () => photo && tell(box, true));
    }
    find(".cf-whole").addEventListener("click", () => {
      tell(inside({ x: 0, y: 0, width: photo.width, height: photo.height }), true);
    });
    stage.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!way || !photo) return;
      event.preventDefault();
      const step = event.ctrlKey ? 10 : 1;
      const [dx, dy] = way.map((d) => d * step);
      const next = event.shiftKey
        ? { ...box, width: Math.min(box.width + dx, photo.width - box.x), height: Math.min(box.height + dy, photo.height - box.y) }
        : { ...box, x: box.x + dx, y: box.y + dy };
      tell(inside(next), true);
    });
    // cropperjs takes the wheel for zooming, which this box does not do; leave it to the page's scrolling.
    stage.addEventListener("wheel", (event) => event.stopPropagation(), { capture: true });
    new ResizeObserver(() => photo && place()).observe(stage);

    function look() {
      const value = api.props.value;
      if (value && value.photo && (!photo || value.photo !== photo.photo || value.url !== photo.url)) show(value);
    }
    api.watch("value", look);
    look();
  };
})();
