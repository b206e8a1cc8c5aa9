// Loaded before Portkey. As published, each of its streams fails with 500 on Node 20 and 24, because it
// changes the headers of fetch's own answer, which are immutable. A copy of the answer has others.

const fetchAsIs = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const answer = await fetchAsIs(input, init);
  return new Response(answer.body, {
    status: answer.status,
    statusText: answer.statusText,
    headers: new Headers(answer.headers),
  });
};
