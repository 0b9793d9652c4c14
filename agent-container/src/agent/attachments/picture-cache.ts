/** The pictures that this process fetched last, as providers want them. A conversation shows the same ones each time. */
import type { ImageContent } from "@earendil-works/pi-ai";
import { ATTACHMENT_BOUNDS } from "../bounds.ts";

export class PictureCache {
  /** By address; the one that was used longest ago first. */
  readonly #pictures = new Map<string, ImageContent>();
  #bytes = 0;

  /** A picture that is remembered. */
  get(address: string): ImageContent | undefined {
    const picture = this.#pictures.get(address);
    if (picture !== undefined) this.put(address, picture);
    return picture;
  }

  /** Remembers a picture, at the cost of those that nobody asked for. */
  put(address: string, picture: ImageContent): void {
    this.#drop(address);
    this.#pictures.set(address, picture);
    this.#bytes += picture.data.length;
    for (const oldest of this.#pictures.keys()) {
      if (this.#bytes <= ATTACHMENT_BOUNDS.imageCacheMaxBytes) return;
      this.#drop(oldest);
    }
  }

  /** Forgets the pictures below an address. */
  forget(address: string): void {
    for (const picture of this.#pictures.keys()) if (picture.startsWith(address)) this.#drop(picture);
  }

  #drop(address: string): void {
    this.#bytes -= this.#pictures.get(address)?.data.length ?? 0;
    this.#pictures.delete(address);
  }
}
