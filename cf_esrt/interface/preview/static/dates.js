/* The photograph of another date: opened beside the first, aligned by features or by two points, then compared. */
import { makeFade } from "./dates/fade.js";
import { moved } from "./dates/place.js";
import { makePoints } from "./dates/points.js";

export function start(element, api) {
  const find = (selector) => element.querySelector(selector);
  const strings = JSON.parse(find(".cf-dates").dataset.strings);
  const dialog = find("dialog"), status = find(".cf-dates-status"), said = find(".cf-aligned"), input = find("input[type=file]");
  const lengths = Array.from(element.querySelectorAll(".cf-ruler-mm"));
  const points = Array.from(element.querySelectorAll(".cf-dated[data-photo]"), makePoints);
  const fade = makeFade(find("canvas"), find(".cf-fade"));
  let first = null, second = null, chosen = null; // photographs; the box on the crop stage
  let name = ""; // of the second photograph's file; it stays in the browser
  let millimetres = [null, null]; // of a pixel of each, while their scale is held
  let arriving = false;

  /* Where the points begin: in the box on the first photograph, and where the alignment puts that. */
  function open() {
    const { x, y, width, height } = chosen.box;
    const starts = [0.25, 0.75].map((share) => [x + share * width, y + share * height]);
    const ends = [0.35, 0.65].map((share) => [share * second.width, share * second.height]);
    points[0].show(first, starts);
    points[1].show(second, second.matrix ? starts.map((at) => moved(second.matrix, at)) : ends);
    fade.show(first, second);
    if (!dialog.open) dialog.showModal();
  }

  const byFeatures = () => ask({});
  const byPoints = () => ask({ points: points.map((one) => one.at()) });
  let last = byFeatures; // how it was aligned
  function ask(how) {
    said.textContent = strings.aligning;
    api.trigger("align", { ...how, millimetres });
  }
  for (const [button, way] of [[".cf-by-features", byFeatures], [".cf-by-points", byPoints]]) {
    find(button).addEventListener("click", () => {
      last = way;
      way();
    });
  }

  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (!file) return;
    status.textContent = strings.reading;
    [name, arriving] = [file.name, true];
    try {
      const plain = new File([file], "photograph", { type: "application/octet-stream" }); // its name stays here
      const { path } = await api.upload(plain);
      if (!path) throw new Error("no path");
      api.trigger("second", { path });
    } catch (error) {
      arriving = false;
      status.textContent = strings.not_sent;
    }
    input.value = ""; // the same file may be chosen again
  });

  find(".cf-hold").addEventListener("click", () => {
    const empty = lengths.find((one) => !one.value || !one.checkValidity());
    if (empty) {
      empty.focus();
      empty.reportValidity();
      return;
    }
    hold(lengths.map((one, at) => Number(one.value) / points[at].apart()));
    document.dispatchEvent(new CustomEvent("cf-scale-set", { detail: millimetres[0] }));
  });
  find(".cf-release").addEventListener("click", () => hold([null, null]));
  function hold(next) {
    millimetres = next;
    find(".cf-release").hidden = !next[0];
    last();
  }

  find(".cf-dates-edit").addEventListener("click", open);
  document.addEventListener("cf-dates-align", () => second && open());
  find(".cf-dates-remove").addEventListener("click", () => api.trigger("remove", {}));
  find(".cf-dates-close").addEventListener("click", () => dialog.close());
  find(".cf-dates-use").addEventListener("click", () => {
    dialog.close();
    document.dispatchEvent(new CustomEvent("cf-dates-use"));
  });

  function show(next) {
    const had = second;
    second = next;
    for (const part of [".cf-dates-edit", ".cf-dates-remove", ".cf-dates-name"]) find(part).hidden = !second;
    find(".cf-dates-open").hidden = Boolean(second);
    find(".cf-dates-name").textContent = second ? strings.beside.replace("{name}", name || strings.second) : "";
    find(".cf-dates-name").title = name;
    if (!second) {
      [millimetres, last] = [[null, null], byFeatures];
      find(".cf-release").hidden = true;
      if (dialog.open) dialog.close();
      if (had) input.focus();
      return;
    }
    said.textContent = second.words;
    said.classList.toggle("cf-warning", !second.matrix);
    find(".cf-dates-use").disabled = !second.matrix;
    if (arriving) open();
    else if (dialog.open) fade.show(first, second);
    arriving = false;
  }

  document.addEventListener("cf-chosen", ({ detail }) => { chosen = detail; });
  document.addEventListener("cf-photo", ({ detail }) => {
    first = detail;
    find(".cf-dates").hidden = false;
  });
  let answered = null;
  api.watch("value", () => {
    const value = api.props.value;
    if (!value?.response || value.response === answered) return;
    answered = value.response;
    status.textContent = value.refused || "";
    if (value.refused) arriving = false;
    show(value.second);
  });
  element.cfesrt = true;
}
