/* Runs the network on the newest crop, tile by tile; between tiles it looks whether another crop has been asked for. */
import * as ort from "./vendor/onnxruntime-web/ort.wasm.bundle.min.mjs";
import { SCALE } from "./model/constants.js";
import { tiles } from "./tiles.js";

const CORES = [256, 128, 64]; // sides of a tile without what lies around it: the largest that is run in time
const TILE_MS = 300; // for which a newer request waits at most

let waiting = null;
let running = false;
let pace = Infinity; // milliseconds of the last tile, for each of its pixels
const loaded = load().catch((error) => postMessage({ kind: "failed", sentence: `The network could not be loaded: ${error.message}` }));

async function load() {
  const about = await (await get("model/live.json")).json();
  ort.env.wasm.wasmBinary = await unpacked(await get("vendor/onnxruntime-web/ort-wasm-simd-threaded.wasm.gz"));
  ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency || 1) : 1;
  const file = new Uint8Array(await (await get("model/live.onnx")).arrayBuffer());
  const session = await ort.InferenceSession.create(file, { executionProviders: ["wasm"] });
  const runs = `onnxruntime-web, float32, ${ort.env.wasm.numThreads} thread${ort.env.wasm.numThreads > 1 ? "s" : ""}`;
  postMessage({ kind: "ready", about: { ...about, runs } });
  return { session, context: about.context };
}

async function get(path) {
  const response = await fetch(new URL(path, import.meta.url));
  if (!response.ok) throw new Error(`${path} is not there.`);
  return response;
}

/* Some servers unpack the file on the way, others send it as it is. */
async function unpacked(response) {
  const bytes = await response.arrayBuffer();
  const packed = new Uint8Array(bytes, 0, 2);
  if (packed[0] !== 0x1f || packed[1] !== 0x8b) return bytes;
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

self.addEventListener("message", async ({ data }) => {
  waiting = data;
  if (running) return;
  running = true;
  const network = await loaded;
  while (network && waiting) {
    const job = waiting;
    waiting = null;
    try {
      await enlarge(network, job);
    } catch (error) {
      postMessage({ kind: "failed", sentence: `The crop could not be enlarged: ${error.message}` });
    }
  }
  running = false;
});

async function enlarge({ session, context }, { asked, width, height, pixels, first }) {
  const began = performance.now();
  const core = CORES.find((side) => pace * (side + 2 * context) ** 2 < TILE_MS) ?? CORES.at(-1);
  for (const { row, column } of tiles(width, height, core, context, first)) {
    const tileBegan = performance.now();
    const seen = { width: column.last - column.first, height: row.last - row.first };
    const input = new ort.Tensor("float32", planes(pixels, width, row, column, seen), [1, 3, seen.height, seen.width]);
    const { enlarged } = await session.run({ image: input });
    const made = kept(enlarged.data, row, column, seen);
    pace = (performance.now() - tileBegan) / (seen.width * seen.height);
    const size = SCALE * (column.stop - column.start);
    postMessage({ kind: "tile", asked, x: column.start, y: row.start, width: size, pixels: made }, [made.buffer]);
    await new Promise((resolve) => setTimeout(resolve)); // a newer request may have come
    if (waiting) return;
  }
  postMessage({ kind: "done", asked, milliseconds: performance.now() - began });
}

/* RGBA of 8 bits → the window's three planes in 0..1. */
function planes(pixels, width, row, column, seen) {
  const size = seen.width * seen.height;
  const out = new Float32Array(3 * size);
  for (let y = 0, at = 0; y < seen.height; y++) {
    let from = 4 * ((row.first + y) * width + column.first);
    for (let x = 0; x < seen.width; x++, at++, from += 4) {
      for (let channel = 0; channel < 3; channel++) out[channel * size + at] = pixels[from + channel] / 255;
    }
  }
  return out;
}

/* The enlarged window's planes → RGBA of its core. */
function kept(data, row, column, seen) {
  const stride = SCALE * seen.width;
  const size = stride * SCALE * seen.height;
  const width = SCALE * (column.stop - column.start);
  const height = SCALE * (row.stop - row.start);
  const corner = SCALE * (row.start - row.first) * stride + SCALE * (column.start - column.first);
  const out = new Uint8ClampedArray(4 * width * height);
  for (let y = 0, at = 0; y < height; y++) {
    let from = corner + y * stride;
    for (let x = 0; x < width; x++, from++, at += 4) {
      for (let channel = 0; channel < 3; channel++) out[at + channel] = 255 * data[channel * size + from];
      out[at + 3] = 255;
    }
  }
  return out;
}
