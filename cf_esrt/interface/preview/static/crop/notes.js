/* Notes on a box: its size, its enhanced size, the time estimate, and warnings. */
const SCALE = 4;

export function makeNotes({ find, texts }) {
  const { limits } = texts;
  let secondsPerPixel = null; // seconds for each pixel, measured on finished work

  function time(pixels) {
    if (!secondsPerPixel) return texts.time_unknown;
    const seconds = secondsPerPixel * Math.max(pixels, limits.tile);
    const words = seconds < 1 ? texts.under
      : seconds < 90 ? texts.second.replace("{n}", Math.round(seconds))
        : texts.minute.replace("{n}", Math.round(seconds / 60));
    return texts.time.replace("{time}", words);
  }

  function warning({ width, height }) {
    const long = Math.max(width, height);
    if (width * height > limits.pixels) return texts.over.replaceAll("{cap}", Math.sqrt(limits.pixels));
    if (long < limits.small) return texts.small.replace("{side}", long).replace("{low}", limits.small);
    return long > limits.large ? texts.large.replace("{side}", long).replace("{high}", limits.large) : "";
  }

  const listed = (selector, lines) => find(selector).replaceChildren(
    ...lines.map((words) => Object.assign(document.createElement("li"), { textContent: words })));

  return {
    /* A photograph was opened: what of its file was not kept, what to be careful about. */
    opened({ dropped, cautions }) {
      find(".cf-dropped-metadata").hidden = !dropped.length;
      find(".cf-dropped-metadata summary").textContent = texts.dropped.replace("{n}", dropped.length);
      listed(".cf-dropped-metadata ul", dropped);
      find(".cf-cautions").hidden = !cautions.length;
      listed(".cf-cautions", cautions);
    },
    setSecondsPerPixel: (next) => { secondsPerPixel = next || secondsPerPixel; },
    write(box) {
      find(".cf-size").textContent = texts.size
        .replace("{w4}", SCALE * box.width).replace("{h4}", SCALE * box.height)
        .replace("{w}", box.width).replace("{h}", box.height);
      find(".cf-time").textContent = time(box.width * box.height);
      const text = warning(box);
      if (find(".cf-size-warning").textContent !== text) find(".cf-size-warning").textContent = text;
    },
  };
}
