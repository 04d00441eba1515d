/* Where one is on the page, for a reload of this tab: numbers and choices, and the key of its session. Never a name. */
const KEY = "cf-esrt-place";

export function recall() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) || {};
  } catch (error) {
    return {};
  }
}

export function note(parts) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ ...recall(), ...parts }));
  } catch (error) {
    console.debug("the place is not remembered:", error.message); // storage may be switched off
  }
}

/* `parts` gives what is to be noted, when the page is left or may be. */
export function noteOnLeaving(parts) {
  addEventListener("pagehide", () => note(parts()));
  document.addEventListener("visibilitychange", () => document.hidden && note(parts()));
}
