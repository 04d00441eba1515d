/* Whether the server that answers is still the one that holds this page's session: behind a proxy another one may have
   taken its place, or it was started anew. Gradio looks only after a call that breaks off. */
const EVERY_MS = 5_000;
const IN_A_ROW = 2; // a proxy may pass over a busy server for a moment

async function answering() {
  const { root, api_prefix: prefix } = window.gradio_config;
  try {
    const answer = await fetch(`${root}${prefix}/app_id`);
    return answer.ok ? (await answer.json()).app_id : null;
  } catch (error) {
    return null; // nobody answers: that is for the next call to say
  }
}

/* `tell` is called once, when another server answers. */
export function whenReplaced(tell) {
  const own = window.gradio_config.app_id;
  let others = 0;
  const timer = setInterval(async () => {
    if (document.hidden) return;
    const found = await answering();
    if (found !== null) others = found === own ? 0 : others + 1;
    if (others < IN_A_ROW) return;
    clearInterval(timer);
    tell();
  }, EVERY_MS);
}
