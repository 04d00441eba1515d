/* The completion code. */
export function finished(app) {
  const screen = app.root.querySelector("[data-stage=finished]");
  const find = (selector) => screen.querySelector(selector);
  const code = find("output");
  find(".cf-copy").hidden = !navigator.clipboard; // only where the page came over HTTPS, or from this machine
  find(".cf-copy").addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.textContent);
    find(".cf-copied").textContent = app.strings.finished_copied;
  });
  return {
    show(view) {
      code.textContent = view.completion_code;
      const back = find(".cf-back");
      back.hidden = !app.study.back;
      if (app.study.back) back.href = app.study.back.replace("{code}", encodeURIComponent(view.completion_code));
    },
  };
}

/* For who did not qualify: a word of thanks, and the way back. */
export function unqualified(app) {
  const back = app.root.querySelector("[data-stage=unqualified] .cf-back");
  return {
    show() {
      back.hidden = !app.study.unqualified;
      if (app.study.unqualified) back.href = app.study.unqualified;
    },
  };
}
