/* The protocol's questions about the rater. */
import { append } from "./words.js";

export function background(app) {
  const form = app.root.querySelector("[data-stage=background] form");
  const questions = form.querySelector(".cf-questions");
  app.study.background.forEach((question, place) => {
    const group = append(questions, "fieldset");
    append(group, "legend", question.text);
    for (const choice of question.choices) {
      const label = append(group, "label", "", { className: "cf-choice" });
      append(label, "input", "", { type: "radio", name: `question-${place}`, value: choice, required: true });
      append(label, "span", choice);
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const answers = app.study.background.map(({ name }, place) => [name, form[`question-${place}`].value]);
    app.step("background", { answers: Object.fromEntries(answers) });
  });
  return {};
}
