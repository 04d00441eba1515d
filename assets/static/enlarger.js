/* The network, in a worker of its own: the newest request alone counts, and what comes of older ones is dropped. */

export class Enlarger {
  /* ready(about), tile({ x, y, pixels }), done(area, milliseconds), failed(sentence). */
  constructor(tell) {
    this.asked = 0;
    this.area = null;
    this.worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.worker.addEventListener("message", ({ data }) => {
      if (data.kind === "ready") tell.ready(data.about);
      else if (data.kind === "failed") tell.failed(data.sentence);
      else if (data.asked !== this.asked) return;
      else if (data.kind === "tile") tell.tile({ x: data.x, y: data.y, pixels: new ImageData(data.pixels, data.width) });
      else tell.done(this.area, data.milliseconds);
    });
    this.worker.addEventListener("error", () => tell.failed("The network could not be loaded in this browser."));
  }

  /* `area`: where the pixels, an ImageData, lie in the photograph; `first`: the point in them to begin at. */
  ask(area, pixels, first) {
    this.asked += 1;
    this.area = area;
    const { width, height, data } = pixels;
    this.worker.postMessage({ asked: this.asked, width, height, pixels: data, first });
  }
}
