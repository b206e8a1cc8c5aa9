// Peers that belong in the table and cannot be had from npm, PyPI, crates.io, the Go proxy or Debian. They
// are named with the reason, so that nobody takes their absence for a choice.

export const outOfReach: readonly { name: string; why: string }[] = [
  {
    name: "busbar",
    why: "crates.io has only its reserved name (0.0.1); needs its sources and Rust",
  },
  {
    name: "tensorzero",
    why: "PyPI and crates.io have its client, not its gateway; needs its sources",
  },
  {
    name: "llmgateway",
    why: "npm has its model list and an AI SDK provider, not the gateway; needs its sources, Redis and Postgres",
  },
  {
    name: "litellm-rust",
    why: "not on crates.io (litellm-rs there is another project); needs its sources",
  },
  { name: "ferro", why: "the Go proxy does not serve its module here" },
];
