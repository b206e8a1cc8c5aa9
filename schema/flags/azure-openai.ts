/** Flags of `azure-openai`: those of `openai-chat`, and in which of its two forms Azure is called (contract/providers.md 4.7). */
import { flagReader, text } from "./flag.ts";
import { openaiChatFlags } from "./openai-chat.ts";

export const azureOpenaiFlags = {
  ...openaiChatFlags,
  apiVersion: text(
    { pattern: /^[\w.-]{1,40}$/, like: "2024-10-21" },
    null,
    "the older form, `/openai/deployments/{model}/chat/completions?api-version=…` behind a base URL without path; absent: `/chat/completions` behind one that ends in `/openai/v1`",
  ),
};

export const readAzureOpenaiFlags = flagReader(azureOpenaiFlags);
