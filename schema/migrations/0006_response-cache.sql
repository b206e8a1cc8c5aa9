-- Unlogged: what is kept for a while is written once and not twice, is in no write-ahead log and in no physical backup, and
-- is gone after a crash. It is never needed.
CREATE UNLOGGED TABLE "response_cache" (
	"key_id" text NOT NULL,
	"digest" text NOT NULL,
	"organization_id" text NOT NULL,
	"sealed" "bytea" NOT NULL,
	"bytes" integer NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "response_cache_key_id_digest_pk" PRIMARY KEY("key_id","digest"),
	CONSTRAINT "response_cache_bytes" CHECK (bytes between 0 and 4200000)
);
--> statement-breakpoint
ALTER TABLE "generations" ADD COLUMN "response_cache_source_id" uuid;--> statement-breakpoint
ALTER TABLE "response_cache" ADD CONSTRAINT "response_cache_key_id_keys_id_fk" FOREIGN KEY ("key_id") REFERENCES "public"."keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "response_cache_expires_at" ON "response_cache" USING btree ("expires_at","bytes");--> statement-breakpoint
-- Compressed and sealed before it comes here: trying again would cost and gain nothing.
ALTER TABLE "response_cache" ALTER COLUMN "sealed" SET STORAGE EXTERNAL;
--> statement-breakpoint
COMMENT ON TABLE response_cache IS 'answers that clients asked to be kept, by the key that asked; nothing is lost with them';
--> statement-breakpoint
COMMENT ON COLUMN response_cache.digest IS 'HMAC-SHA256 of what was asked, under MASTER_KEY, base64url: nobody can guess a prompt by it';
--> statement-breakpoint
COMMENT ON COLUMN response_cache.sealed IS 'the answer, deflated and sealed under MASTER_KEY for key_id and digest';
--> statement-breakpoint
COMMENT ON COLUMN response_cache.bytes IS 'length of sealed';
--> statement-breakpoint
COMMENT ON COLUMN generations.response_cache_source_id IS 'the generation whose kept answer was given again, without a provider and for nothing; null: it was not';
