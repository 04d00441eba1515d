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
export function live(place, questions, texts) {
  place.replaceChildren();
  for (const question of questions) {
    append(place, "h3", question.question);
    const table = append(append(place, "div", "", { className: "cf-table" }), "table");
    const named = !question.masked;
    columns(append(append(table, "thead"), "tr"), [
      texts.live_method, ...(named ? [texts.live_mos] : []), texts.live_width, texts.live_votes, texts.live_raters,
    ]);
    const body = append(table, "tbody");
    for (const one of question.methods) {
      line(body, one.label, [...(named ? [figure(one.mos)] : []), figure(one.half_width, "± "), one.votes, one.raters]);
    }
    if (question.needed) append(place, "p", put(texts.live_needed, question.needed), { className: "cf-small" });
  }
}

export function head(row, questions, texts) {
  columns(row, [texts.rater, texts.done, texts.gold,
    ...questions.map(({ question }) => put(texts.agreement, { question })), texts.state]);
}

export function rows(body, state, texts) {
  body.replaceChildren();
  const found = state.live.map(({ raters }) => new Map(raters.map((one) => [one.rater, one])));
  for (const one of state.raters) {
    const agreement = found.map((raters) => {
      const seen = raters.get(one.rater);
      if (!seen || seen.correlation === null) return NONE;
      return `${figure(seen.correlation)}${seen.looking ? "" : " ?"}`;
    });
    const voting = one.finished ? texts.state_finished : one.votes ? texts.state_going : texts.state_waiting;
    line(body, one.rater, [`${one.votes} / ${one.items}`, one.gold[1] ? `${one.gold[0]} / ${one.gold[1]}` : NONE,
      ...agreement, [voting, ...one.marks].join("; ")]);
  }
}
