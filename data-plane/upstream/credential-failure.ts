/** A credential that cannot be shown to its provider: why, as an attempt's failure. */
import type { Failure } from "../operations/chat.ts";

export class CredentialFailure extends Error {
  readonly failure: Failure;
  constructor(failure: Failure, cause?: unknown) {
    super(failure.text, { cause });
    this.failure = failure;
  }
}
