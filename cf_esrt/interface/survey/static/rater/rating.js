/* The items: grey, picture, vote; again. The server's answer to a vote decides what comes next. */
import { Clock } from "./clock.js";
import { before, interlude } from "./interlude.js";
import { listen } from "./keys.js";
import { Pictures, tokens } from "./pictures.js";
import { fit } from "./pixels.js";
import { Refusal } from "./server.js";
import { append, put } from "./words.js";

const GREY = 400; // milliseconds of grey before each picture, or more where it is not there yet
const PRESSED = 180; // milliseconds that a vote stays visible

const wait = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
const painted = () => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); });

export function rating(walk) {
  const { texts, study, server } = walk;
  const root = walk.root.querySelector("[data-stage=items]");
  const find = (selector) => root.querySelector(selector);
  const votes = [...root.querySelectorAll(".cf-vote")];
  const pictures = new Pictures(server);
  const clock = new Clock();
  const card = interlude(root, texts);
  let item = null; // on show
  let last = null; // the one before
  let open = false; // whether a vote is taken
  let undoable = false;
  let turn = 0; // counts what is presented, so that nothing late disturbs what came after

  function allow(on, hint) {
    open = on;
    for (const button of votes) button.setAttribute("aria-disabled", String(!on));
    find(".cf-hint").textContent = hint;
  }

  function clear() {
    turn += 1;
    item = null;
    allow(false, "");
    card.hide();
    find(".cf-pictures").replaceChildren();
  }

  function head(view, next) {
    const asked = study.questions.findIndex(({ kind }) => kind === next.question);
    const counted = study.questions.map(({ kind }) => study.counted[kind]);
    const begin = study.questions.slice(0, asked).reduce((sum, _, pass) => sum + counted[pass] + study.training, 0);
    const place = next.position - begin + 1;
    find(".cf-part").textContent = study.questions.length > 1
      ? put(texts.part, { number: asked + 1, all: study.questions.length }) : "";
    find(".cf-place").textContent = next.training
      ? put(texts.practice, { place, all: study.training })
      : put(texts.place, { place: place - study.training, all: counted[asked] });
    const bar = find(".cf-done");
    bar.setAttribute("aria-valuemax", view.total);
    bar.setAttribute("aria-valuenow", view.done);
    bar.firstElementChild.style.width = `${(100 * view.done) / view.total}%`;
    find(".cf-question").textContent = next.text;
    const undo = find(".cf-undo");
    if (undo === document.activeElement && !view.can_undo) undo.blur();
    undo.hidden = !study.undo;
    undoable = view.can_undo;
    undo.disabled = !undoable;
  }

  async function show(view, announced = false) {
    clear();
    const mine = turn;
    const [next, after] = view.items;
    head(view, next);
    pictures.keep(view.items.flatMap(tokens));
    const grey = wait(GREY);
    const coming = Promise.all(tokens(next).map((token) => pictures.load(token)));
    coming.catch(() => {}); // handled below
    const words = announced ? null : before(next, last, view, study, texts);
    if (words) await card.show(words.title, words.lines);
    if (mine !== turn) return;
    const late = setTimeout(() => { if (mine === turn) find(".cf-hint").textContent = texts.loading; }, 1500);
    let images;
    try {
      [images] = await Promise.all([coming, words ? wait(GREY) : grey]);
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof DOMException)) throw error;
      if (mine === turn) failed(view);
      return;
    } finally {
      clearTimeout(late);
    }
    if (mine !== turn) return;
    lay(next, images);
    await painted();
    if (mine !== turn) return;
    item = next;
    clock.start();
    find(".cf-hint").textContent = texts.look;
    if (after) for (const token of tokens(after)) pictures.load(token).catch(() => {}); // tried again at its turn
    while (mine === turn && clock.milliseconds < next.minimum_ms) await wait(next.minimum_ms - clock.milliseconds + 4);
    if (mine === turn) allow(true, texts.vote_now);
  }

  function lay(next, images) {
    const place = find(".cf-pictures");
    const [picture, reference] = images;
    const alone = !reference;
    const shown = alone ? [[picture, "", texts.picture_alt]]
      : [[reference, texts.reference, texts.reference_alt], [picture, texts.rated, texts.picture_alt]];
    for (const [image, caption, alt] of shown) {
      image.alt = alt;
      const figure = append(place, "figure");
      figure.append(image);
      if (caption) append(figure, "figcaption", caption);
    }
    images.forEach(fit);
  }

  async function failed(view) {
    await card.show(texts.picture_failed, [{ text: texts.offline }]);
    show(view, true);
  }

  async function vote(score) {
    if (!open) return;
    const voted = item;
    const body = { token: item.token, score, shown_ms: clock.milliseconds };
    allow(false, "");
    find(".cf-undo").disabled = true; // until the vote has its answer
    const button = votes.find((one) => one.dataset.score === String(score));
    button.classList.add("cf-pressed");
    const [view] = await Promise.all([walk.step("vote", body, { quiet: true }), wait(PRESSED)]);
    button.classList.remove("cf-pressed");
    if (!view) { // refused: what is due is on show, or the same picture still
      if (item === voted) reopen();
      return;
    }
    last = voted;
    walk.show(view);
  }

  function reopen() {
    find(".cf-undo").disabled = !undoable;
    allow(true, texts.vote_now);
  }

  async function undo() {
    if (find(".cf-undo").disabled) return;
    const before = item;
    find(".cf-undo").disabled = true;
    allow(false, "");
    const view = await walk.step("undo", {}, { quiet: true });
    if (view) show(view, true);
    else if (item && item === before) reopen();
  }

  for (const button of votes) button.addEventListener("click", () => vote(Number(button.dataset.score)));
  find(".cf-undo").addEventListener("click", undo);
  find(".cf-leave").addEventListener("click", walk.leave);
  listen(root, { vote, undo });
  addEventListener("resize", () => root.querySelectorAll(".cf-pictures img").forEach(fit));

  return {
    show,
    stop() {
      clear();
      last = null;
      pictures.keep([]);
    },
  };
}
