/* The items: grey, picture, answer; again. The server's answer to a vote decides what comes next. */
import { ballot } from "./ballot.js";
import { Clock } from "./clock.js";
import { before, inside, interlude } from "./interlude.js";
import { listen } from "./keys.js";
import { loupe } from "./loupe.js";
import { Pictures, tokens } from "./pictures.js";
import { fit, painted as decoded } from "./pixels.js";
import { Refusal } from "./server.js";
import { append, put } from "./words.js";

const GREY = 400; // milliseconds of grey before each picture, or more where it is not there yet
const PRESSED = 180; // milliseconds that a vote stays visible

const wait = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
const painted = () => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); });

export function rating(app) {
  const { strings, study, server } = app;
  const root = app.root.querySelector("[data-stage=items]");
  const find = (selector) => root.querySelector(selector);
  const votes = ballot(root, strings);
  const pictures = new Pictures(server);
  const clock = new Clock();
  const card = interlude(root, strings);
  const glass = loupe(find(".cf-loupe"), refit);
  let item = null; // on show
  let shown = []; // its pictures, the one that is rated first
  let last = null; // the one before
  let open = false; // whether a vote is taken
  let undoable = false;
  let answers = []; // to the item's questions so far
  let turn = 0; // counts what is presented, so that nothing late disturbs what came after

  function allow(on, hint) {
    open = on;
    votes.allow(on, hint);
  }

  function refit() {
    for (const image of root.querySelectorAll(".cf-pictures img")) fit(image, app.scale() * glass.factor);
  }

  function clear() {
    turn += 1;
    item = null;
    shown = [];
    answers = [];
    glass.reset();
    allow(false, "");
    card.hide();
    find(".cf-pictures").replaceChildren();
  }

  function head(view, next) {
    const asked = study.questions.findIndex(({ kind }) => kind === next.question);
    const counted = study.questions.map(({ kind }) => study.counted[kind]);
    const begin = study.questions.slice(0, asked).reduce((sum, _, pass) => sum + counted[pass] + study.training, 0);
    const place = next.position - begin - (next.qualification ? 0 : study.qualification) + 1;
    find(".cf-part").textContent = [
      ...(study.questions.length > 1 ? [put(strings.part, { number: asked + 1, all: study.questions.length })] : []),
      ...(next.sitting ? [put(strings.sitting, next.sitting)] : []),
    ].join(" · ");
    if (next.qualification) find(".cf-place").textContent = put(strings.qualifying, { place, all: study.qualification });
    else find(".cf-place").textContent = next.training
      ? put(strings.practice, { place, all: study.training })
      : put(strings.place, next.sitting ? inside(next) : { place: place - study.training, all: counted[asked] });
    const bar = find(".cf-done");
    bar.setAttribute("aria-valuemax", view.total);
    bar.setAttribute("aria-valuenow", view.done);
    bar.firstElementChild.style.width = `${(100 * view.done) / view.total}%`;
    votes.show(study.asked[next.question][0]);
    const undo = find(".cf-undo");
    if (undo === document.activeElement && !view.can_undo) undo.blur();
    undo.hidden = !study.undo;
    undoable = view.can_undo;
    undo.disabled = !undoable;
    find(".cf-loupe").hidden = !study.display.loupe;
  }

  async function show(view, announced = false) {
    clear();
    const mine = turn;
    const [next, after] = view.items;
    head(view, next);
    pictures.keep(view.items.flatMap(tokens));
    const grey = wait(GREY);
    const coming = Promise.all(tokens(next).map((token) => pictures.load(token, next)));
    coming.catch(() => {}); // handled below
    const words = announced ? null : before(next, last, view, study, strings);
    if (words) await card.show(words.title, words.lines);
    if (mine !== turn) return;
    const late = setTimeout(() => { if (mine === turn) find(".cf-hint").textContent = strings.loading; }, 1500);
    let images;
    try {
      [images] = await Promise.all([coming, words ? wait(GREY) : grey]);
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof DOMException)) throw error;
      if (mine === turn) failed(view, error);
      return;
    } finally {
      clearTimeout(late);
    }
    if (mine !== turn) return;
    lay(next, images);
    await painted();
    if (mine !== turn) return;
    item = next;
    shown = images;
    clock.start();
    find(".cf-hint").textContent = strings.look;
    if (after) for (const token of tokens(after)) pictures.load(token, after).catch(() => {}); // tried again at its turn
    while (mine === turn && clock.milliseconds < next.minimum_ms) await wait(next.minimum_ms - clock.milliseconds + 4);
    if (mine === turn) allow(true, votes.ready);
  }

  function lay(next, images) {
    const place = find(".cf-pictures");
    const [picture, second] = images;
    const row = [[picture, next.reference ? strings.rated : "", strings.picture_alt]];
    if (next.other) row.splice(0, 1, [picture, strings.left, strings.left], [second, strings.right, strings.right]);
    if (next.reference) {
      const reference = [images.at(-1), strings.reference, strings.reference_alt];
      if (next.reference_first) row.unshift(reference);
      else row.push(reference);
    }
    for (const [image, caption, alt] of row) {
      image.alt = alt;
      const figure = append(place, "figure");
      figure.append(image);
      if (caption) append(figure, "figcaption", caption);
    }
    refit();
  }

  async function failed(view, error) {
    await card.show(strings.picture_failed, [{ text: error instanceof Refusal ? error.message : strings.offline }]);
    show(view, true);
  }

  async function choose(score) {
    if (!open || score > votes.count) return;
    const asked = study.asked[item.question];
    answers.push(score);
    votes.press(score, true);
    if (answers.length < asked.length) {
      const mine = turn;
      allow(false, "");
      await wait(PRESSED);
      if (mine === turn) ask();
      return;
    }
    await vote(asked, score);
  }

  /* The item's next question, with what was answered before it. */
  function ask() {
    const asked = study.asked[item.question];
    votes.show(asked[answers.length]);
    find(".cf-undo").disabled = !undoable && !(study.undo && answers.length);
    allow(true, [...answers.map((answer, place) => asked[place].options[answer - 1]), votes.ready].join(" · "));
  }

  async function vote(asked, pressed) {
    const voted = item;
    const [score, ...after] = answers;
    const further = Object.fromEntries(after.map((answer, index) => [asked[index + 1].name, answer]));
    const seen = {
      width: shown[0].naturalWidth, height: shown[0].naturalHeight, painted: shown.every(decoded), scale: app.scale(),
      loupe_ms: Math.round(glass.milliseconds),
    };
    const body = { token: item.token, score, shown_ms: clock.milliseconds, further, seen };
    allow(false, "");
    find(".cf-undo").disabled = true; // until the vote has its answer
    const [view] = await Promise.all([app.step("vote", body, { quiet: true }), wait(PRESSED)]);
    votes.press(pressed, false);
    if (!view) { // refused: what is due is on show, or the same picture still
      if (item === voted) reopen();
      return;
    }
    last = voted;
    app.show(view);
  }

  function reopen() {
    answers = [];
    ask();
  }

  async function undo() {
    if (find(".cf-undo").disabled) return;
    if (answers.length) { // of this item: nothing was sent yet
      if (!open) return;
      answers.pop();
      ask();
      return;
    }
    const before = item;
    find(".cf-undo").disabled = true;
    allow(false, "");
    const view = await app.step("undo", {}, { quiet: true });
    if (view) show(view, true);
    else if (item && item === before) reopen();
  }

  votes.onChoice(choose);
  find(".cf-undo").addEventListener("click", undo);
  find(".cf-withdraw").addEventListener("click", async () => {
    if (!confirm(strings.withdraw_sure)) return;
    await app.step("withdraw", {}, { quiet: true });
    app.leave();
  });
  find(".cf-leave").addEventListener("click", app.leave);
  listen(root, { vote: choose, undo });
  addEventListener("resize", refit);

  return {
    show,
    stop() {
      clear();
      last = null;
      pictures.keep([]);
    },
  };
}
