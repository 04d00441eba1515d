/* A crop box as four whole numbers in pixels of the original. */
export const SIDES = ["x", "y", "width", "height"];
export const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

/* The nearest box of whole pixels inside a photograph; a square one is no larger than the shorter side asked for. */
export function inside({ x, y, width, height }, photo, square = false) {
  let w = clamp(Math.round(width) || 1, 1, photo.width);
  let h = clamp(Math.round(height) || 1, 1, photo.height);
  if (square) w = h = Math.min(w, h);
  return {
    x: clamp(Math.round(x) || 0, 0, photo.width - w),
    y: clamp(Math.round(y) || 0, 0, photo.height - h),
    width: w,
    height: h,
  };
}

/* A box of a size around the middle of a photograph. */
export const middle = ({ width, height }, photo) =>
  inside({ x: (photo.width - width) / 2, y: (photo.height - height) / 2, width, height }, photo);

/* A box of at most so many pixels, of the same shape around the same middle. */
export function shrunkTo({ x, y, width, height }, pixels) {
  const times = Math.min(1, Math.sqrt(pixels / (width * height)));
  const [w, h] = [Math.floor(width * times), Math.floor(height * times)];
  return { x: x + (width - w) / 2, y: y + (height - h) / 2, width: w, height: h };
}

/* The size that was used last, for the next photograph; kept in this browser, and only two numbers. */
const KEY = "cf-esrt-crop-size";
export function remember({ width, height }) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ width, height }));
  } catch (error) {
    console.debug("the crop's size is not remembered:", error.message); // storage may be switched off
  }
}
export function remembered(photo) {
  try {
    const size = JSON.parse(localStorage.getItem(KEY));
    return size && size.width <= photo.width && size.height <= photo.height ? size : null;
  } catch (error) {
    return null;
  }
}
