/* Where the photograph comes from, which chooses its networks: preselected by what the file shows, with the reason. */
export function makeFamily(find, chosen) {
  const radios = Array.from(find(".cf-family").querySelectorAll("input"));
  for (const radio of radios) {
    radio.addEventListener("change", () => {
      find(".cf-family-reason").textContent = ""; // the person knows better
      chosen(radio.value);
    });
  }

  return {
    /* A photograph was opened: what its traces speak for, and why. */
    opened(family) {
      if (!family) return;
      for (const radio of radios) radio.checked = radio.value === family.chosen;
      Object.assign(find(".cf-family-reason"), { textContent: family.reason, title: family.detail });
    },
  };
}
