/* The crop box: dragged, or moved with the arrow keys; always whole pixels inside the photograph. */
export class Box {
  constructor(place, handle, moved) {
    Object.assign(this, { place, handle, moved, side: 128, size: null, x: 0, y: 0 });
    let from = null;
    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      from = { x: event.clientX, y: event.clientY, left: this.x, top: this.y };
    });
    handle.addEventListener("pointermove", (event) => {
      if (!handle.hasPointerCapture(event.pointerId) || !from) return;
      const scale = this.size.width / place.clientWidth;
      this.move(from.left + (event.clientX - from.x) * scale, from.top + (event.clientY - from.y) * scale);
    });
    handle.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!way) return;
      event.preventDefault();
      const step = event.shiftKey ? 1 : Math.max(1, Math.round(this.side / 16));
      this.move(this.x + step * way[0], this.y + step * way[1]);
    });
  }

  /* { x, y, width, height } in the photograph's pixels. */
  get area() {
    return {
      x: this.x,
      y: this.y,
      width: Math.min(this.side, this.size.width),
      height: Math.min(this.side, this.size.height),
    };
  }

  /* In the middle of another photograph. */
  begin({ width, height }, side) {
    this.size = { width, height };
    this.side = side;
    this.move((width - side) / 2, (height - side) / 2, { always: true });
  }

  resize(side) {
    const { x, y, width, height } = this.area;
    this.side = side;
    this.move(x + (width - side) / 2, y + (height - side) / 2, { always: true });
  }

  move(x, y, { always = false } = {}) {
    const { width, height } = this.area;
    const inside = (value, most) => Math.round(Math.min(Math.max(0, value), most));
    const next = { x: inside(x, this.size.width - width), y: inside(y, this.size.height - height) };
    if (!always && next.x === this.x && next.y === this.y) return;
    Object.assign(this, next);
    const percent = (part, whole) => `${(100 * part) / whole}%`;
    Object.assign(this.handle.style, {
      left: percent(this.x, this.size.width),
      top: percent(this.y, this.size.height),
      width: percent(width, this.size.width),
      height: percent(height, this.size.height),
    });
    this.moved();
  }
}
