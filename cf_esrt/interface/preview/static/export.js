/* Taking results away: the server makes the file and holds it in memory until the browser has fetched it, once. */
export function start(element, api) {
  const find = (selector) => element.querySelector(selector);
  const texts = JSON.parse(find(".cf-taking").dataset.texts);
  const told = find(".cf-taken");
  let millimetres = null; // of one pixel of the photograph
  let last = null;

  function ask(detail) {
    told.textContent = texts.making;
    api.trigger("take", { ...detail, millimetres });
  }

  document.addEventListener("cf-take", ({ detail }) => ask(detail)); // a pane's own buttons
  document.addEventListener("cf-scale", ({ detail }) => { millimetres = detail; });
  document.addEventListener("cf-results", () => {
    for (const button of element.querySelectorAll(".cf-take")) button.disabled = false;
  });
  for (const button of element.querySelectorAll(".cf-take")) {
    button.addEventListener("click", () => ask({ what: button.dataset.what }));
  }

  api.watch("value", () => {
    const value = api.props.value;
    if (!value || value === last || typeof value !== "object") return;
    last = value;
    told.textContent = value.url ? texts.done.replace("{file}", value.file) : value.refused;
    if (!value.url) return;
    const link = Object.assign(document.createElement("a"), { href: value.url, download: value.file });
    link.click();
  });
  element.cfesrt = true;
}
