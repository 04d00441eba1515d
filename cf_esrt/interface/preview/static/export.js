/* Exports: the server makes the file and holds it in memory until the browser has fetched it, once. */
export function start(element, api) {
  const find = (selector) => element.querySelector(selector);
  const texts = JSON.parse(find(".cf-export").dataset.texts);
  const status = find(".cf-export-status");
  let millimetres = null; // of one pixel of the photograph
  let last = null;

  function request(detail) {
    status.textContent = texts.making;
    api.trigger("export", { ...detail, millimetres });
  }

  document.addEventListener("cf-export", ({ detail }) => request(detail)); // a pane's own buttons
  document.addEventListener("cf-scale", ({ detail }) => { millimetres = detail; });
  document.addEventListener("cf-results", () => {
    for (const button of element.querySelectorAll(".cf-export-button")) button.disabled = false;
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
