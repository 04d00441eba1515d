/* The first screen: a code, typed or from a link, or the one that this tab has. */
export function entry(walk, enter) {
  const screen = walk.root.querySelector("[data-stage=code]");
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
    const code = linked ?? walk.server.code;
    if (code) enter(code);
    else show();
  }

  function show() {
    screen.hidden = false;
    form.code.value = "";
    form.code.focus({ preventScroll: true });
  }

  return { begin, show };
}
