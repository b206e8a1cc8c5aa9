/** Flags of `vertex`; docs/providers/vertex.md has the same table. */
import { flagReader } from "./flag.ts";

export const vertexFlags = {};

export const readVertexFlags = flagReader(vertexFlags);
