/* The first screen: a code, typed or from a link, or the one that this tab has. */
import { Refusal } from "./server.js";

export function entry(app, enter) {
  const screen = app.root.querySelector("[data-stage=code]");
  const form = screen.querySelector("form");
  const button = form.querySelector("button");

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    await enter(form.code.value.trim());
    button.disabled = false;
  });

  function begin() {
    const address = new URL(location.href);
    const linked = address.searchParams.get("code");
    if (linked) { // out of the address, so that it stands in no history and on no screenshot
      address.searchParams.delete("code");
      history.replaceState(history.state, "", address);
    }
    const code = linked ?? app.server.code;
    const named = app.given.external && address.searchParams.get(app.given.external);
    if (code) enter(code);
    else if (named) join(named);
    else show();
  }

  /* By the open link: the server gives the code. */
  async function join(external) {
    try {
      const { code } = await app.server.step("join", { external });
      await enter(code);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      show();
      app.trouble(error.message);
    }
  }

  function show() {
    screen.hidden = false;
    form.code.value = "";
    form.code.focus({ preventScroll: true });
  }

  return { begin, show };
}
