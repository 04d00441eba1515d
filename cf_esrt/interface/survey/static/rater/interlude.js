/* A card in the picture's place: before a pass, after the practice, after a return, and for a break. */
import { keysOf } from "./ballot.js";
import { append, put } from "./words.js";

export function interlude(root, texts) {
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

/* What is shown before an item, or null: `last` is the item before it, null after (re)loading. */
export function before(item, last, view, study, texts) {
  const lines = [];
  const say = (text, values = {}, strong = false) => lines.push({ text: put(text, values), strong });
  const asked = study.questions.findIndex(({ kind }) => kind === item.question);
  const opens = !last || last.question !== item.question;
  if (opens) {
    say(texts.card_pass);
    say("{question}", { question: item.text }, true);
    const { length } = study.asked[item.question][0].options;
    say(length === 5 ? texts.card_keys : texts.card_keys_choose, { keys: keysOf(length) });
    if (study.undo) say(texts.card_undo);
    if (item.training) say(texts.card_training, { count: study.training });
  } else if (last.training && !item.training) {
    say(texts.card_counts);
  }
  if (last && view.suggest_break) say(texts.break_lead, view);
  if (!last && view.done) say(texts.card_resume, { place: view.done + 1, all: view.total });
  if (!last) say(texts.card_leave);
  if (!lines.length) return null;
  const part = put(texts.part, { number: asked + 1, all: study.questions.length });
  let title = texts.ready_title;
  if (!last && view.done) title = texts.welcome_back;
  else if (opens && study.questions.length > 1) title = part;
  else if (view.suggest_break && !opens) title = texts.break_title;
  return { title, lines };
}
