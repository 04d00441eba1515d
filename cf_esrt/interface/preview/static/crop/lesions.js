/* The lesions of one photograph: each has a box; one is current. Finished ones can be switched to. */
export function makeLesions({ find, texts, selected }) {
  const list = find(".cf-lesion-list");
  let boxes = new Map(); // by number, from 1
  let current = 1;
  let finished = [];

  const label = (number) => texts.lesion.replace("{n}", number);

  function draw() {
    const focused = list.contains(document.activeElement);
    list.replaceChildren(...Array.from(boxes.keys(), (number) => {
      const item = document.createElement("span");
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "cf-lesion", textContent: number + (finished.includes(number) ? " ✓" : "") });
      button.setAttribute("aria-label", label(number) + (finished.includes(number) ? `, ${texts.lesion_done}` : ""));
      button.setAttribute("aria-pressed", String(number === current));
      button.addEventListener("click", () => go(number));
      item.append(button);
      if (boxes.size > 1) {
        const remove = document.createElement("button");
        Object.assign(remove, { type: "button", className: "cf-remove", textContent: "×" });
        remove.setAttribute("aria-label", texts.remove.replace("{n}", number));
        remove.addEventListener("click", () => drop(number));
        item.append(remove);
      }
      return item;
    }));
    if (focused) list.querySelector("[aria-pressed=true]").focus();
  }

  function go(number, removed) {
    current = number;
    draw();
    selected(boxes.get(number), { lesion: number, ...(removed ? { removed } : {}) });
  }

  function drop(number) {
    boxes.delete(number);
    go(boxes.has(current) ? current : Array.from(boxes.keys()).pop(), number);
  }

  find(".cf-add").addEventListener("click", () => {
    const number = Math.max(...boxes.keys()) + 1;
    const box = boxes.get(current);
    boxes.set(number, { ...box, x: box.x + Math.round(box.width / 4), y: box.y + Math.round(box.height / 4) });
    go(number);
  });

  return {
    current: () => current,
    keep: (box) => boxes.set(current, box),
    box: () => boxes.get(current),
    boxes: () => Array.from(boxes),
    /* A photograph was opened, or is here again with the boxes that it had. */
    first(box, kept, number) {
      boxes = new Map(kept || [[1, box]]);
      [current, finished] = [boxes.has(number) ? number : boxes.keys().next().value, []];
      draw();
    },
    finished(numbers) {
      if (String(numbers) === String(finished)) return;
      finished = numbers;
      draw();
    },
  };
}
