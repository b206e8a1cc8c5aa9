ALTER TABLE "providers" DROP CONSTRAINT "providers_protocol";--> statement-breakpoint
ALTER TABLE "endpoints" ADD COLUMN "protocol" text;--> statement-breakpoint
ALTER TABLE "endpoints" ADD COLUMN "flags" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "endpoints" ADD COLUMN "tag" text;--> statement-breakpoint
ALTER TABLE "endpoints" ADD COLUMN "supported_parameters" text[];--> statement-breakpoint
ALTER TABLE "endpoints" ADD COLUMN "data_policy" jsonb;--> statement-breakpoint
ALTER TABLE "models" ADD COLUMN "tokenizer" text DEFAULT 'other' NOT NULL;--> statement-breakpoint
ALTER TABLE "models" ADD COLUMN "details" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "prices" ADD COLUMN "source" text;--> statement-breakpoint
ALTER TABLE "prices" ADD COLUMN "as_of" text;--> statement-breakpoint
ALTER TABLE "endpoints" ADD CONSTRAINT "endpoints_protocol" CHECK (protocol is null or protocol in ('openai-chat', 'azure-openai', 'openai-responses', 'anthropic-messages', 'gemini-generate-content', 'vertex', 'cohere-chat', 'bedrock-converse', 'openai-embeddings', 'gemini-embeddings', 'cohere-embed', 'cohere-rerank', 'jina-rerank'));--> statement-breakpoint
ALTER TABLE "providers" ADD CONSTRAINT "providers_protocol" CHECK (protocol in ('openai-chat', 'azure-openai', 'openai-responses', 'anthropic-messages', 'gemini-generate-content', 'vertex', 'cohere-chat', 'bedrock-converse', 'openai-embeddings', 'gemini-embeddings', 'cohere-embed', 'cohere-rerank', 'jina-rerank'));