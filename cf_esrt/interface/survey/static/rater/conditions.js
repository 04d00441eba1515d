/* What the browser can tell of the conditions a picture is seen under. */
import { put } from "./words.js";

const CONTROLS = 250; // CSS pixels above and below the picture
const BESIDE = 48;

/* CSS pixels that the study's largest picture needs, at so many device pixels to one of its own. */
export function needed(study, scale) {
  const across = Math.max(...study.questions.map((question) => question.across));
  const [width, height] = study.largest.map((side) => Math.ceil((side * scale) / devicePixelRatio));
  return { width: Math.max(across * width + BESIDE, study.display.least_width ?? 0), height: height + CONTROLS };
}

const touched = () => navigator.maxTouchPoints > 0 && matchMedia("(pointer: coarse)").matches;

function large(study, scale) {
  const least = needed(study, scale);
  return innerWidth >= least.width && innerHeight >= least.height && (study.display.touch || !touched());
}

/* The zoom as the sizes of window and page tell it; null where they do not, as on phones and in frames. */
export function zoom() {
  if (window.top !== window || !outerWidth || matchMedia("(pointer: coarse)").matches) return null;
  const percent = Math.round((outerWidth / innerWidth) * 100);
  return percent >= 20 && percent <= 600 ? percent : null;
}

export const zoomFine = (percent) => percent >= 95 && percent <= 105;

/* Names are those of `viewing.Measured`. */
export function conditions(study, scale) {
  return {
    device_pixel_ratio: devicePixelRatio,
    zoom_percent: zoom(),
    screen_width: screen.width,
    screen_height: screen.height,
    window_width: innerWidth,
    window_height: innerHeight,
    large_enough: large(study, scale),
    scale,
    picture_width_css: Math.round((study.largest[0] * scale) / devicePixelRatio),
    colour_depth: screen.colorDepth,
    wide_gamut: matchMedia("(color-gamut: p3)").matches,
    touch: navigator.maxTouchPoints > 0,
  };
}

/* A line above everything, as long as the window is too small; it keeps nobody from voting. */
export function watchSize(app) {
  function tell() {
    const { study, strings } = app;
    const small = study.viewing.includes("screen") && !large(study, app.scale());
    const least = needed(study, app.scale());
    const sentence = put(strings.too_small, {
      needed: `${least.width} × ${least.height}`, there: `${innerWidth} × ${innerHeight}`,
    });
    for (const banner of app.root.querySelectorAll(".cf-too-small")) {
      banner.hidden = !small;
      if (small && banner.textContent !== sentence) banner.textContent = sentence;
    }
  }
  if (!app.sizeWatched) {
    app.sizeWatched = true;
    addEventListener("resize", tell);
  }
  tell();
}
