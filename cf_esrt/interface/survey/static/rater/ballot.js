/* The answer's buttons: one row a question, the item's own first, what is asked after it then. */
import { append, put } from "./words.js";

export function ballot(root, strings) {
  const place = root.querySelector(".cf-votes");
  const text = root.querySelector(".cf-question");
  const hint = root.querySelector(".cf-hint");
  let buttons = [];
  let choose = () => {};

  /* Show one question; `asked` is {text, options}. */
  function show(asked) {
    text.textContent = asked.text;
    place.replaceChildren();
    place.classList.toggle("cf-few", asked.options.length !== 5);
    buttons = asked.options.map((label, index) => {
      const score = index + 1;
      const button = append(place, "button", "", { type: "button", className: "cf-vote" });
      button.dataset.score = score;
      button.setAttribute("aria-keyshortcuts", score);
      append(button, "b", score);
      button.append(" ");
      append(button, "span", label);
      button.addEventListener("click", () => choose(score));
      return button;
    });
    allow(false, "");
  }

  function allow(on, sentence) {
    for (const button of buttons) button.setAttribute("aria-disabled", String(!on));
    hint.textContent = sentence;
  }

  return {
    show,
    allow,
    get count() { return buttons.length; },
    get ready() { return buttons.length === 5 ? strings.vote_now : put(strings.choose_now, { keys: keysOf(buttons.length) }); },
    press(score, on) { buttons[score - 1]?.classList.toggle("cf-pressed", on); },
    onChoice(act) { choose = act; },
  };
}

/* The keys of so many answers, in the page's language. */
export function keysOf(count) {
  if (count > 2) return `1–${count}`;
  return new Intl.ListFormat(document.documentElement.lang, { type: "disjunction" }).format(["1", "2"]);
}
