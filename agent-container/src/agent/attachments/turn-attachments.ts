/** The files that came with messages, for one turn: read when a message comes, and its pictures shown at each request. */
import type { AgentMessage } from "@earendil-works/pi-agent-core";
import type { ImageContent } from "@earendil-works/pi-ai";
import type { PromptMessage } from "../../../../protocol/invocation.ts";
import { ATTACHMENT_BOUNDS } from "../bounds.ts";
import { type PictureBlocks, picturesOf, withPictures } from "../inbound-message.ts";
import { type AttachmentContent, pictureLine, type PictureReference } from "./content.ts";
import { mapLimited } from "./map-limited.ts";
import { pictureTypeOf } from "./media-type.ts";
import { PictureCache } from "./picture-cache.ts";
import { type FetchAttachment, readAttachments } from "./read-attachments.ts";

/** Where the files are. */
export interface AttachmentSource {
  /** Tells one attachment from every other one. */
  addressOf(name: string): string;
  /** Throws when it cannot be fetched. */
  read(name: string, signal: AbortSignal): Promise<Uint8Array>;
}

/** What became of a picture: it is there, or why not. */
type Picture = ImageContent | { readonly type: "none"; readonly why: string };

const NOT_NOW: Picture = { type: "none", why: "it cannot be fetched now" };
const NO_PICTURE: Picture = { type: "none", why: "not in a format that can be shown" };
/** Said of a picture that is old, or one too many. */
export const EARLIER = "it was shown earlier and is not shown again";
const NO_EYES = "not shown: this model cannot see pictures";

/** Of all turns of this process. */
const cache = new PictureCache();

/** Forgets the pictures below an address: they are no longer there. */
export function forgetPictures(address: string): void {
  cache.forget(address);
}

export class TurnAttachments {
  readonly #source: AttachmentSource;
  readonly #canSee: boolean;

  /** `canSee`: any of the models takes pictures. Those that do not are shown a line of text by pi. */
  constructor(source: AttachmentSource, canSee: boolean) {
    this.#source = source;
    this.#canSee = canSee;
  }

  /** What a model can take of the files of each message, in their order. Never throws. */
  async read(messages: readonly PromptMessage[]): Promise<readonly (readonly AttachmentContent[])[]> {
    const signal = AbortSignal.timeout(ATTACHMENT_BOUNDS.readMaxMs);
    return mapLimited(1, messages, ({ attachments = [] }) => readAttachments(attachments, this.#fetchNew, signal));
  }

  /** The messages with their pictures: the newest as they are, the others as a line that says so. Never throws. */
  async show(messages: readonly AgentMessage[]): Promise<AgentMessage[]> {
    const references = messages.flatMap(picturesOf);
    if (references.length === 0) return [...messages];
    const signal = AbortSignal.timeout(ATTACHMENT_BOUNDS.readMaxMs);
    const shown = this.#canSee ? newestOf(references) : [];
    const pictures = new Map(
      await mapLimited(ATTACHMENT_BOUNDS.parallelMax, shown, async ([at, { name }]) => {
        return [at, await this.#fetch(name, signal)] as const;
      }),
    );
    let at = -1;
    const blocksOf: PictureBlocks = (reference) => {
      at += 1;
      const picture = pictures.get(at);
      if (picture?.type === "image") return [{ type: "text", text: pictureLine(reference) }, picture];
      const why = picture?.why ?? (this.#canSee ? EARLIER : NO_EYES);
      return [{ type: "text", text: pictureLine(reference, why) }];
    };
    return messages.map((message) => withPictures(message, blocksOf));
  }

  /** A picture among them is wanted again at once, for the first request. */
  readonly #fetchNew: FetchAttachment = async (name, signal) => {
    const content = await this.#source.read(name, signal);
    this.#keep(name, content);
    return content;
  };

  async #fetch(name: string, signal: AbortSignal): Promise<Picture> {
    const known = cache.get(this.#source.addressOf(name));
    if (known !== undefined) return known;
    try {
      return this.#keep(name, await this.#source.read(name, signal)) ?? NO_PICTURE;
    } catch {
      return NOT_NOW;
    }
  }

  #keep(name: string, content: Uint8Array): ImageContent | undefined {
    const mimeType = pictureTypeOf(content);
    if (mimeType === null || content.byteLength > ATTACHMENT_BOUNDS.imageMaxBytes) return undefined;
    const picture: ImageContent = { type: "image", data: Buffer.from(content).toString("base64"), mimeType };
    cache.put(this.#source.addressOf(name), picture);
    return picture;
  }
}

/** The newest pictures that one request can have, each with its place among all. */
function newestOf(references: readonly PictureReference[]): readonly (readonly [number, PictureReference])[] {
  let bytesLeft: number = ATTACHMENT_BOUNDS.requestImagesMaxBytes;
  const newest = [...references.entries()].reverse().slice(0, ATTACHMENT_BOUNDS.requestImagesMax);
  const firstTooMuch = newest.findIndex(([, { bytes }]) => {
    bytesLeft -= bytes;
    return bytesLeft < 0;
  });
  return firstTooMuch === -1 ? newest : newest.slice(0, firstTooMuch);
}
