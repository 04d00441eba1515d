/* Ways in for a photograph: file, drop, paste, camera, example. The browser sends bytes; the server decodes. */
import { note, recall } from "./place.js";
import { whenReplaced } from "./server.js";

export function start(element, api) {
  const find = (selector) => element.querySelector(selector);
  const root = find(".cf-upload");
  const input = find("input[type=file]");
  const dialog = find("dialog");
  const video = find("video");
  const limit = api.limit;
  let stream = null;
  let name = api.strings.photograph; // of what was sent last; it stays on this page
  let opened = name; // of what is open

  function busy(on) {
    root.classList.toggle("cf-busy", on);
    root.setAttribute("aria-busy", String(on));
    find(".cf-reading").textContent = on ? api.strings.reading : "";
  }

  const change = find(".cf-change");

  /* Once a photograph is open, its card is one line, and the ways in are behind a button. */
  function fold(on) {
    const inside = find("#cf-sources").contains(document.activeElement);
    root.classList.toggle("cf-folded", on);
    change.setAttribute("aria-expanded", String(!on));
    change.textContent = on ? api.strings.change : api.strings.keep;
    if (on && inside) change.focus();
  }
  change.addEventListener("click", () => fold(!root.classList.contains("cf-folded")));
  document.addEventListener("cf-photo", ({ detail }) => {
    opened = name;
    find(".cf-opened").hidden = change.hidden = false;
    find(".cf-opened strong").textContent = find(".cf-opened strong").title = name;
    find(".cf-summary").textContent = detail.summary;
    fold(true);
  });

  async function send(file, called) {
    if (!file) return api.trigger("refused", { reason: "nothing" });
    if (file.size > limit) return api.trigger("refused", { reason: "too-big" });
    busy(true);
    name = called || file.name;
    try {
      // The name stays here: it can hold a patient's name.
      const plain = new File([file], "photograph", { type: "application/octet-stream" });
      const { path } = await api.upload(plain);
      if (!path) throw new Error("no path");
      api.trigger("photo", { path });
    } catch (error) {
      busy(false);
      name = opened;
      // Gradio's client throws what the server answered, after its status.
      api.trigger("refused", { reason: String(error?.message).startsWith("HTTP 503") ? "full" : "upload" });
    }
  }

  function picture(transfer) {
    const files = Array.from((transfer && transfer.files) || []);
    return files.find((file) => file.type.startsWith("image/")) || files[0] || null;
  }

  input.addEventListener("change", () => {
    if (input.files.length) send(input.files[0]);
    input.value = ""; // the same file may be chosen again
  });

  let depth = 0;
  const drop = root; // also while it is folded
  drop.addEventListener("dragenter", (event) => {
    event.preventDefault();
    depth += 1;
    drop.classList.add("cf-over");
  });
  drop.addEventListener("dragleave", () => {
    depth -= 1;
    if (depth <= 0) drop.classList.remove("cf-over");
  });
  drop.addEventListener("dragover", (event) => event.preventDefault());
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    drop.classList.remove("cf-over");
    send(picture(event.dataTransfer));
  });

  document.addEventListener("paste", (event) => {
    if (!element.isConnected || event.target.closest?.("input, textarea")) return;
    event.preventDefault();
    send(picture(event.clipboardData), api.strings.pasted);
  });

  element.querySelectorAll(".cf-thumb").forEach((thumb) => {
    thumb.addEventListener("click", () => {
      busy(true);
      name = api.strings.example_name.replace("{n}", Number(thumb.dataset.index) + 1);
      api.trigger("example", { index: Number(thumb.dataset.index) });
    });
  });

  function closeCamera() {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    if (dialog.open) dialog.close();
  }
  find(".cf-camera-open").addEventListener("click", async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1440 } },
      });
      video.srcObject = stream;
      dialog.showModal();
    } catch (error) {
      closeCamera();
      api.trigger("refused", { reason: "camera" });
    }
  });
  find(".cf-capture").addEventListener("click", () => {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    if (!canvas.width) return;
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob((blob) => {
      closeCamera();
      send(blob, api.strings.taken);
    }, "image/png");
  });
  find(".cf-camera-close").addEventListener("click", closeCamera);
  dialog.addEventListener("close", closeCamera);

  // The server responds to every photograph, accepted or refused, with a new value here.
  api.watch("value", () => {
    busy(false);
    if (api.props.value) note({ key: api.props.value.key });
    if (api.props.value?.refused) name = opened;
    // On a phone the sentence on a refused photograph may lie below what is in sight.
    setTimeout(() => document.querySelector(".cf-alert:not(:empty)")?.scrollIntoView({ block: "nearest" }), 50);
  });

  // Only the page knows the name of the photograph that stays where another one was refused.
  const status = document.querySelector("#cf-status");
  new MutationObserver(() => {
    const stays = status.querySelector(".cf-stays:empty");
    if (stays) stays.textContent = ` ${api.strings.stays.replace("{name}", () => opened)}`;
  }).observe(status, { childList: true, subtree: true });
  element.cfesrt = true;

  const { key } = recall();
  if (key) api.trigger("resume", { key });
  whenReplaced(() => recall().key && api.trigger("refused", { reason: "gone" }));
}
