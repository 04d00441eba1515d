/* One pixel of a picture on one pixel of the screen, whatever the zoom: sized by the device's ratio, laid on its grid. */
export function fit(image) {
  const ratio = devicePixelRatio;
  image.style.width = `${image.naturalWidth / ratio}px`;
  image.style.height = `${image.naturalHeight / ratio}px`;
  image.style.left = image.style.top = "0";
  const { left, top } = image.getBoundingClientRect();
  image.style.left = `${(Math.round(left * ratio) - left * ratio) / ratio}px`;
  image.style.top = `${(Math.round(top * ratio) - top * ratio) / ratio}px`;
}
