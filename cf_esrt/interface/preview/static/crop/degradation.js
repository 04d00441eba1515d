/* Where the photograph comes from, which chooses its networks: preselected by what the file shows, with the reason. */
export function makeDegradation(find, chosen) {
  const radios = Array.from(find(".cf-degradation").querySelectorAll("input"));
  for (const radio of radios) {
    radio.addEventListener("change", () => {
      find(".cf-degradation-reason").textContent = ""; // the person knows better
      chosen(radio.value);
    });
  }

  return {
    /* A photograph was opened: what its traces speak for, and why. */
    opened(degradation) {
      if (!degradation) return;
      for (const radio of radios) radio.checked = radio.value === degradation.chosen;
      Object.assign(find(".cf-degradation-reason"), { textContent: degradation.reason, title: degradation.detail });
    },
  };
}
