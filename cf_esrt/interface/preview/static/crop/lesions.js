/* The lesions of one photograph: each has a box; one is current, and the others' boxes stay drawn with their numbers. */
export function makeLesions({ find, strings, selected }) {
  const list = find(".cf-lesion-list");
  let boxes = new Map(); // by number, from 1
  let current = 1;
  let finished = [];

  const label = (number) => strings.lesion.replace("{n}", number);

  function button(className, text, pressed, spoken) {
    const one = Object.assign(document.createElement("button"), { type: "button", className, textContent: text });
    one.setAttribute("aria-label", spoken);
    one.addEventListener("click", pressed);
    return one;
  }

  function draw() {
    const focused = list.contains(document.activeElement);
    list.replaceChildren(...Array.from(boxes.keys(), (number) => {
      const item = document.createElement("span");
      const isDone = finished.includes(number);
      const chip = button("cf-lesion", number + (isDone ? " ✓" : ""), () => go(number), label(number) + (isDone ? `, ${strings.lesion_done}` : ""));
      chip.setAttribute("aria-pressed", String(number === current));
      item.append(chip);
      if (boxes.size > 1) item.append(button("cf-remove", "×", () => drop(number), strings.remove.replace("{n}", number)));
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
    /* The boxes on the photograph, in shares of it; the current one is cropperjs's. */
    draw(world, photo) {
      const share = (part, whole) => `${(100 * part) / whole}%`;
      const wanted = Array.from(boxes).filter(([number]) => number !== current || boxes.size > 1);
      const marks = world.querySelectorAll(".cf-mark");
      wanted.forEach(([number, { x, y, width, height }], at) => {
        const mark = marks[at] || world.appendChild(button("cf-mark", "", () => go(Number(mark.dataset.lesion)), ""));
        mark.dataset.lesion = number;
        mark.textContent = number;
        mark.tabIndex = -1; // the chips are for the keyboard
        mark.classList.toggle("cf-current", number === current);
        mark.setAttribute("aria-label", label(number));
        Object.assign(mark.style, { left: share(x, photo.width), top: share(y, photo.height), width: share(width, photo.width), height: share(height, photo.height) });
      });
      Array.from(marks).slice(wanted.length).forEach((mark) => mark.remove());
    },
    /* A photograph was opened, or is here again with the boxes that it had. */
    first(found, kept, number) {
      boxes = new Map(kept || found.map((box, at) => [at + 1, box]));
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
