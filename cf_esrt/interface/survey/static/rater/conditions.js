/* What the browser can tell of the conditions a picture is seen under. */
import { put } from "./words.js";

const CONTROLS = 250; // CSS pixels above and below the picture
const BESIDE = 48;

/* CSS pixels that the study's largest picture needs, at one picture pixel to one device pixel. */
export function needed(study) {
  const across = study.questions.some(({ kind }) => kind === "fidelity") ? 2 : 1;
  const [width, height] = study.largest.map((side) => Math.ceil(side / devicePixelRatio));
  return { width: across * width + BESIDE, height: height + CONTROLS };
}

function large(study) {
  const least = needed(study);
  return innerWidth >= least.width && innerHeight >= least.height;
}

/* The zoom as the sizes of window and page tell it; null where they do not, as on phones and in frames. */
export function zoom() {
  if (window.top !== window || !outerWidth || matchMedia("(pointer: coarse)").matches) return null;
  const percent = Math.round((outerWidth / innerWidth) * 100);
  return percent >= 20 && percent <= 600 ? percent : null;
}

export const zoomFine = (percent) => percent >= 95 && percent <= 105;

/* Names are those of `viewing.Measured`. */
export function conditions(study) {
  return {
    device_pixel_ratio: devicePixelRatio,
    zoom_percent: zoom(),
    screen_width: screen.width,
    screen_height: screen.height,
    window_width: innerWidth,
    window_height: innerHeight,
    large_enough: large(study),
    colour_depth: screen.colorDepth,
    wide_gamut: matchMedia("(color-gamut: p3)").matches,
    touch: navigator.maxTouchPoints > 0,
  };
}

/* A line above everything, as long as the window is too small; it keeps nobody from voting. */
export function watchSize(walk) {
  function tell() {
    const { study, texts } = walk;
    const small = study.viewing.includes("screen") && !large(study);
    const least = needed(study);
    const sentence = put(texts.too_small, {
      needed: `${least.width} × ${least.height}`, there: `${innerWidth} × ${innerHeight}`,
    });
    for (const banner of walk.root.querySelectorAll(".cf-too-small")) {
      banner.hidden = !small;
      if (small && banner.textContent !== sentence) banner.textContent = sentence;
    }
  }
  if (!walk.sizeWatched) {
    walk.sizeWatched = true;
    addEventListener("resize", tell);
  }
  tell();
}
