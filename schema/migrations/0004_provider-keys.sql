CREATE TABLE "provider_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"provider_id" text NOT NULL,
	"name" text NOT NULL,
	"sealed_key" text NOT NULL,
	"origin" text NOT NULL,
	"label" text NOT NULL,
	"weight" integer DEFAULT 1 NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "provider_keys_provider_name" UNIQUE("provider_id","name"),
	CONSTRAINT "provider_keys_status" CHECK (status in ('active', 'disabled')),
	CONSTRAINT "provider_keys_weight" CHECK (weight between 0 and 1000000)
);
--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "origin" text;--> statement-breakpoint
UPDATE "credentials" SET "origin" =
    regexp_replace(regexp_replace(lower(substring("base_url" from '^[A-Za-z]+://[^/?#]+')), '^(https://.*):443$', '\1'), '^(http://.*):80$', '\1')
  FROM "providers" WHERE "providers"."id" = "credentials"."provider_id";--> statement-breakpoint
ALTER TABLE "credentials" ALTER COLUMN "origin" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "provider_keys" ADD CONSTRAINT "provider_keys_provider_id_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."providers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
-- What a provider had becomes its key "default". It stays sealed as it was (form v1, for the provider's slug) until it is
-- given again or MASTER_KEY is rotated; its host is that of today's base URL.
INSERT INTO "provider_keys" ("id", "provider_id", "name", "sealed_key", "origin", "label", "created_at", "updated_at")
  SELECT 'pkey_' || substr("id", 6), "id", 'default', "sealed_key",
    regexp_replace(regexp_replace(lower(substring("base_url" from '^[A-Za-z]+://[^/?#]+')), '^(https://.*):443$', '\1'), '^(http://.*):80$', '\1'),
    '…', "created_at", "updated_at"
  FROM "providers" WHERE "sealed_key" IS NOT NULL;--> statement-breakpoint
ALTER TABLE "providers" DROP COLUMN "sealed_key";
--> statement-breakpoint
COMMENT ON COLUMN "provider_keys"."sealed_key" IS 'v2.<master key id>.<nonce>.<body>.<tag>, AES-256-GCM for "<id> <origin>"; v1 without the id: for the provider''s slug';
--> statement-breakpoint
COMMENT ON COLUMN "provider_keys"."origin" IS 'scheme, host and port that the key may be sent to';
--> statement-breakpoint
COMMENT ON COLUMN "provider_keys"."weight" IS 'share of the calls beside the provider''s other keys; 0: only when no other can be used';
--> statement-breakpoint
COMMENT ON COLUMN "credentials"."origin" IS 'scheme, host and port that the key may be sent to';
