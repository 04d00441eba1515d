/* Zoom, screen, brightness steps and colour plates: asked, reported, and never a reason to stop. */
import { conditions, zoom, zoomFine } from "./conditions.js";
import { scaleOf } from "./pixels.js";
import { append, put } from "./words.js";

export function viewing(app) {
  const { strings, given, study } = app;
  const screen = app.root.querySelector("[data-stage=viewing]");
  const find = (selector) => screen.querySelector(selector);
  const form = find("form");
  const asked = (name) => (name === "card" ? Boolean(study.display.pixel_mm) : study.viewing.includes(name));
  let filled = false;

  function tellZoom() {
    const percent = zoom();
    const text = percent === null ? strings.zoom_unknown : zoomFine(percent) ? strings.zoom_fine : strings.zoom_off;
    const said = put(text, { percent });
    if (find(".cf-zoom-said").textContent !== said) find(".cf-zoom-said").textContent = said;
    find(".cf-screen-said").textContent = (conditions(study, app.scale()).large_enough ? strings.screen_fine : "") + strings.screen_set;
  }

  function choices(select, options) {
    append(select, "option", strings.choose, { value: "" });
    for (const [value, text] of options) append(select, "option", text, { value });
  }

  function steps(place, select, levels, ground) {
    place.style.background = `rgb(${ground}, ${ground}, ${ground})`;
    for (const level of levels) append(place, "i").style.background = `rgb(${level}, ${level}, ${level})`;
    choices(select, levels.map((_, number) => [number, number || strings.squares_none])
      .concat([[levels.length, put(strings.squares_all, { count: levels.length })]]));
  }

  async function plate(number) {
    const words = { number: number + 1 };
    const label = append(find(".cf-plates"), "label", "", { className: "cf-plate" });
    append(label, "span", put(strings.plate, words));
    const image = append(label, "img", "", { alt: put(strings.plate_alt, words), width: 260, height: 260 });
    const select = append(label, "select", "", { className: "cf-input", name: `plate-${number}`, required: true });
    choices(select, [...Array(10).keys()].map((digit) => [digit, digit]).concat([["none", strings.no_digit]]));
    try {
      image.src = URL.createObjectURL(await app.server.picture(`plates/${number}.png`));
    } catch (error) {
      image.alt = strings.plate_failed;
      image.classList.add("cf-failed");
      select.required = false;
    }
  }

  /* A bar as wide as a bank card: what a millimetre is on this screen. */
  function card() {
    const [bar, field] = [find(".cf-card-bar"), find(".cf-card-width")];
    const measure = () => {
      app.card = Number(field.value);
      bar.style.width = `${app.card}px`;
      bar.dataset.scale = scaleOf(study.display, app.card);
      tellZoom();
    };
    field.addEventListener("input", measure);
    measure();
  }

  function fill() {
    for (const part of screen.querySelectorAll("[data-condition]")) {
      part.hidden = !asked(part.dataset.condition);
      for (const field of part.querySelectorAll("select")) field.disabled = part.hidden;
    }
    if (asked("card")) card();
    if (asked("brightness")) {
      steps(find(".cf-steps-dark"), form.dark, given.dark, 0);
      steps(find(".cf-steps-light"), form.light, given.light, 255);
    }
    if (asked("colour")) for (let number = 0; number < given.plates; number += 1) plate(number);
    addEventListener("resize", tellZoom);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const report = { measured: conditions(study, app.scale()) };
    if (app.card) report.measured.card_css = app.card;
    if (asked("brightness")) {
      report.dark_steps = Number(form.dark.value);
      report.light_steps = Number(form.light.value);
    }
    if (asked("colour")) {
      report.plates = [...screen.querySelectorAll(".cf-plate select")].map((select) => select.value || "none");
    }
    app.step("viewing", report);
  });

  return {
    show() {
      if (!filled) fill();
      filled = true;
      tellZoom();
    },
  };
}
