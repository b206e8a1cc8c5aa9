/** A refusal as Anthropic's clients are told one. */
import type { Refusal } from "../../refusal.ts";

const types: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  405: "invalid_request_error",
  408: "timeout_error",
  409: "conflict_error",
  413: "request_too_large",
  415: "invalid_request_error",
  422: "invalid_request_error",
  429: "rate_limit_error",
  503: "overloaded_error",
  504: "timeout_error",
  529: "overloaded_error",
};

/** @param id of the generation, or null when it did not come so far */
export const errorOf = (refusal: Refusal, id: string | null): object => {
  const { metadata } = refusal;
  return {
    type: "error",
    error: {
      type: types[refusal.status] ?? "api_error",
      message: refusal.message,
      error_type: refusal.type,
      ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    },
    request_id: id,
  };
};
