/* In a narrow frame photograph and box fold into a strip once results are under way, so that these have the height. */
export function makeStrip(find) {
  const button = find(".cf-strip"), image = button.querySelector("img"), frame = button.querySelector("i");
  const page = () => document.querySelector("#cf-layout");

  function fold(on) {
    page().classList.toggle("cf-folded-page", on);
    button.setAttribute("aria-expanded", String(!on));
  }
  button.addEventListener("click", () => fold(!page().classList.contains("cf-folded-page")));
  // With the press, not with the result: nothing moves while a person waits.
  document.querySelector("#cf-enhance")?.addEventListener("click", () => {
    if (!image.src || document.querySelector("#cf-enhance").disabled) return;
    fold(true);
    // A phone on its side has room for either: the results.
    if (matchMedia("(max-height: 480px)").matches) document.querySelector(".cf-results").scrollIntoView({ block: "start" });
  });
  document.addEventListener("cf-photo", ({ detail }) => fold(Boolean(detail.resumed)));

  return {
    show(photo, box) {
      if (image.getAttribute("src") !== photo.url) image.src = photo.url;
      const share = (part, whole) => `${(100 * part) / whole}%`;
      button.style.aspectRatio = `${photo.width} / ${photo.height}`;
      Object.assign(frame.style, {
        left: share(box.x, photo.width), top: share(box.y, photo.height),
        width: share(box.width, photo.width), height: share(box.height, photo.height),
      });
    },
  };
}
