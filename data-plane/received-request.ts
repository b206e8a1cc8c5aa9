/**
 * A request whose body is collected below the stream layer: the parser's pieces as they come, without a Readable, its
 * events and its ticks in between. That was 4 % of a bare proxy, and more here, where each listener was a closure.
 */
import { IncomingMessage } from "node:http";

type Take = (piece: Buffer | null) => void;

export class ReceivedRequest extends IncomingMessage {
  #take: Take | null = null;
  #begun = false;
  /** The body has come to its end, past the stream. */
  taken = false;
  /** As node:http asks before it throws the rest of a body away. It is not in its types. */
  protected _consuming = false;

  /** The pieces of the body, and null behind the last. After an error, or when the client leaves, no more come. */
  collect(take: Take): void {
    if (this.#begun) {
      // Something was waited for before the body was wanted, so it lies in the stream.
      this.on("data", take);
      this.once("end", () => take(null));
      this.on("error", () => {}); // whoever watches the answer is told that the client has gone
      return;
    }
    this.#take = take;
    this._consuming = true;
  }

  /** What still comes is thrown away. */
  discard(): void {
    if (this.#take) this.#take = nobody;
    else {
      this.removeAllListeners("data");
      this.resume();
    }
  }

  /** Called by the parser. */
  override push(piece: Buffer | null, encoding?: BufferEncoding): boolean {
    this.#begun = true;
    if (!this.#take) return super.push(piece, encoding);
    if (piece === null) this.taken = true;
    this.#take(piece);
    return true;
  }
}

const nobody: Take = () => {};

// node:http lets go of a request that has been read to its end, and would listen for `end` otherwise, which never comes.
const ofStreams = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(IncomingMessage.prototype),
  "readableEnded",
);
Object.defineProperty(ReceivedRequest.prototype, "readableEnded", {
  get(this: ReceivedRequest): boolean {
    return this.taken || Boolean(ofStreams?.get?.call(this));
  },
});
