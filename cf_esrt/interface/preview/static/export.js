/* Exports: the server makes the file and holds it in memory until the browser has fetched it, once. */
export function start(element, api) {
  const find = (selector) => element.querySelector(selector);
  const texts = JSON.parse(find(".cf-export").dataset.texts);
  const status = find(".cf-export-status");
  let millimetres = null; // of one pixel of the photograph
  let last = null;
  let place = null; // photograph, lesion and box that may leave; null: what is shown is not what is chosen

  function request(detail) {
    status.textContent = texts.making;
    api.trigger("export", { ...detail, millimetres, place });
  }

  document.addEventListener("cf-export", ({ detail }) => request(detail)); // a pane's own buttons
  document.addEventListener("cf-scale", ({ detail }) => { millimetres = detail; });
  document.addEventListener("cf-exportable", ({ detail }) => {
    place = detail;
    for (const button of element.querySelectorAll(".cf-export-button")) button.disabled = !place;
    for (const button of document.querySelectorAll(".cf-pane .cf-export-button")) {
      button.disabled = !place || !button.closest(".cf-pane").dataset.shown;
    }
  });
  for (const button of element.querySelectorAll(".cf-export-button")) {
    button.addEventListener("click", () => request({ kind: button.dataset.kind }));
  }

  api.watch("value", () => {
    const value = api.props.value;
    if (!value || value === last || typeof value !== "object") return;
    last = value;
    status.textContent = value.url ? texts.done.replace("{file}", value.file) : value.refused;
    if (!value.url) return;
    const link = Object.assign(document.createElement("a"), { href: value.url, download: value.file });
    link.click();
  });
  element.cfesrt = true;
}
