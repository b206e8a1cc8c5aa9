/** What differs between models and hosts that speak Anthropic's Messages, as the endpoint's row says it. */
import {
  readAnthropicMessagesFlags,
  type anthropicMessagesFlags,
} from "#schema/flags/anthropic-messages.ts";
import type { FlagValues } from "#schema/flags/flag.ts";
import type { Upstream } from "../wire-protocol.ts";

export type MessagesFlags = FlagValues<typeof anthropicMessagesFlags>;

export const flagsOf = ({ flags }: Pick<Upstream, "flags">): MessagesFlags =>
  readAnthropicMessagesFlags(flags);

/** Whether a tool can be forced: never where the model always thinks, unless the row says so. */
export const canForce = ({ forcedToolChoice, thinking }: MessagesFlags): boolean =>
  forcedToolChoice ?? thinking !== "always";

/** The `anthropic-beta` of a request: what the row always asks for, and of the client's what it lets through. */
export function betasOf({ betas, clientBetas }: MessagesFlags, asked: readonly string[]): string[] {
  const passed = asked.filter(
    (name) => /^[\w.-]{1,80}$/.test(name) && (clientBetas?.includes(name) ?? true),
  );
  return [...new Set([...betas, ...passed])];
}
