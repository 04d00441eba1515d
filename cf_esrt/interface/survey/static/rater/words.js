/* Text into the page, never as HTML: a study's words are its organiser's. */
export const put = (text, values) => text.replace(/\{(\w+)\}/g, (slot, name) => values[name] ?? slot);

export function append(parent, tag, text = "", properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  element.textContent = text;
  parent.append(element);
  return element;
}
