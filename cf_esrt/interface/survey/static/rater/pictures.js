/* Pictures fetched ahead, decoded, and held until their item is over. No cache of the browser's is used. */
export class Pictures {
  #held = new Map(); // token → promise of an image
  #server;

  constructor(server) { this.#server = server; }

  /* The decoded image of a token; its item says of which size. */
  load(token, size) {
    if (!this.#held.has(token)) {
      const coming = this.#fetch(token, size);
      this.#held.set(token, coming);
      coming.catch(() => this.#held.delete(token)); // so that it can be asked for again
    }
    return this.#held.get(token);
  }

  async #fetch(token, { width, height }) {
    const image = new Image();
    image.src = URL.createObjectURL(await this.#server.picture(`pictures/${token}.png`));
    image.draggable = false;
    await image.decode();
    if (image.naturalWidth !== width || image.naturalHeight !== height) {
      throw new DOMException("another picture", "EncodingError");
    }
    return image;
  }

  /* Let go of all others. */
  keep(tokens) {
    for (const [token, coming] of this.#held) {
      if (tokens.includes(token)) continue;
      this.#held.delete(token);
      coming.then((image) => URL.revokeObjectURL(image.src), () => {});
    }
  }
}

export const tokens = (item) => [item.token, item.other, item.reference].filter(Boolean);
