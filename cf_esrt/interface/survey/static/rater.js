/* The rater's page: one screen after the other, as the server says where the rater stands. */
import { background } from "./rater/background.js";
import { conditions, watchSize } from "./rater/conditions.js";
import { consent } from "./rater/consent.js";
import { entry } from "./rater/entry.js";
import { finished, unqualified } from "./rater/finished.js";
import { scaleOf } from "./rater/pixels.js";
import { rating } from "./rater/rating.js";
import { washout } from "./rater/washout.js";
import { Refusal, Server } from "./rater/server.js";
import { viewing } from "./rater/viewing.js";

export function start(element) {
  const root = element.querySelector(".cf-rater");
  const given = JSON.parse(root.dataset.given);
  const server = new Server("page/study/", given.strings, trouble);
  const app = { root, given, strings: given.strings, server, step, show, trouble, leave, study: null, card: null };
  app.scale = () => scaleOf(app.study.display, app.card);
  const screens = {};

  function trouble(sentence) {
    for (const place of root.querySelectorAll(".cf-trouble")) {
      place.textContent = sentence ?? "";
      place.hidden = !sentence;
    }
  }

  /* One step on the server; the view that came of it, or null where it was refused. What is due is then on show. */
  async function step(name, body = {}, { quiet = false } = {}) {
    try {
      const answer = await server.step(name, body);
      trouble(null);
      if (!quiet) show(answer.view);
      return answer.view;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.status === 401) leave();
      else if (error.view) show(error.view);
      trouble(error.message);
      return null;
    }
  }

  async function enter(code) {
    server.code = code;
    try {
      const { view, study } = await server.step("state");
      app.study = study;
      app.card ??= view.card;
      entered(study);
      trouble(null);
      if (view.stage === "items" && study.viewing.length) await report();
      show(view);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      leave();
      trouble(error.message);
    }
  }

  function entered(study) {
    root.querySelector(".cf-study-title").textContent = study.title;
    document.title = study.title;
    screens.consent ??= consent(app);
    screens.background ??= background(app);
    screens.viewing ??= viewing(app);
    screens.items ??= rating(app);
    screens.finished ??= finished(app);
    screens.unqualified ??= unqualified(app);
    screens.washout ??= washout(app);
    watchSize(app);
  }

  /* Another sitting may be at another screen: the viewing conditions are sent again. */
  async function report() {
    await server.step("viewing", { measured: conditions(app.study, app.scale()) }).catch((error) => {
      if (!(error instanceof Refusal)) throw error;
    });
  }

  function show(view) {
    const stage = view ? view.stage : "code";
    for (const screen of root.querySelectorAll("[data-stage]")) screen.hidden = screen.dataset.stage !== stage;
    document.documentElement.classList.toggle("cf-grey-page", stage === "items");
    if (stage !== "items") screens.items?.stop();
    screens[stage]?.show?.(view);
    if (stage !== "items") root.querySelector(`[data-stage=${stage}] h2`)?.focus({ preventScroll: true });
  }

  function leave() {
    server.code = null;
    trouble(null);
    show(null);
  }

  screens.code = entry(app, enter);
  screens.code.begin();
  element.cfesrt = app;
}
