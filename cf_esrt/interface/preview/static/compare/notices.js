/* In what a crop or a result is unusual: a chip with the first words, which opens all of them. */
export function makeNotices(find, strings) {
  const chip = find(".cf-notices"), count = chip.querySelector("strong"), first = chip.querySelector("span");
  const all = find("#cf-notes"), spoken = find(".cf-spoken");

  return {
    show(sentences) {
      const words = sentences.join(" ");
      if (spoken.textContent === words) return;
      spoken.textContent = first.textContent = words;
      count.textContent = (sentences.length > 1 ? strings.cautions : strings.caution).replace("{n}", sentences.length);
      all.replaceChildren(...sentences.map((sentence) => Object.assign(document.createElement("p"), { textContent: sentence })));
      chip.hidden = !sentences.length;
      if (!sentences.length && all.matches(":popover-open")) all.hidePopover();
    },
  };
}
