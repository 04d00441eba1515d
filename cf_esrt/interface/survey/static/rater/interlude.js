/* A card in the picture's place: before a pass, after the practice, after a return, and for a break. */
import { keysOf } from "./ballot.js";
import { append, put } from "./words.js";

export function interlude(root, strings) {
  const card = root.querySelector(".cf-interlude");
  const [title, words, button] = card.children;
  let close = null;
  button.addEventListener("click", () => close?.());

  /* Show the card; the promise ends when the rater goes on, or with `hide`. */
  function show(heading, lines) {
    title.textContent = heading;
    words.replaceChildren();
    for (const { text, strong } of lines) append(words, "p", text, { className: strong ? "cf-strong" : "" });
    card.hidden = false;
    button.focus({ preventScroll: true });
    return new Promise((resolve) => { close = () => { hide(); resolve(); }; });
  }

  function hide() {
    card.hidden = true;
    close = null;
  }

  return { show, hide };
}

/* Where an item stands in its sitting. */
export const inside = ({ position, sitting }) => ({ place: position - sitting.begins + 1, all: sitting.count });

/* What is shown before an item, or null: `last` is the item before it, null after (re)loading. */
export function before(item, last, view, study, strings) {
  const lines = [];
  const say = (text, values = {}, strong = false) => lines.push({ text: put(text, values), strong });
  const asked = study.questions.findIndex(({ kind }) => kind === item.question);
  const opens = !last || last.question !== item.question;
  const sits = item.sitting && (opens || last.sitting?.number !== item.sitting.number);
  if (opens) {
    say(strings.card_pass);
    say("{question}", { question: item.text }, true);
    const { length } = study.asked[item.question][0].options;
    say(length === 5 ? strings.card_keys : strings.card_keys_choose, { keys: keysOf(length) });
    if (study.undo) say(strings.card_undo);
    if (item.qualification) say(strings.card_qualification, { count: study.qualification });
    if (item.training) say(strings.card_training, { count: study.training });
  } else if (last.qualification && !item.qualification) {
    say(item.training ? strings.card_qualified_training : strings.card_qualified, { count: study.training });
  } else if (last.training && !item.training) {
    say(strings.card_counts);
  }
  if (sits) say(strings.card_sitting, item.sitting);
  if (last && view.suggest_break) say(strings.break_lead, view);
  const here = item.sitting && !item.training ? inside(item) : { place: view.done + 1, all: view.total };
  if (!last && view.done && here.place > 1) say(strings.card_resume, here);
  if (!last) say(strings.card_leave);
  if (!lines.length) return null;
  const part = put(strings.part, { number: asked + 1, all: study.questions.length });
  let title = strings.ready_title;
  if (!last && view.done) title = strings.welcome_back;
  else if (opens && study.questions.length > 1) title = part;
  else if (view.suggest_break && !opens) title = strings.break_title;
  return { title, lines };
}
