/* How long a picture was looked at: time in which the page was hidden does not count. */
export class Clock {
  #seen = 0;
  #since = null;

  constructor() {
    document.addEventListener("visibilitychange", () => {
      if (this.#since === null) return;
      const now = performance.now();
      if (document.hidden) this.#seen += now - this.#since;
      this.#since = now;
    });
  }

  start() {
    this.#seen = 0;
    this.#since = performance.now();
  }

  get milliseconds() {
    const running = this.#since === null || document.hidden ? 0 : performance.now() - this.#since;
    return Math.floor(this.#seen + running);
  }
}
