/* The button that shows one network on both photographs, once there is a second one. */
export function makeBothDates({ find, layout, modes }) {
  const button = find(".cf-both-dates");
  let second = null; // what the server says of the second photograph

  function show(on, name) {
    button.setAttribute("aria-pressed", String(on));
    layout.showDates(on, name);
    modes.refresh();
    layout.changed();
  }

  function press() {
    if (!second) return;
    if (second.aligned) show(!layout.dates());
    else document.dispatchEvent(new CustomEvent("cf-dates-align")); // dates.js opens what aligns them
  }
  button.addEventListener("click", press);
  document.addEventListener("cf-dates-use", () => !layout.dates() && show(true));

  return {
    press,
    show(value) {
      const gone = second && !value.second;
      second = value.second;
      button.hidden = !second;
      if (gone && layout.dates()) show(false);
      else if (value.resumed && second?.of) show(true, second.of);
    },
  };
}
