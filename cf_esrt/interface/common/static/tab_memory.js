/* A text that a reload of this tab finds again. Browsers that block the cookies of frames deny a page in a frame its
   storage; the tab's history has an entry of the page's own there, too. */
export function kept(key) {
  try {
    return sessionStorage.getItem(key);
  } catch (error) {
    return history.state?.[key] ?? null;
  }
}

/* null forgets it. */
export function keep(key, text) {
  try {
    if (text === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch (error) {
    history.replaceState({ ...history.state, [key]: text }, "");
  }
}
