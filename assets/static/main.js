/* The page: a photograph, a box on it, and what the network makes of the box while it moves. */
import { Box } from "./box.js";
import { makeCurtain } from "./curtain.js";
import { Enlarger } from "./enlarger.js";
import { SCALE } from "./model/constants.js";
import { labelled } from "./png.js";
import { open } from "./photograph.js";

const find = (id) => document.getElementById(id);
const status = find("status");
const refused = find("refused"); // says what could not be used, until the person goes on
const original = find("original").getContext("2d");
const live = find("live").getContext("2d");

let photograph = null; // { canvas, file, name }
let shown = null; // what the live pane holds, once it is whole: { x, y, side }
let model = null;

function say(sentence, kind = "") {
  status.className = kind;
  status.textContent = sentence;
}

const enlarger = new Enlarger({
  ready(about) {
    model = about;
    find("model").textContent = `${about.title}: ${about.summary} ${about.runs}.`;
    say("Open a photograph.");
    show();
  },
  tile({ x, y, pixels }) {
    live.putImageData(pixels, SCALE * x, SCALE * y);
  },
  done(box, milliseconds) {
    shown = box;
    find("save").disabled = false;
    say(`${box.width} × ${box.height} pixels enlarged in ${Math.round(milliseconds)} ms.`);
  },
  failed(message) {
    say(message, "alert");
  },
});

const box = new Box(find("photograph"), find("box"), () => {
  refused.textContent = "";
  show();
});
makeCurtain(find("curtain"), find("panes"), find("live"));

/* The box's original pixels at once, and its enlargement as the network's tiles arrive. */
function show() {
  if (!photograph) return;
  const { x, y, width, height } = box.area;
  const pixels = photograph.context.getImageData(x, y, width, height);
  shown = null;
  find("save").disabled = true;
  Object.assign(original.canvas, { width, height });
  original.putImageData(pixels, 0, 0);
  Object.assign(live.canvas, { width: SCALE * width, height: SCALE * height });
  live.imageSmoothingQuality = "high";
  live.drawImage(original.canvas, 0, 0, SCALE * width, SCALE * height);
  if (!model) return;
  say("Enlarging…");
  enlarger.ask(box.area, pixels, visibleCentre());
}

/* The point of the crop in the middle of the window, from which the tiles begin. */
function visibleCentre() {
  const pane = find("panes").getBoundingClientRect();
  const middle = (from, to, size) => (Math.max(0, from) + Math.min(size, to)) / 2 - from;
  return {
    x: (middle(pane.left, pane.right, innerWidth) / pane.width) * box.area.width,
    y: (middle(pane.top, pane.bottom, innerHeight) / pane.height) * box.area.height,
  };
}

async function take(file) {
  try {
    photograph = await open(file);
  } catch (error) {
    const stays = photograph ? ` ${photograph.file} stays open.` : "";
    refused.textContent = `${file.name}: ${error.message}${stays}`;
    return;
  }
  const overview = find("overview").getContext("2d");
  const share = Math.min(1, 1600 / Math.max(photograph.canvas.width, photograph.canvas.height));
  overview.canvas.width = Math.ceil(photograph.canvas.width * share);
  overview.canvas.height = Math.ceil(photograph.canvas.height * share);
  overview.drawImage(photograph.canvas, 0, 0, overview.canvas.width, overview.canvas.height);
  find("photograph").hidden = find("panes").hidden = find("about-picture").hidden = false;
  box.begin(photograph.canvas, Number(find("side").value));
}

async function save() {
  const { x, y, width, height } = shown;
  const labels = { ...model.labels, Crop: `${width}×${height} from ${x}, ${y}`, Engine: model.runs };
  const plain = await new Promise((resolve) => live.canvas.toBlob(resolve, "image/png"));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([labelled(new Uint8Array(await plain.arrayBuffer()), labels)], { type: "image/png" }));
  link.download = `${photograph.name}-${model.name}.plain.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

find("file").addEventListener("change", (event) => event.target.files[0] && take(event.target.files[0]));
find("side").addEventListener("change", (event) => photograph && box.resize(Number(event.target.value)));
find("save").addEventListener("click", save);
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
});
