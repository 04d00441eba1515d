/* Maps over the results with their legend, and the back-projection switch. */
import { makeNotices } from "./notices.js";
import { nextRequest } from "./request_number.js";

const PLAIN = "result", FIRST = "trust"; // what the button over the panes switches between

export function makeOverlays({ find, strings }, api) {
  const maps = find(".cf-overlays"), radios = Array.from(maps.querySelectorAll("input"));
  const scale = find(".cf-overlay-legend"), notes = makeNotices(find, strings), believe = find(".cf-believe"), making = find(".cf-making");
  const believing = find(".cf-believing"), level = find(".cf-level"), promise = find(".cf-promise"), levels = strings.believe_steps;
  level.max = levels.length - 1;
  let wanted = PLAIN, pending = 0;

  function write() {
    const words = strings.believe_levels.replace("{level}", levels[level.value]);
    find(".cf-level-value").textContent = words;
    level.setAttribute("aria-valuetext", words);
  }
  level.addEventListener("input", () => {
    write();
    wait();
    clearTimeout(pending);
    pending = setTimeout(() => {
      pending = 0;
      api.trigger("overlay", { overlay: wanted, level: levels[level.value], request: nextRequest() });
    }, 120);
  });

  /* Until the map is drawn; of the veil this stands where its promise will, so that its slider stays in place. */
  function wait() {
    making.textContent = wanted === PLAIN || wanted === FIRST ? "" : strings.making_map;
    promise.textContent = wanted === FIRST ? strings.making_map : "";
    promise.title = "";
  }

  function choose(overlay) {
    wanted = overlay;
    draw();
    wait();
    api.trigger("overlay", { overlay, request: nextRequest() });
  }
  for (const radio of radios) radio.addEventListener("change", () => choose(radio.value));
  believe.addEventListener("click", () => choose(wanted === FIRST ? PLAIN : FIRST));

  const backProjection = find(".cf-back-projection"), status = find(".cf-back-projection-status");
  backProjection.addEventListener("change", () => {
    status.textContent = strings.back_projecting;
    api.trigger("backproject", { back_projection: backProjection.checked, request: nextRequest() });
  });

  function draw() {
    radios.find((one) => one.value === wanted).checked = true;
    believe.setAttribute("aria-pressed", String(wanted === FIRST));
    believing.hidden = wanted !== FIRST;
    const legend = strings.legends[wanted];
    scale.hidden = !legend;
    if (!legend) return;
    find(".cf-overlay-low").textContent = legend.low;
    find(".cf-overlay-high").textContent = `${legend.high} ${legend.unit}`;
    scale.querySelector("i").style.background = `${legend.gradient}, var(--cf-card)`;
  }

  return {
    toggle: () => believe.click(),
    show({ notices, back_projection: on, overlay, panes, resumed, trust }) {
      for (const control of [believe, level, maps]) control.disabled = !panes.length; // nothing to lay a map over
      if (resumed) {
        backProjection.checked = on;
        wanted = overlay;
        draw();
      }
      if (trust && !pending) {
        level.value = Math.max(0, levels.indexOf(trust.level));
        write();
      }
      level.closest("label").hidden = Boolean(trust?.off);
      if (backProjection.checked === on) status.textContent = ""; // else it was switched again meanwhile
      notes.show(notices);
    },
    /* The panes show it now: what is said of it may be said. */
    drawn({ overlay, trust }) {
      if (overlay !== wanted || pending) return; // another was chosen meanwhile
      making.textContent = "";
      promise.textContent = promise.title = trust?.sentence ?? "";
    },
  };
}
