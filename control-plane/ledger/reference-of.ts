/**
 * What the caller named a transfer by. Idempotency keys are stored as `kind:whose:key`, because one caller's key is not
 * another's.
 */
export const referenceOf = (idempotencyKey: string | null): string | null =>
  /^\w+:[^:]+:(.+)$/s.exec(idempotencyKey ?? "")?.[1] ?? null;
