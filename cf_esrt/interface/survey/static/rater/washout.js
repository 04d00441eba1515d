/* Between two sittings. */
import { put } from "./words.js";

export function washout(app) {
  const said = app.root.querySelector(".cf-washout");
  return {
    show({ next_sitting: next }) { said.textContent = put(app.strings.washout_lead, { day: next.slice(0, 16).replace("T", " ") }); },
  };
}
