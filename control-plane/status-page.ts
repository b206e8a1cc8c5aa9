/** What a browser finds at `/`, for now: what runs here and where to go on. No script, nothing from elsewhere. */
export const statusPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Turnpike</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif; }
  body { max-width: 40rem; margin: 10vh auto; padding: 0 1.25rem; }
  h1 { font-size: 1.5rem; margin: 0; }
  dt { font-weight: 600; margin-top: 1rem; }
  dd { margin: 0; }
  code { font: 0.9em ui-monospace, monospace; }
</style>
<h1>Turnpike is running</h1>
<p>One endpoint and one key in front of every LLM provider. The dashboard comes later; until then:</p>
<dl>
  <dt>Inference</dt>
  <dd>Point an OpenAI or OpenRouter client at <code>/api/v1</code> of this origin. <a href="/api/v1/models">Models and prices</a>. <a href="/api/v1/docs">Every operation</a>.</dd>
  <dt>Questions</dt>
  <dd><code>POST /graphql</code> with a management key: spend, generations, keys.</dd>
  <dt>Commands</dt>
  <dd>The <code>turnpike</code> command line, or the typed client <code>turnpike/admin</code> over <code>/trpc</code>.</dd>
  <dt>Health</dt>
  <dd><a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a></dd>
  <dt>Documentation</dt>
  <dd>The folder <code>docs/</code> of this installation.</dd>
</dl>
</html>
`;
