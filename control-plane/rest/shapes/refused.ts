/** Every refusal (openrouter-api.md 3.3), in both planes. */
import { z } from "zod";

export const refused = z
  .object({
    error: z.object({
      code: z.int().describe("The HTTP status"),
      message: z.string().describe("Which field, what was expected, what to do"),
      metadata: z
        .looseObject({ error_type: z.string().describe("One word, for programs") })
        .optional(),
    }),
  })
  .meta({ id: "Error" });
