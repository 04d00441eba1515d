/* Instructions, the scale, and consent. */
import { append } from "./words.js";

export function consent(walk) {
  const screen = walk.root.querySelector("[data-stage=consent]");
  const find = (selector) => screen.querySelector(selector);
  find(".cf-instructions").textContent = walk.study.instructions;
  find(".cf-consent").textContent = walk.study.consent;
  const scale = Object.values(walk.study.asked).map(([asked]) => asked.options).find(({ length }) => length === 5) ?? [];
  find(".cf-scale-title").hidden = !scale.length;
  scale.map((label, index) => [index + 1, label]).reverse().forEach(([score, label]) => {
    const line = append(find(".cf-scale-list"), "li");
    append(line, "b", score);
    line.append(` ${label}`);
  });
  find("form").addEventListener("submit", (event) => {
    event.preventDefault();
    walk.step("consent");
  });
  return {};
}
