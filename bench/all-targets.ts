// Everything that can be measured, in the order of the table.

import type { Target } from "./target.ts";
import { bare } from "./targets/bare.ts";
import { bifrost } from "./targets/bifrost.ts";
import { direct } from "./targets/direct.ts";
import { gomodel } from "./targets/gomodel.ts";
import { litellm } from "./targets/litellm.ts";
import { nginx } from "./targets/nginx.ts";
import { portkey } from "./targets/portkey.ts";
import { turnpike } from "./targets/turnpike.ts";

export const allTargets: readonly Target[] = [
  direct,
  nginx,
  bare,
  turnpike,
  portkey,
  litellm,
  bifrost,
  gomodel,
];
