/* One pixel of a picture on one pixel of the screen, whatever the zoom: sized by the device's ratio, laid on its grid. */
const MORE = 0.01; // device pixels: browsers cut lengths to 1/64 pixel, and a side may not be cut below its pixels

export function fit(image) {
  const ratio = devicePixelRatio;
  image.style.width = `${(image.naturalWidth + MORE) / ratio}px`;
  image.style.height = `${(image.naturalHeight + MORE) / ratio}px`;
  image.style.left = image.style.top = "0";
  const { left, top } = image.getBoundingClientRect();
  image.style.left = `${(Math.round(left * ratio) - left * ratio + MORE) / ratio}px`;
  image.style.top = `${(Math.round(top * ratio) - top * ratio + MORE) / ratio}px`;
}
