/** Azure OpenAI: OpenAI's chat behind a deployment's name, in either of its two forms (contract/providers.md 4.7). */
import { readAzureOpenaiFlags } from "#schema/flags/azure-openai.ts";
import { openaiChat } from "./openai-chat.ts";
import type { WireProtocol } from "./wire-protocol.ts";

export const azureOpenai: WireProtocol = {
  ...openaiChat,
  auth: "api-key", // a token of Entra is shown with the flag `auth: bearer`
  encode(ask, upstream) {
    const { apiVersion } = readAzureOpenaiFlags(upstream.flags);
    const request = openaiChat.encode(ask, upstream);
    if (apiVersion === null) return request;
    const deployment = encodeURIComponent(upstream.model);
    return {
      ...request,
      path: `/openai/deployments/${deployment}${request.path}?api-version=${apiVersion}`,
    };
  },
};
