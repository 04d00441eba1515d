/* Saving: the server makes the file and holds it in memory until the browser has fetched it, once. */
export function start(element, api) {
  const find = (selector) => element.querySelector(selector);
  const strings = JSON.parse(find(".cf-save").dataset.strings);
  const status = find(".cf-export-status"), name = find(".cf-file-name input"), list = find(".cf-save-panes tbody");
  let millimetres = null; // of one pixel of the photograph
  let last = null;
  let place = null; // photograph, lesion and box that may leave; null: what is shown is not what is chosen

  function request(detail) {
    status.textContent = strings.making;
    api.trigger("export", { ...detail, millimetres, place, name: name.value });
  }

  function button(kind, pane, words, title) {
    const one = Object.assign(document.createElement("button"), { type: "button", className: "cf-button cf-quiet cf-export-button", textContent: words, title });
    Object.assign(one.dataset, { kind, pane });
    one.setAttribute("aria-label", `${words}: ${titleOf(pane)}`);
    return one;
  }
  let titles = {};
  const titleOf = (pane) => titles[pane] || pane;

  function row({ name: pane, of = pane }) {
    const line = document.createElement("tr");
    const head = Object.assign(document.createElement("th"), { scope: "row", textContent: titleOf(pane) });
    const cell = document.createElement("td");
    const original = of === "original";
    cell.append(button("png", pane, strings.png, original ? strings.original_title : strings.png_title),
      button("png-plain", pane, strings.png_plain, strings.png_plain_title));
    if (!original) {
      cell.append(button("dicom", pane, strings.dicom, strings.dicom_title), button("mask", pane, strings.mask, strings.mask_title),
        button("dicom-believe", pane, strings.dicom_believe, strings.dicom_believe_title));
    }
    line.append(head, cell);
    return line;
  }

  element.addEventListener("click", (event) => {
    const pressed = event.target.closest(".cf-export-button");
    if (pressed) request({ kind: pressed.dataset.kind, pane: pressed.dataset.pane });
  });
  document.addEventListener("cf-scale", ({ detail }) => { millimetres = detail; });
  document.addEventListener("cf-photo", ({ detail }) => {
    if (!detail.resumed) name.value = ""; // it was another photograph's
    name.placeholder = `photograph-${detail.photo}`;
  });
  document.addEventListener("cf-exportable", ({ detail }) => {
    place = detail && { photo: detail.photo, lesion: detail.lesion, box: detail.box };
    if (detail) {
      titles = detail.titles;
      const wanted = detail.panes.map(({ name: pane, of }) => `${pane} ${of} ${titleOf(pane)}`).join();
      const second = detail.panes.find(({ name: pane }) => pane === "second");
      for (const one of element.querySelectorAll("[data-kind^=dates]")) one.hidden = !second || second.of === "original";
      if (list.dataset.rows !== wanted) list.replaceChildren(...detail.panes.map(row));
      list.dataset.rows = wanted;
    }
    for (const one of element.querySelectorAll(".cf-export-button")) one.disabled = !place;
    if (!place) status.textContent = strings.nothing;
    else if (status.textContent === strings.nothing) status.textContent = "";
  });

  api.watch("value", () => {
    const value = api.props.value;
    if (!value || value === last || typeof value !== "object") return;
    last = value;
    status.textContent = value.url ? strings.done.replace("{file}", value.file) : value.refused;
    if (!value.url) return;
    const link = Object.assign(document.createElement("a"), { href: value.url, download: value.file });
    link.click();
  });
  status.textContent = strings.nothing;
  element.cfesrt = true;
}
