/* The organiser's tables: how sure the scores are, and how the raters vote. A figure that is not there yet is a dash. */
import { append, put } from "../rater/words.js";

const NONE = "–";
const figure = (value, before = "") => (value === null ? NONE : `${before}${value.toFixed(2)}`.replace("-", "−"));

function line(body, name, cells) {
  const row = append(body, "tr");
  append(row, "th", name, { scope: "row" });
  for (const cell of cells) append(row, "td", cell);
}

function columns(row, names) {
  row.replaceChildren();
  for (const name of names) append(row, "th", name, { scope: "col" });
}

/* One table a question: interval widths by method, masked or not, and the raters that are still needed. */
export function live(place, questions, strings) {
  place.replaceChildren();
  for (const question of questions) {
    append(place, "h3", question.question);
    const table = append(append(place, "div", "", { className: "cf-table" }), "table");
    const named = !question.masked;
    columns(append(append(table, "thead"), "tr"), [
      strings.live_method, ...(named ? [strings.live_mos] : []), strings.live_width, strings.live_votes, strings.live_raters,
    ]);
    const body = append(table, "tbody");
    for (const one of question.methods) {
      line(body, one.label, [...(named ? [figure(one.mos)] : []), figure(one.half_width, "± "), one.votes, one.raters]);
    }
    if (question.needed) append(place, "p", put(strings.live_needed, question.needed), { className: "cf-small" });
  }
}

export function head(row, questions, strings) {
  columns(row, [strings.rater, strings.done, strings.gold,
    ...questions.map(({ question }) => put(strings.agreement, { question })), strings.state]);
}

export function rows(body, state, strings) {
  body.replaceChildren();
  const found = state.live.map(({ raters }) => new Map(raters.map((one) => [one.rater, one])));
  for (const one of state.raters) {
    const agreement = found.map((raters) => {
      const seen = raters.get(one.rater);
      if (!seen || seen.correlation === null) return NONE;
      return `${figure(seen.correlation)}${seen.looking ? "" : " ?"}`;
    });
    const next = one.next_sitting ? [put(strings.state_sitting, { day: one.next_sitting.slice(0, 16).replace("T", " ") })] : [];
    const voting = one.finished ? strings.state_finished : one.votes ? strings.state_going : strings.state_waiting;
    line(body, one.rater, [`${one.votes} / ${one.items}`, one.gold[1] ? `${one.gold[0]} / ${one.gold[1]}` : NONE,
      ...agreement, [voting, ...next, ...one.marks].join("; ")]);
  }
}
