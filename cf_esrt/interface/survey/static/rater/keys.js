/* Keys 1 to 9 answer, on the number pad too; Backspace takes the last vote back. */
export function listen(root, { vote, undo }) {
  document.addEventListener("keydown", (event) => {
    if (root.hidden || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^[1-9]$/.test(event.key)) vote(Number(event.key));
    else if (event.key === "Backspace") undo();
    else return;
    event.preventDefault();
  });
}
