/* A and B by turns on the same spot: at most three changes a second, none where reduced motion is asked for. */
const MOST = 3;

export default {
  name: "blink",
  paired: true,
  enter({ under, over, find, strings }) {
    const rate = find(".cf-rate"), label = find(".cf-rate-value"), seen = find(".cf-seen"), other = find(".cf-other");
    const calm = matchMedia("(prefers-reduced-motion: reduce)");
    const done = new AbortController();
    const { signal } = done;
    let timer = 0;
    let shown = false;

    function show(second) {
      shown = second;
      over.place.style.visibility = second ? "" : "hidden";
      seen.textContent = (second ? over : under).title;
    }

    function start() {
      clearInterval(timer);
      rate.disabled = calm.matches;
      const changes = Math.min(MOST, Number(rate.value));
      label.textContent = calm.matches ? strings.still : strings.rate_value.replace("{rate}", changes);
      if (!calm.matches) timer = setInterval(() => show(!shown), 1000 / changes);
    }

    rate.addEventListener("input", start, { signal });
    calm.addEventListener("change", start, { signal });
    // By hand it goes on by hand, until the rate is moved.
    other.addEventListener("click", () => { clearInterval(timer); show(!shown); }, { signal });
    seen.hidden = false;
    show(false);
    start();
    return () => {
      done.abort();
      clearInterval(timer);
      seen.hidden = true;
      over.place.style.visibility = "";
    };
  },
};
