/* Both photographs, the second laid over the first: a check of the alignment. */
const SIDE = 640; // of the drawing, in pixels

export function makeFade(canvas, slider) {
  const context = canvas.getContext("2d");
  const images = [new Image(), new Image()];
  let photos = null;

  function draw() {
    if (!photos || !images.every((image) => image.complete && image.naturalWidth)) return;
    const [first, second] = photos;
    const k = SIDE / Math.max(first.width, first.height);
    Object.assign(canvas, { width: Math.round(first.width * k), height: Math.round(first.height * k) });
    context.drawImage(images[0], 0, 0, canvas.width, canvas.height);
    if (!second.matrix) return;
    const [a, b, x, c, d, y] = second.matrix;
    // from the second photograph's pixels to the first's, then to the drawing's
    context.setTransform(new DOMMatrix([k, 0, 0, k, 0, 0]).multiply(new DOMMatrix([a, c, b, d, x, y]).inverse()));
    context.globalAlpha = Number(slider.value);
    context.drawImage(images[1], 0, 0, second.width, second.height);
    context.resetTransform();
    context.globalAlpha = 1;
  }

  slider.addEventListener("input", draw);
  for (const image of images) image.addEventListener("load", draw);
  return {
    show(first, second) {
      photos = [first, second];
      images.forEach((image, at) => {
        if (image.getAttribute("src") !== photos[at].url) image.src = photos[at].url;
      });
      canvas.parentElement.style.aspectRatio = `${first.width} / ${first.height}`;
      draw();
    },
  };
}
