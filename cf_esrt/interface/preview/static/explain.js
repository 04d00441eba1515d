/* Explanations behind "?" buttons: a popover opens beside the button that was pressed, inside the screen. */
const EDGE = 8;

export function placeExplanations(root) {
  for (const button of root.querySelectorAll(".cf-why")) {
    button.addEventListener("click", () => { // before the browser opens it
      const at = button.getBoundingClientRect();
      const { style } = root.querySelector(`#${button.getAttribute("popovertarget")}`);
      const width = Math.min(340, innerWidth - 2 * EDGE);
      const above = at.top > innerHeight / 2;
      Object.assign(style, {
        width: `${width}px`,
        left: `${Math.max(EDGE, Math.min(at.left - EDGE, innerWidth - width - EDGE))}px`,
        top: above ? "auto" : `${at.bottom + 6}px`,
        bottom: above ? `${innerHeight - at.top + 6}px` : "auto",
      });
    });
  }
}
