/* Instructions, the scale, and consent. */
import { append } from "./words.js";

export function consent(walk) {
  const screen = walk.root.querySelector("[data-stage=consent]");
  const find = (selector) => screen.querySelector(selector);
  find(".cf-instructions").textContent = walk.study.instructions;
  find(".cf-consent").textContent = walk.study.consent;
  for (const score of Object.keys(walk.study.labels).sort().reverse()) {
    const line = append(find(".cf-scale-list"), "li");
    append(line, "b", score);
    line.append(` ${walk.study.labels[score]}`);
  }
  find("form").addEventListener("submit", (event) => {
    event.preventDefault();
    walk.step("consent");
  });
  return {};
}
