import { GraphQLError, Kind, parse, visit, type DocumentNode, type Source } from "graphql";

// graphql-armor's defaults, about (reliability.md section 5.3): far above what a dashboard asks, far below an attack.
export const documentLimits = {
  bytesMax: 16_384,
  tokensMax: 1000,
  aliasesMax: 15,
  directivesMax: 20,
  rootFieldsMax: 10,
  operationsMax: 10,
} as const;

/**
 * A document as a tree, refused before validation when its size alone says that it is not a question. What it costs
 * to answer is for the complexity rule, which needs the schema.
 * @throws {GraphQLError} with the limit that was passed.
 */
export function parseDocument(source: string | Source): DocumentNode {
  const document = parse(source, { maxTokens: documentLimits.tokensMax, noLocation: false });
  let aliases = 0;
  let directives = 0;
  let operations = 0;
  visit(document, {
    Field: (field) => {
      if (field.alias) aliases += 1;
    },
    Directive: () => {
      directives += 1;
    },
    OperationDefinition: (operation) => {
      operations += 1;
      if (operation.operation !== "query")
        refuse(`${operation.operation}s are not answered here; commands are at /trpc`);
      const rootFields = operation.selectionSet.selections.filter(
        (selection) => selection.kind === Kind.FIELD,
      ).length;
      refuseAbove("root fields", rootFields, documentLimits.rootFieldsMax);
    },
  });
  refuseAbove("aliases", aliases, documentLimits.aliasesMax);
  refuseAbove("directives", directives, documentLimits.directivesMax);
  refuseAbove("operations", operations, documentLimits.operationsMax);
  return document;
}

function refuseAbove(what: string, count: number, max: number): void {
  if (count > max) refuse(`the document has ${count} ${what}; at most ${max} are answered`);
}

function refuse(message: string): never {
  throw new GraphQLError(message, {
    extensions: { code: "GRAPHQL_VALIDATION_FAILED", http: { status: 400 } },
  });
}
