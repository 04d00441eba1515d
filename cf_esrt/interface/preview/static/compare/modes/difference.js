/* |A − B| for each colour channel of what is on the screen, doubled some times so that small steps are seen. */
export default {
  name: "difference",
  paired: true,
  enter({ under, over, find, strings }) {
    const canvas = find(".cf-difference"), gain = find(".cf-gain"), end = find(".cf-legend-end"), seen = find(".cf-seen");
    const context = canvas.getContext("2d");
    const done = new AbortController();
    let frame = 0;

    function draw() {
      frame = 0;
      if (![under, over].every((pane) => pane.viewer && pane.viewer.world.getItemCount())) { // one has yet to arrive
        context.clearRect(0, 0, canvas.width, canvas.height);
        return;
      }
      const sources = [under, over].map((pane) => pane.viewer.drawer.canvas);
      const { width, height } = sources[0];
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      const put = (how, source) => {
        context.globalCompositeOperation = how;
        context.drawImage(source, 0, 0);
      };
      context.globalCompositeOperation = "source-over";
      context.fillRect(0, 0, width, height);
      put("source-over", sources[0]);
      put("difference", sources[1]);
      for (let times = 1; times < Number(gain.value); times *= 2) put("lighter", canvas);
    }

    const soon = () => { frame = frame || requestAnimationFrame(draw); };

    function write() {
      const times = Number(gain.value);
      end.textContent = strings.legend.replace("{most}", Math.ceil(255 / times));
      seen.textContent = strings.difference_name.replace("{gain}", times);
      soon();
    }

    const viewers = [under, over].map((pane) => pane.viewer).filter(Boolean);
    for (const viewer of viewers) viewer.addHandler("update-viewport", soon);
    gain.addEventListener("change", write, { signal: done.signal });
    canvas.hidden = seen.hidden = false;
    write();
    return () => {
      done.abort();
      cancelAnimationFrame(frame);
      for (const viewer of viewers) viewer.removeHandler("update-viewport", soon);
      canvas.hidden = seen.hidden = true;
    };
  },
};
