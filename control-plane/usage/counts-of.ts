import { meters, type Counts, type Meter } from "#schema/meters.ts";
import type { Generation } from "./generation.ts";

/** The property of a generation that counts each meter. */
export const meterColumns = {
  input: "input",
  cache_read: "cacheRead",
  cache_write_5m: "cacheWrite5m",
  cache_write_1h: "cacheWrite1h",
  output: "output",
  reasoning: "reasoning",
  image_input: "imageInput",
  image_output: "imageOutput",
  audio_input: "audioInput",
  audio_output: "audioOutput",
  request: "request",
  web_search: "webSearch",
} as const satisfies Record<Meter, keyof Generation>;

/** What a generation used, by meter. */
export const countsOf = (generation: Generation): Counts =>
  Object.fromEntries(meters.map((meter) => [meter, generation[meterColumns[meter]]]));
