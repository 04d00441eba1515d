/* The organiser's page: sign-in, progress as it grows, and the lock. */
import { head, live, rows } from "./organiser/tables.js";
import { append, put } from "./rater/words.js";

const EVERY = 10_000; // milliseconds between two looks

export function start(element) {
  const root = element.querySelector(".cf-organiser");
  const { strings } = JSON.parse(root.dataset.given);
  const find = (selector) => root.querySelector(selector);
  const base = new URL("page/organiser/", document.baseURI);
  const [door, inside] = [find(".cf-sign-in"), find(".cf-inside")];
  let again = null;

  function trouble(sentence) {
    find(".cf-trouble").textContent = sentence ?? "";
    find(".cf-trouble").hidden = !sentence;
  }

  async function ask(name, body = {}) {
    const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const response = await fetch(new URL(name, base), { ...options, cache: "no-store" });
    return { status: response.status, answer: await response.json() };
  }

  /* Ask, and show what came; false where it was refused. */
  async function act(name, body) {
    clearTimeout(again);
    try {
      const { status, answer } = await ask(name, body);
      if (status === 200) show(answer);
      else if (status === 401 && name !== "sign-in") out();
      trouble(status === 200 || (status === 401 && name === "progress") ? null : answer.sentence);
      return status === 200;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      trouble(strings.offline);
      return false;
    } finally {
      if (!inside.hidden) again = setTimeout(() => act("progress"), EVERY);
    }
  }

  function out() {
    inside.hidden = true;
    door.hidden = false;
    door.querySelector("input").focus({ preventScroll: true });
  }

  function show(state) {
    door.hidden = true;
    inside.hidden = false;
    const { status } = state;
    find(".cf-study-title").textContent = state.title;
    const when = (moment) => moment.slice(0, 16).replace("T", " ");
    find(".cf-since").textContent = status.locked
      ? put(strings.locked, { locked: when(status.locked) }) : put(strings.open, { opened: when(status.opened) });
    find(".cf-sha").textContent = state.sha256;
    find(".cf-behind").textContent = status.log_behind ? put(strings.behind, { count: status.log_behind }) : "";
    numbers(status);
    raters(state);
    find(".cf-live").hidden = find(".cf-agreement").hidden = !state.live.length;
    live(find(".cf-live-questions"), state.live, strings);
    find(".cf-lock").hidden = Boolean(status.locked);
    find(".cf-live .cf-masked").hidden = Boolean(status.locked);
    find(".cf-report").hidden = !status.locked;
    for (const link of root.querySelectorAll(".cf-download")) link.hidden = !state.report;
    find(".cf-updated").textContent = put(strings.updated, { time: new Date().toLocaleTimeString() });
  }

  function numbers(status) {
    const list = find(".cf-numbers");
    list.replaceChildren();
    for (const name of ["finished", "started", "codes", "planned", "votes"]) {
      const pair = append(list, "div");
      append(pair, "dt", strings[name]);
      append(pair, "dd", status[name].toLocaleString("en"));
    }
    const bar = find(".cf-done");
    const all = Math.max(1, status.planned * status.items);
    bar.setAttribute("aria-valuemax", all);
    bar.setAttribute("aria-valuenow", Math.min(all, status.votes));
    bar.firstElementChild.style.width = `${Math.min(100, (100 * status.votes) / all)}%`;
  }

  function raters(state) {
    head(find(".cf-raters-head"), state.live, strings);
    rows(find(".cf-raters"), state, strings);
    find(".cf-raters").closest(".cf-table").hidden = !state.raters.length;
    find(".cf-none").hidden = Boolean(state.raters.length);
  }

  door.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = event.target.password;
    const entered = await act("sign-in", { password: field.value });
    field.value = "";
    if (entered && !(await act("progress"))) trouble(strings.cookie);
  });
  find(".cf-lock form").addEventListener("submit", async (event) => {
    event.preventDefault();
    await act("lock", { typed: event.target.typed.value });
    event.target.typed.value = "";
  });
  find(".cf-write").addEventListener("click", async ({ target }) => {
    target.disabled = true;
    find(".cf-writing").textContent = strings.report_writing;
    const written = await act("report");
    find(".cf-writing").textContent = written ? strings.report_written : "";
    target.disabled = false;
  });
  find(".cf-sign-out").addEventListener("click", async () => {
    await ask("sign-out");
    clearTimeout(again);
    out();
  });
  act("progress").then((signedIn) => { if (!signedIn) out(); });
  element.cfesrt = true;
}
