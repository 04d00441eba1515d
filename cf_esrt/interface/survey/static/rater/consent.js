/* Instructions, the scale, and consent. */
import { append } from "./words.js";

export function consent(app) {
  const screen = app.root.querySelector("[data-stage=consent]");
  const find = (selector) => screen.querySelector(selector);
  find(".cf-instructions").textContent = app.study.instructions;
  find(".cf-consent").textContent = app.study.consent;
  const scale = Object.values(app.study.asked).map(([asked]) => asked.options).find(({ length }) => length === 5) ?? [];
  find(".cf-scale-title").hidden = !scale.length;
  scale.map((label, index) => [index + 1, label]).reverse().forEach(([score, label]) => {
    const line = append(find(".cf-scale-list"), "li");
    append(line, "b", score);
    line.append(` ${label}`);
  });
  find("form").addEventListener("submit", (event) => {
    event.preventDefault();
    app.step("consent");
  });
  return {};
}
