/** Written by build.ts: every model that is shipped, by its id. */
import type { WrittenModel } from "../configuration/configuration.ts";
import { ai21 } from "./models/ai21.ts";
import { amazon } from "./models/amazon.ts";
import { anthropic } from "./models/anthropic.ts";
import { arceeAi } from "./models/arcee-ai.ts";
import { baai } from "./models/baai.ts";
import { bytedanceSeed } from "./models/bytedance-seed.ts";
import { cohere } from "./models/cohere.ts";
import { deepseek } from "./models/deepseek.ts";
import { fireworks } from "./models/fireworks.ts";
import { google } from "./models/google.ts";
import { inception } from "./models/inception.ts";
import { intfloat } from "./models/intfloat.ts";
import { jina } from "./models/jina.ts";
import { meta } from "./models/meta.ts";
import { metaLlama } from "./models/meta-llama.ts";
import { minimax } from "./models/minimax.ts";
import { mistralai } from "./models/mistralai.ts";
import { moonshotai } from "./models/moonshotai.ts";
import { morph } from "./models/morph.ts";
import { nomic } from "./models/nomic.ts";
import { nvidia } from "./models/nvidia.ts";
import { openai } from "./models/openai.ts";
import { perplexity } from "./models/perplexity.ts";
import { qwen } from "./models/qwen.ts";
import { reflection } from "./models/reflection.ts";
import { sakana } from "./models/sakana.ts";
import { stepfun } from "./models/stepfun.ts";
import { thinkingmachines } from "./models/thinkingmachines.ts";
import { upstage } from "./models/upstage.ts";
import { voyage } from "./models/voyage.ts";
import { xAi } from "./models/x-ai.ts";
import { xiaomi } from "./models/xiaomi.ts";
import { zAi } from "./models/z-ai.ts";

/** The day of the facts; a release that ships older ones than 60 days is refused (`check-age.ts`). */
export const factsOf = "2026-11-22";

export const shippedModels: readonly WrittenModel[] = [
  ...ai21,
  ...amazon,
  ...anthropic,
  ...arceeAi,
  ...baai,
  ...bytedanceSeed,
  ...cohere,
  ...deepseek,
  ...fireworks,
  ...google,
  ...inception,
  ...intfloat,
  ...jina,
  ...meta,
  ...metaLlama,
  ...minimax,
  ...mistralai,
  ...moonshotai,
  ...morph,
  ...nomic,
  ...nvidia,
  ...openai,
  ...perplexity,
  ...qwen,
  ...reflection,
  ...sakana,
  ...stepfun,
  ...thinkingmachines,
  ...upstage,
  ...voyage,
  ...xAi,
  ...xiaomi,
  ...zAi,
];
