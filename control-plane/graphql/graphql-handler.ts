/** `POST /graphql`: the door for questions. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createComplexityRule } from "@pothos/plugin-complexity";
import { GraphQLError, validate } from "graphql";
import { createYoga, type Plugin } from "graphql-yoga";
import { actorOf, type Actor } from "../actor.ts";
import type { Runtime } from "../runtime.ts";
import type { QuestionContext } from "./builder.ts";
import { documentLimits, parseDocument } from "./check-document.ts";
import { publicError } from "./public-error.ts";
import { questionError } from "./question-error.ts";
import { schema } from "./schema.ts";

const complexityMax = 5000;
const depthMax = 8;
const breadthMax = 300; // fields after fragments are spread out
const bodyBytesMax = 65_536; // the document and its variables

type Answer = { status: number; body: string };

/**
 * Answers questions of management keys. Only POST with a JSON body: a browser cannot be made to send one to another
 * site without asking first. Reads `runtime.analytics`, which is expected to have a statement timeout of 5 s.
 */
export function graphqlHandler(
  runtime: Runtime,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const yoga = createYoga<QuestionContext>({
    schema,
    graphqlEndpoint: "/graphql",
    plugins: [limits],
    // What a document costs depends on its variables, so a verdict is not kept; its tree is.
    parserAndValidationCache: { validationCache: false },
    maskedErrors: { maskError: publicError },
    graphiql: false,
    landingPage: false,
    batching: false,
    multipart: false,
    cors: false,
    logging: false,
  });
  return async (request, response) => {
    const answer = await answerQuestion(request).catch((error: unknown) =>
      asAnswer(publicError(error)),
    );
    if (response.destroyed || response.headersSent) return; // the client has left, or the server gave up waiting
    const headers: Record<string, string> = {
      "content-type": answersWith(request),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    };
    if (answer.status === 405) headers["allow"] = "POST";
    if (answer.status === 401) headers["www-authenticate"] = "Bearer";
    if (!request.complete) headers["connection"] = "close"; // refused before the body was read
    response.writeHead(answer.status, headers).end(answer.body);
  };

  async function answerQuestion(request: IncomingMessage): Promise<Answer> {
    if (request.method !== "POST") return refusal(405, "send questions as POST with a JSON body");
    if (!/^application\/json\s*(;|$)/i.test(request.headers["content-type"] ?? "")) {
      return refusal(415, "content-type: expected application/json");
    }
    const actor = await managerOf(request);
    const body = await readBody(request);
    if (body === null)
      return refusal(413, `a question and its variables may take at most ${bodyBytesMax} bytes`);
    const problem = problemOf(body);
    if (problem !== null) return refusal(400, problem);
    const answer = await yoga.fetch(
      "http://turnpike/graphql",
      {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/graphql-response+json",
        },
        body,
      },
      { actor, db: runtime.db, analytics: runtime.analytics },
    );
    return { status: answer.status, body: withCodes(answer.status, await answer.text()) };
  }

  async function managerOf(request: IncomingMessage): Promise<Actor> {
    const actor = await actorOf(runtime.db, request.headers.authorization);
    if (actor.keyKind !== "management") {
      throw questionError(
        "FORBIDDEN",
        "questions are answered to management keys; this is an inference key",
      );
    }
    return actor;
  }
}

const limits: Plugin = {
  onParse: ({ setParseFn }) => setParseFn(parseDocument),
  onValidate: ({ context, params: { schema: of, documentAST } }) => {
    const { params } = context as {
      params: { variables?: Record<string, unknown>; operationName?: string | null };
    };
    // After the other rules and only when they had nothing to say: there is no price for what does not exist.
    return ({ valid, setResult }) => {
      if (!valid) return;
      const price = createComplexityRule({
        context,
        variableValues: params.variables ?? {},
        operationName: params.operationName ?? null,
        maxComplexity: complexityMax,
        maxDepth: depthMax,
        maxBreadth: breadthMax,
      });
      const errors = validate(of, documentAST, [price]).map(
        ({ message, nodes, extensions }) =>
          new GraphQLError(message, {
            nodes,
            extensions: { ...extensions, http: { status: 400 } },
          }),
      );
      setResult(errors);
    };
  },
};

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What is wrong with a body before anything is known about its question, or null. */
function problemOf(body: string): string | null {
  let question: unknown;
  try {
    question = JSON.parse(body);
  } catch {
    return "the body is not JSON";
  }
  if (typeof question !== "object" || question === null || Array.isArray(question)) {
    return "expected one JSON object with query and variables; questions are not answered in batches";
  }
  const { query, variables, operationName } = question as Record<string, unknown>;
  if (typeof query !== "string" || query.trim() === "")
    return "query: expected a GraphQL document as text";
  if (Buffer.byteLength(query) > documentLimits.bytesMax)
    return `query: at most ${documentLimits.bytesMax} bytes; got ${Buffer.byteLength(query)}`;
  if (variables !== undefined && (typeof variables !== "object" || Array.isArray(variables)))
    return "variables: expected a JSON object";
  if (operationName !== undefined && operationName !== null && typeof operationName !== "string")
    return "operationName: expected text";
  return null;
}

const refusal = (status: number, message: string): Answer => ({
  status,
  body: JSON.stringify({ errors: [{ message, extensions: { code: "BAD_REQUEST" } }] }),
});

function asAnswer(error: GraphQLError): Answer {
  const { http, ...extensions } = error.extensions;
  const status = (http as { status?: number } | undefined)?.status ?? 500;
  return { status, body: JSON.stringify({ errors: [{ message: error.message, extensions }] }) };
}

/** What graphql-js refuses itself has no code, or one too wide; a client should not have to read the sentence. */
function withCodes(status: number, body: string): string {
  if (status !== 400) return body;
  const answer = JSON.parse(body) as {
    errors?: { message: string; extensions?: Record<string, unknown> }[];
  };
  for (const error of answer.errors ?? []) {
    if (error.message.startsWith('Variable "$'))
      error.extensions = { ...error.extensions, code: "BAD_USER_INPUT" };
    const code = error.message.startsWith("Syntax Error")
      ? "GRAPHQL_PARSE_FAILED"
      : "GRAPHQL_VALIDATION_FAILED";
    error.extensions = { code, ...error.extensions };
  }
  return JSON.stringify(answer);
}

/** The newer media type to those who ask for it, plain JSON to everybody else. */
const answersWith = (request: IncomingMessage): string =>
  `${request.headers.accept?.includes("application/graphql-response+json") ? "application/graphql-response+json" : "application/json"}; charset=utf-8`;
