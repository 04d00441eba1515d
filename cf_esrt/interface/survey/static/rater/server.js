/* Requests with the rater's code. One that got no answer is sent again until it gets one: the server takes a vote once,
   however often it is sent. */
import { keep, kept } from "../../common/tab_memory.js";

const KEPT = "cf-esrt-code";
const WAITS = [500, 1000, 2000, 4000, 8000];

export class Refusal extends Error {
  constructor(sentence, status, view = null) {
    super(sentence);
    this.status = status;
    this.view = view;
  }
}

export class Server {
  #strings;
  #trouble;

  constructor(base, strings, trouble) {
    this.base = new URL(base, document.baseURI);
    this.#strings = strings;
    this.#trouble = trouble;
  }

  /* For this tab alone, and gone when it is closed. */
  get code() { return kept(KEPT); }
  set code(code) { keep(KEPT, code || null); }

  async step(name, body = {}) {
    const response = await this.#fetch(name, "application/json", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Refusal(answer.sentence ?? this.#strings.failed, response.status, answer.view ?? null);
    const ours = answer.view || answer.code;
    if (!ours) throw new Refusal(this.#strings.not_the_page, response.status); // another's JSON
    return answer;
  }

  async picture(path) {
    const response = await this.#fetch(path, "image/png", {});
    if (!response.ok) {
      const { sentence } = await response.json().catch(() => ({}));
      throw new Refusal(sentence ?? this.#strings.picture_failed, response.status);
    }
    return response.blob();
  }

  async #fetch(path, kind, options) {
    const headers = { ...options.headers, Authorization: `Bearer ${encodeURIComponent(this.code ?? "")}` };
    for (let attempt = 0; ; attempt += 1) {
      let sentence = this.#strings.offline;
      try {
        const response = await fetch(new URL(path, this.base), { ...options, headers, cache: "no-store" });
        if (response.status < 502 || response.status > 504) {
          const type = response.headers.get("Content-Type") ?? "";
          if (type.startsWith(kind) || type.startsWith("application/json") || response.status >= 500) {
            if (attempt) this.#trouble(null);
            return response;
          }
          sentence = this.#strings.not_the_page; // a network's sign-in page, say: 200, and not ours
        }
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // what fetch throws where no answer came
      }
      this.#trouble(sentence);
      await new Promise((resolve) => { setTimeout(resolve, WAITS[Math.min(attempt, WAITS.length - 1)]); });
    }
  }
}
