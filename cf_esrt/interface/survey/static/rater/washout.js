/* Between two sittings. */
import { put } from "./words.js";

/* The rater's own time, and whose time that is. */
const moment = (at) => new Date(at).toLocaleString(document.documentElement.lang, {
  year: "numeric", month: "long", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short",
});

export function washout(app) {
  const said = app.root.querySelector(".cf-washout");
  return {
    show({ next_sitting: next }) { said.textContent = put(app.strings.washout_lead, { day: moment(next) }); },
  };
}
