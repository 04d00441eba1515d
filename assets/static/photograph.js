/* A file as pixels: turned as its metadata says and in sRGB, which the browser does. */
const TYPES = ["image/jpeg", "image/png", "image/webp"];
const MOST = 24e6;

/* { canvas, context, file, name }, the last two its name with and without the ending; an Error with one sentence where the file cannot be used. */
export async function open(file) {
  if (!TYPES.includes(file.type)) throw new Error("This page reads JPEG, PNG and WebP; save the photograph as one of them.");
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error("The photograph cannot be read: the file is damaged.");
  }
  const { width, height } = bitmap;
  if (width * height > MOST) throw new Error(`The photograph has ${(width * height / 1e6).toFixed(1)} megapixels; at most 24 are read.`);
  if (Math.min(width, height) < 2) throw new Error("The photograph is a line of pixels; it must be at least 2 pixels wide and high.");
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff"; // behind what is transparent
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { canvas, context, file: file.name, name: file.name.replace(/\.[^.]*$/, "") };
}
