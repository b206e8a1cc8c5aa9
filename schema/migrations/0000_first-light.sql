CREATE TABLE "allowance_uses" (
	"allowance_id" text NOT NULL,
	"window_start" timestamp with time zone NOT NULL,
	"used" numeric(38, 0) DEFAULT 0 NOT NULL,
	"leased" numeric(38, 0) DEFAULT 0 NOT NULL,
	CONSTRAINT "allowance_uses_allowance_id_window_start_pk" PRIMARY KEY("allowance_id","window_start")
);
--> statement-breakpoint
CREATE TABLE "allowances" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"subject_kind" text NOT NULL,
	"subject_id" text NOT NULL,
	"unit" text NOT NULL,
	"window_kind" text NOT NULL,
	"limit_amount" numeric(38, 0),
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "allowances_subject" UNIQUE("subject_kind","subject_id","unit","window_kind"),
	CONSTRAINT "allowances_subject_kind" CHECK (subject_kind in ('organization', 'key')),
	CONSTRAINT "allowances_unit" CHECK (unit in ('picodollars', 'requests', 'tokens')),
	CONSTRAINT "allowances_window" CHECK (window_kind in ('lifetime', 'month', 'week', 'day', 'minute')),
	CONSTRAINT "allowances_limit" CHECK (limit_amount is null or limit_amount >= 0)
);
--> statement-breakpoint
CREATE TABLE "changes" (
	"sequence" bigserial PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "changes_kind" CHECK (kind in ('catalogue', 'key', 'organization'))
);
--> statement-breakpoint
CREATE TABLE "gateways" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"host" text NOT NULL,
	"pid" integer NOT NULL,
	"state" text DEFAULT 'living' NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"seen_change" bigint DEFAULT 0 NOT NULL,
	"posted" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "gateways_state" CHECK (state in ('living', 'closed', 'forfeited'))
);
--> statement-breakpoint
CREATE TABLE "leases" (
	"gateway_id" text NOT NULL,
	"allowance_id" text NOT NULL,
	"window_start" timestamp with time zone NOT NULL,
	"amount" numeric(38, 0) NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "leases_gateway_id_allowance_id_window_start_pk" PRIMARY KEY("gateway_id","allowance_id","window_start")
);
--> statement-breakpoint
CREATE TABLE "endpoints" (
	"id" text PRIMARY KEY NOT NULL,
	"model_id" text NOT NULL,
	"provider_id" text NOT NULL,
	"upstream_model" text NOT NULL,
	"context_length" integer,
	"max_output_tokens" integer,
	"quantization" text,
	"cancellable" boolean DEFAULT true NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "endpoints_model_provider_upstream" UNIQUE("model_id","provider_id","upstream_model"),
	CONSTRAINT "endpoints_status" CHECK (status in ('active', 'disabled')),
	CONSTRAINT "endpoints_context_length" CHECK (context_length is null or context_length > 0),
	CONSTRAINT "endpoints_max_output_tokens" CHECK (max_output_tokens is null or max_output_tokens > 0)
);
--> statement-breakpoint
CREATE TABLE "models" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"context_length" integer NOT NULL,
	"max_output_tokens" integer,
	"input_modalities" text[] NOT NULL,
	"output_modalities" text[] NOT NULL,
	"supported_parameters" text[] NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "models_id" CHECK (id ~ '^[a-z0-9~][a-z0-9._-]*/[a-z0-9][a-z0-9._:-]*$'),
	CONSTRAINT "models_context_length" CHECK (context_length > 0),
	CONSTRAINT "models_max_output_tokens" CHECK (max_output_tokens is null or max_output_tokens > 0),
	CONSTRAINT "models_status" CHECK (status in ('active', 'disabled'))
);
--> statement-breakpoint
CREATE TABLE "price_lines" (
	"price_id" text NOT NULL,
	"meter" text NOT NULL,
	"above_input_tokens" bigint DEFAULT 0 NOT NULL,
	"per_unit" numeric(38, 0) NOT NULL,
	CONSTRAINT "price_lines_price_id_meter_above_input_tokens_pk" PRIMARY KEY("price_id","meter","above_input_tokens"),
	CONSTRAINT "price_lines_meter" CHECK (meter in ('input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'output', 'reasoning', 'image_input', 'image_output', 'audio_input', 'audio_output', 'request', 'web_search')),
	CONSTRAINT "price_lines_per_unit" CHECK (per_unit >= 0),
	CONSTRAINT "price_lines_above" CHECK (above_input_tokens >= 0)
);
--> statement-breakpoint
CREATE TABLE "prices" (
	"id" text PRIMARY KEY NOT NULL,
	"endpoint_id" text NOT NULL,
	"side" text NOT NULL,
	"effective_at" timestamp with time zone NOT NULL,
	"published_at" timestamp with time zone DEFAULT now() NOT NULL,
	"published_by" text NOT NULL,
	CONSTRAINT "prices_side" CHECK (side in ('charge', 'cost'))
);
--> statement-breakpoint
CREATE TABLE "providers" (
	"id" text PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"protocol" text NOT NULL,
	"base_url" text NOT NULL,
	"allow_private_network" boolean DEFAULT false NOT NULL,
	"sealed_key" text,
	"flags" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "providers_slug_unique" UNIQUE("slug"),
	CONSTRAINT "providers_protocol" CHECK (protocol in ('openai-chat')),
	CONSTRAINT "providers_status" CHECK (status in ('active', 'disabled'))
);
--> statement-breakpoint
CREATE TABLE "generations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"workspace_id" text NOT NULL,
	"key_id" text NOT NULL,
	"gateway_id" text NOT NULL,
	"requested_model" text NOT NULL,
	"model_id" text NOT NULL,
	"endpoint_id" text,
	"provider" text,
	"app" text DEFAULT '' NOT NULL,
	"referer" text,
	"external_user" text,
	"session_id" text,
	"user_agent" text,
	"streamed" boolean NOT NULL,
	"cancelled" boolean DEFAULT false NOT NULL,
	"outcome" text NOT NULL,
	"finish_reason" text,
	"native_finish_reason" text,
	"upstream_id" text,
	"error" text,
	"input" bigint DEFAULT 0 NOT NULL,
	"cache_read" bigint DEFAULT 0 NOT NULL,
	"cache_write_5m" bigint DEFAULT 0 NOT NULL,
	"cache_write_1h" bigint DEFAULT 0 NOT NULL,
	"output" bigint DEFAULT 0 NOT NULL,
	"reasoning" bigint DEFAULT 0 NOT NULL,
	"image_input" bigint DEFAULT 0 NOT NULL,
	"image_output" bigint DEFAULT 0 NOT NULL,
	"audio_input" bigint DEFAULT 0 NOT NULL,
	"audio_output" bigint DEFAULT 0 NOT NULL,
	"request" bigint DEFAULT 0 NOT NULL,
	"web_search" bigint DEFAULT 0 NOT NULL,
	"usage_source" text NOT NULL,
	"raw_usage" jsonb,
	"charge" numeric(38, 0) NOT NULL,
	"cost" numeric(38, 0) NOT NULL,
	"charge_price_id" text,
	"cost_price_id" text,
	"charge_transfer_id" text,
	"cost_transfer_id" text,
	"attempts" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"admitted_at" timestamp with time zone NOT NULL,
	"first_token_ms" integer,
	"duration_ms" integer NOT NULL,
	"posted_at" timestamp with time zone DEFAULT now() NOT NULL,
	"digest" text NOT NULL,
	CONSTRAINT "generations_outcome" CHECK (outcome in ('complete', 'broken', 'hung-up', 'failed', 'recovered')),
	CONSTRAINT "generations_usage_source" CHECK (usage_source in ('reported', 'estimated', 'none')),
	CONSTRAINT "generations_charge" CHECK (charge >= 0 and cost >= 0),
	CONSTRAINT "generations_charge_transfer" CHECK ((charge > 0) = (charge_transfer_id is not null))
) PARTITION BY RANGE ("id");
--> statement-breakpoint
CREATE TABLE "posting_conflicts" (
	"generation_id" uuid NOT NULL,
	"digest" text NOT NULL,
	"record" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "posting_conflicts_generation_id_digest_pk" PRIMARY KEY("generation_id","digest")
);
--> statement-breakpoint
CREATE TABLE "usage_hours" (
	"hour" timestamp with time zone NOT NULL,
	"organization_id" text NOT NULL,
	"key_id" text NOT NULL,
	"model_id" text NOT NULL,
	"provider" text NOT NULL,
	"app" text NOT NULL,
	"requests" bigint DEFAULT 0 NOT NULL,
	"failures" bigint DEFAULT 0 NOT NULL,
	"prompt_tokens" bigint DEFAULT 0 NOT NULL,
	"cached_tokens" bigint DEFAULT 0 NOT NULL,
	"completion_tokens" bigint DEFAULT 0 NOT NULL,
	"reasoning_tokens" bigint DEFAULT 0 NOT NULL,
	"charge" numeric(38, 0) NOT NULL,
	"cost" numeric(38, 0) NOT NULL,
	CONSTRAINT "usage_hours_organization_id_hour_key_id_model_id_provider_app_pk" PRIMARY KEY("organization_id","hour","key_id","model_id","provider","app")
);
--> statement-breakpoint
CREATE TABLE "keys" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"workspace_id" text NOT NULL,
	"kind" text NOT NULL,
	"role" text,
	"name" text NOT NULL,
	"hash" text NOT NULL,
	"label" text NOT NULL,
	"limit_amount" numeric(38, 0),
	"limit_reset" text,
	"disabled" boolean DEFAULT false NOT NULL,
	"revoked_at" timestamp with time zone,
	"expires_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone,
	CONSTRAINT "keys_hash_unique" UNIQUE("hash"),
	CONSTRAINT "keys_kind" CHECK (kind in ('inference', 'management')),
	CONSTRAINT "keys_role" CHECK ((kind = 'management') = (role is not null)),
	CONSTRAINT "keys_limit" CHECK (limit_amount is null or limit_amount >= 0),
	CONSTRAINT "keys_limit_reset" CHECK (limit_reset is null or limit_reset in ('daily', 'weekly', 'monthly')),
	CONSTRAINT "keys_hash" CHECK (hash ~ '^[0-9a-f]{64}$')
);
--> statement-breakpoint
CREATE TABLE "accounts" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"organization_id" text,
	"provider_id" text,
	"balance" numeric(38, 0) DEFAULT 0 NOT NULL,
	"version" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "accounts_owner" UNIQUE NULLS NOT DISTINCT("kind","organization_id","provider_id"),
	CONSTRAINT "accounts_kind" CHECK (kind in ('credit', 'grants', 'revenue', 'provider_cost', 'provider_payable')),
	CONSTRAINT "accounts_credit_owner" CHECK ((kind = 'credit') = (organization_id is not null))
);
--> statement-breakpoint
CREATE TABLE "entries" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"transfer_id" text NOT NULL,
	"account_id" text NOT NULL,
	"amount" numeric(38, 0) NOT NULL,
	"balance_before" numeric(38, 0) NOT NULL,
	"balance_after" numeric(38, 0) NOT NULL,
	"account_version" bigint NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "entries_account_version" UNIQUE("account_id","account_version"),
	CONSTRAINT "entries_balance" CHECK (balance_after = balance_before + amount)
);
--> statement-breakpoint
CREATE TABLE "transfers" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"from_account_id" text NOT NULL,
	"to_account_id" text NOT NULL,
	"amount" numeric(38, 0) NOT NULL,
	"event_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"actor" text NOT NULL,
	"note" text,
	"idempotency_key" text,
	"corrects_transfer_id" text,
	CONSTRAINT "transfers_idempotency_key_unique" UNIQUE("idempotency_key"),
	CONSTRAINT "transfers_kind" CHECK (kind in ('grant', 'usage', 'cost', 'correction')),
	CONSTRAINT "transfers_amount" CHECK (amount > 0),
	CONSTRAINT "transfers_two_accounts" CHECK (from_account_id <> to_account_id),
	CONSTRAINT "transfers_correction" CHECK ((kind = 'correction') = (corrects_transfer_id is not null))
);
--> statement-breakpoint
CREATE TABLE "members" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"email" text NOT NULL,
	"name" text,
	"role" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "members_organization_email" UNIQUE("organization_id","email"),
	CONSTRAINT "members_role" CHECK (role in ('operator', 'owner', 'admin', 'developer', 'billing', 'viewer'))
);
--> statement-breakpoint
CREATE TABLE "organizations" (
	"id" text PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "organizations_slug_unique" UNIQUE("slug"),
	CONSTRAINT "organizations_status" CHECK (status in ('active', 'suspended'))
);
--> statement-breakpoint
CREATE TABLE "workspaces" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "workspaces_organization_slug" UNIQUE("organization_id","slug")
);
--> statement-breakpoint
ALTER TABLE "allowance_uses" ADD CONSTRAINT "allowance_uses_allowance_id_allowances_id_fk" FOREIGN KEY ("allowance_id") REFERENCES "public"."allowances"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "allowances" ADD CONSTRAINT "allowances_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leases" ADD CONSTRAINT "leases_gateway_id_gateways_id_fk" FOREIGN KEY ("gateway_id") REFERENCES "public"."gateways"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "endpoints" ADD CONSTRAINT "endpoints_model_id_models_id_fk" FOREIGN KEY ("model_id") REFERENCES "public"."models"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "endpoints" ADD CONSTRAINT "endpoints_provider_id_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."providers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "price_lines" ADD CONSTRAINT "price_lines_price_id_prices_id_fk" FOREIGN KEY ("price_id") REFERENCES "public"."prices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "prices" ADD CONSTRAINT "prices_endpoint_id_endpoints_id_fk" FOREIGN KEY ("endpoint_id") REFERENCES "public"."endpoints"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "keys" ADD CONSTRAINT "keys_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "keys" ADD CONSTRAINT "keys_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_provider_id_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."providers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "entries" ADD CONSTRAINT "entries_transfer_id_transfers_id_fk" FOREIGN KEY ("transfer_id") REFERENCES "public"."transfers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "entries" ADD CONSTRAINT "entries_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_from_account_id_accounts_id_fk" FOREIGN KEY ("from_account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_to_account_id_accounts_id_fk" FOREIGN KEY ("to_account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "members" ADD CONSTRAINT "members_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspaces" ADD CONSTRAINT "workspaces_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "gateways_living" ON "gateways" USING btree ("state","seen_at");--> statement-breakpoint
CREATE INDEX "leases_allowance" ON "leases" USING btree ("allowance_id","window_start");--> statement-breakpoint
CREATE INDEX "prices_in_force" ON "prices" USING btree ("endpoint_id","side","effective_at","published_at");--> statement-breakpoint
CREATE INDEX "generations_organization" ON "generations" USING btree ("organization_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "generations_key" ON "generations" USING btree ("key_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "generations_charge_transfer_id" ON "generations" USING btree ("charge_transfer_id");--> statement-breakpoint
CREATE INDEX "generations_cost_transfer_id" ON "generations" USING btree ("cost_transfer_id");--> statement-breakpoint
CREATE INDEX "keys_organization" ON "keys" USING btree ("organization_id","created_at");--> statement-breakpoint
CREATE INDEX "entries_transfer" ON "entries" USING btree ("transfer_id");--> statement-breakpoint
CREATE INDEX "transfers_from" ON "transfers" USING btree ("from_account_id","created_at");--> statement-breakpoint
CREATE INDEX "transfers_to" ON "transfers" USING btree ("to_account_id","created_at");