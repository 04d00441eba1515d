/* The loupe: twice the size while it is on, and how long it was on for the picture at hand. */
import { Clock } from "./clock.js";

export function loupe(button, changed) {
  const clock = new Clock();
  let on = false;
  let before = 0;

  function set(value) {
    if (on === value) return;
    if (on) before += clock.milliseconds;
    else clock.start();
    on = value;
    button.setAttribute("aria-pressed", String(on));
    changed();
  }

  button.addEventListener("click", () => set(!on));
  return {
    get factor() { return on ? 2 : 1; },
    get milliseconds() { return before + (on ? clock.milliseconds : 0); },
    reset() {
      set(false);
      before = 0;
    },
  };
}
