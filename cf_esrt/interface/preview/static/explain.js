/* Popovers: each opens beside the button that was pressed, inside the screen. */
const EDGE = 8;
const WIDEST = 340;

export function placeExplanations(root) {
  for (const button of root.querySelectorAll("[popovertarget]")) {
    button.addEventListener("click", () => { // before the browser opens it
      const at = button.getBoundingClientRect();
      const opened = document.getElementById(button.getAttribute("popovertarget"));
      const width = Math.min(Number(opened.dataset.width) || WIDEST, innerWidth - 2 * EDGE);
      const above = at.top > innerHeight / 2;
      Object.assign(opened.style, {
        width: `${width}px`,
        left: `${Math.max(EDGE, Math.min(at.left - EDGE, innerWidth - width - EDGE))}px`,
        top: above ? "auto" : `${at.bottom + 6}px`,
        bottom: above ? `${innerHeight - at.top + 6}px` : "auto",
        maxHeight: `${(above ? at.top : innerHeight - at.bottom) - 6 - EDGE}px`,
      });
    });
  }
}
