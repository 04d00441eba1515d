/* Notes on a box: its size, its enhanced size, the time estimate, and warnings. */
import { SCALE } from "../../common/constants.js";
import { covering } from "../dates/place.js";

const LONG = 60; // seconds, above which a smaller box is offered
const OFFERED = 45; // seconds that it takes

export function makeNotes({ find, strings }) {
  const { limits } = strings;
  let secondsPerPixel = null; // seconds for each pixel, measured on finished work
  let second = null; // the same for the photograph of another date, where Enhance makes a picture of it too

  const took = (each, { width, height }) => each * Math.max(width * height, limits.tile);

  /* Seconds for every picture that Enhance will make; null where that is not known. */
  function expected(box) {
    if (!secondsPerPixel || (second && !second.per_pixel)) return null;
    return took(secondsPerPixel, box) + (second ? took(second.per_pixel, covering(box, second)) : 0);
  }

  function time(seconds) {
    if (!seconds) return strings.time_unknown;
    const words = seconds < 1 ? strings.under
      : seconds < 90 ? strings.second.replace("{n}", Math.round(seconds))
        : strings.minute.replace("{n}", Math.round(seconds / 60));
    const live = seconds > LONG && document.querySelector(".cf-quick");
    return (live ? strings.time_live : strings.time).replace("{time}", words);
  }

  function warning({ width, height }) {
    const long = Math.max(width, height);
    if (width * height > limits.pixels) return strings.over.replaceAll("{cap}", Math.sqrt(limits.pixels));
    if (long < limits.small) return strings.small.replace("{side}", long).replace("{low}", limits.small);
    return long > limits.large ? strings.large.replace("{side}", long).replace("{high}", limits.large) : "";
  }

  const listed = (selector, lines) => find(selector).replaceChildren(
    ...lines.map((words) => Object.assign(document.createElement("li"), { textContent: words })));

  // What cannot be enhanced is not asked for; the warning says why.
  addEventListener("click", (event) => {
    if (!event.target.closest?.("#cf-enhance[aria-disabled=true]")) return;
    event.stopImmediatePropagation();
    event.preventDefault();
  }, { capture: true });

  return {
    /* A photograph was opened: what of its file was not kept, what to be careful about. */
    opened({ dropped, cautions, resolution, shrink }) {
      find(".cf-resolution").hidden = !resolution;
      find(".cf-resolution span").textContent = resolution || "";
      find(".cf-shrink").hidden = !shrink;
      find(".cf-shrink").textContent = shrink || "";
      find(".cf-dropped-metadata").hidden = !dropped.length;
      find(".cf-dropped-metadata p").textContent = strings.dropped.replace("{n}", dropped.length);
      listed(".cf-dropped-metadata ul", dropped);
      find(".cf-cautions").hidden = !cautions.length;
      listed(".cf-cautions", cautions);
    },
    /* Pixels of a box that takes less than a minute. */
    affordable: (box) => Math.min(limits.pixels, (OFFERED / expected(box)) * box.width * box.height || Infinity),
    setSeconds: (first, other) => { [secondsPerPixel, second] = [first, other]; },
    write(box) {
      find(".cf-size").textContent = strings.size
        .replace("{w4}", SCALE * box.width).replace("{h4}", SCALE * box.height)
        .replace("{w}", box.width).replace("{h}", box.height);
      const pixels = box.width * box.height, seconds = expected(box);
      find(".cf-time span").textContent = pixels > limits.pixels ? "" : time(seconds); // the warning says that it cannot be
      find(".cf-smaller").hidden = pixels <= limits.pixels && !(seconds > LONG);
      document.querySelector("#cf-enhance").setAttribute("aria-disabled", String(pixels > limits.pixels));
      const text = warning(box);
      if (find(".cf-size-warning").textContent !== text) find(".cf-size-warning").textContent = text;
    },
  };
}
