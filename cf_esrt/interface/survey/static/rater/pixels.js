/* One pixel of a picture on a whole number of the screen's, whatever the zoom: sized by the device's ratio, laid on its
   grid. */
const MORE = 0.01; // device pixels: browsers cut lengths to 1/64 pixel, and a side may not be cut below its pixels
const CARD = 85.6; // millimetres across a bank card (ISO/IEC 7810 ID-1)

/* Device pixels across one picture pixel, as the protocol has it; `card`: CSS pixels across a bank card, where known. */
export function scaleOf(display, card) {
  if (!display.pixel_mm || !card) return display.scale;
  return Math.max(1, Math.round((display.pixel_mm * card * devicePixelRatio) / CARD));
}

export function fit(image, scale = 1) {
  const ratio = devicePixelRatio;
  image.style.width = `${(image.naturalWidth * scale + MORE) / ratio}px`;
  image.style.height = `${(image.naturalHeight * scale + MORE) / ratio}px`;
  image.style.left = image.style.top = "0";
  const { left, top } = image.getBoundingClientRect();
  image.style.left = `${(Math.round(left * ratio) - left * ratio + MORE) / ratio}px`;
  image.style.top = `${(Math.round(top * ratio) - top * ratio + MORE) / ratio}px`;
}

/* Whether the picture was decoded: drawn once more, its last corner is opaque. */
export function painted(image) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d");
  context.drawImage(image, image.naturalWidth - 1, image.naturalHeight - 1, 1, 1, 0, 0, 1, 1);
  return context.getImageData(0, 0, 1, 1).data[3] > 0;
}
