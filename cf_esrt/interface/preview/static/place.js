/* Where one is on the page, for a reload of this tab: numbers and choices, and the key of its session. Never a name. */
import { keep, kept } from "../common/tab_memory.js";

const KEY = "cf-esrt-place";

export function recall() {
  return JSON.parse(kept(KEY) || "{}");
}

export function note(parts) {
  keep(KEY, JSON.stringify({ ...recall(), ...parts }));
}

/* `parts` gives what is to be noted, when the page is left or may be. */
export function noteOnLeaving(parts) {
  addEventListener("pagehide", () => note(parts()));
  document.addEventListener("visibilitychange", () => document.hidden && note(parts()));
}
