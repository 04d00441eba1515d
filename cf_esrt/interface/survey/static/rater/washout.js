/* Between two sittings. */
import { put } from "./words.js";

export function washout(walk) {
  const said = walk.root.querySelector(".cf-washout");
  return {
    show({ next_sitting: next }) { said.textContent = put(walk.texts.washout_lead, { day: next.slice(0, 16).replace("T", " ") }); },
  };
}
