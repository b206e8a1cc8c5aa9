CREATE TABLE "forfeits" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"gateway_id" text NOT NULL,
	"allowance_id" text NOT NULL,
	"window_start" timestamp with time zone NOT NULL,
	"amount" numeric(38, 0) NOT NULL,
	"actor" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rate_tiers" (
	"name" text PRIMARY KEY NOT NULL,
	"purchased_min" numeric(38, 0) NOT NULL,
	"requests_per_minute" bigint,
	"tokens_per_minute" bigint,
	"concurrent_requests" bigint,
	"free_requests_per_minute" bigint,
	"free_requests_per_day" bigint,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "rate_tiers_purchased_min_unique" UNIQUE("purchased_min"),
	CONSTRAINT "rate_tiers_purchased_min" CHECK (purchased_min >= 0)
);
--> statement-breakpoint
CREATE TABLE "credentials" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"provider_id" text NOT NULL,
	"name" text NOT NULL,
	"sealed_key" text NOT NULL,
	"label" text NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "credentials_organization_provider" UNIQUE("organization_id","provider_id"),
	CONSTRAINT "credentials_status" CHECK (status in ('active', 'disabled'))
);
--> statement-breakpoint
CREATE TABLE "discount_steps" (
	"id" text PRIMARY KEY NOT NULL,
	"discount_id" text NOT NULL,
	"provider_id" text NOT NULL,
	"basis_points" integer NOT NULL,
	"volume" numeric(38, 0) NOT NULL,
	"effective_at" timestamp with time zone NOT NULL,
	"published_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "discount_steps_basis_points" CHECK (basis_points between 0 and 10000)
);
--> statement-breakpoint
CREATE TABLE "pricing_policies" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text,
	"provider_id" text,
	"model_id" text,
	"kind" text NOT NULL,
	"basis_points" integer NOT NULL,
	"effective_at" timestamp with time zone NOT NULL,
	"published_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"published_by" text NOT NULL,
	"note" text,
	CONSTRAINT "pricing_policies_kind" CHECK (kind in ('list', 'list_discount', 'cost_plus', 'pass_on', 'own_key_fee')),
	CONSTRAINT "pricing_policies_basis_points" CHECK (basis_points between 0 and 1000000),
	CONSTRAINT "pricing_policies_share" CHECK (kind in ('cost_plus', 'own_key_fee') or basis_points <= 10000)
);
--> statement-breakpoint
CREATE TABLE "volume_discounts" (
	"id" text PRIMARY KEY NOT NULL,
	"provider_id" text NOT NULL,
	"tiers" jsonb NOT NULL,
	"effective_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone,
	"published_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"published_by" text NOT NULL,
	"note" text,
	CONSTRAINT "volume_discounts_expiry" CHECK (expires_at is null or expires_at > effective_at)
);
--> statement-breakpoint
CREATE TABLE "unpriced_usage" (
	"endpoint_id" text NOT NULL,
	"meter" text NOT NULL,
	"units" bigint DEFAULT 0 NOT NULL,
	"requests" bigint DEFAULT 0 NOT NULL,
	"first_generation_id" uuid NOT NULL,
	"first_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "unpriced_usage_endpoint_id_meter_pk" PRIMARY KEY("endpoint_id","meter"),
	CONSTRAINT "unpriced_usage_meter" CHECK (meter in ('input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'output', 'reasoning', 'image_input', 'image_output', 'audio_input', 'audio_output', 'request', 'web_search'))
);
--> statement-breakpoint
ALTER TABLE "allowances" DROP CONSTRAINT "allowances_subject";--> statement-breakpoint
ALTER TABLE "allowances" DROP CONSTRAINT "allowances_subject_kind";--> statement-breakpoint
ALTER TABLE "allowances" DROP CONSTRAINT "allowances_unit";--> statement-breakpoint
ALTER TABLE "accounts" DROP CONSTRAINT "accounts_kind";--> statement-breakpoint
ALTER TABLE "transfers" DROP CONSTRAINT "transfers_kind";--> statement-breakpoint
ALTER TABLE "transfers" DROP CONSTRAINT "transfers_correction";--> statement-breakpoint
ALTER TABLE "price_lines" DROP CONSTRAINT "price_lines_price_id_meter_above_input_tokens_pk";--> statement-breakpoint
ALTER TABLE "entries" ALTER COLUMN "created_at" SET DEFAULT clock_timestamp();--> statement-breakpoint
ALTER TABLE "allowances" ADD COLUMN "scope" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "allowances" ADD COLUMN "origin" text DEFAULT 'set' NOT NULL;--> statement-breakpoint
ALTER TABLE "price_lines" ADD COLUMN "service_tier" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "price_lines" ADD COLUMN "hours" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "price_lines" ADD CONSTRAINT "price_lines_key" PRIMARY KEY("price_id","meter","above_input_tokens","service_tier","hours");--> statement-breakpoint
ALTER TABLE "prices" ADD COLUMN "organization_id" text;--> statement-breakpoint
ALTER TABLE "prices" ADD COLUMN "expires_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "generations" ADD COLUMN "charge_policy_id" text;--> statement-breakpoint
ALTER TABLE "generations" ADD COLUMN "cost_step_id" text;--> statement-breakpoint
ALTER TABLE "generations" ADD COLUMN "service_tier" text;--> statement-breakpoint
ALTER TABLE "generations" ADD COLUMN "own_key" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "transfers" ADD COLUMN "corrects_generation_id" uuid;--> statement-breakpoint
ALTER TABLE "forfeits" ADD CONSTRAINT "forfeits_gateway_id_gateways_id_fk" FOREIGN KEY ("gateway_id") REFERENCES "public"."gateways"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "credentials" ADD CONSTRAINT "credentials_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "credentials" ADD CONSTRAINT "credentials_provider_id_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."providers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "discount_steps" ADD CONSTRAINT "discount_steps_discount_id_volume_discounts_id_fk" FOREIGN KEY ("discount_id") REFERENCES "public"."volume_discounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "discount_steps" ADD CONSTRAINT "discount_steps_provider_id_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."providers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pricing_policies" ADD CONSTRAINT "pricing_policies_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pricing_policies" ADD CONSTRAINT "pricing_policies_provider_id_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."providers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pricing_policies" ADD CONSTRAINT "pricing_policies_model_id_models_id_fk" FOREIGN KEY ("model_id") REFERENCES "public"."models"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "volume_discounts" ADD CONSTRAINT "volume_discounts_provider_id_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."providers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "forfeits_gateway" ON "forfeits" USING btree ("gateway_id");--> statement-breakpoint
CREATE INDEX "discount_steps_in_force" ON "discount_steps" USING btree ("provider_id","effective_at","published_at");--> statement-breakpoint
CREATE INDEX "pricing_policies_scope" ON "pricing_policies" USING btree ("organization_id","provider_id","model_id");--> statement-breakpoint
CREATE INDEX "volume_discounts_provider" ON "volume_discounts" USING btree ("provider_id","effective_at");--> statement-breakpoint
ALTER TABLE "prices" ADD CONSTRAINT "prices_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "entries_account_created" ON "entries" USING btree ("account_id","created_at");--> statement-breakpoint
CREATE INDEX "transfers_corrects" ON "transfers" USING btree ("corrects_transfer_id","corrects_generation_id");--> statement-breakpoint
ALTER TABLE "allowances" ADD CONSTRAINT "allowances_subject" UNIQUE("subject_kind","subject_id","unit","window_kind","scope");--> statement-breakpoint
ALTER TABLE "allowances" ADD CONSTRAINT "allowances_origin" CHECK (origin in ('set', 'tier'));--> statement-breakpoint
ALTER TABLE "allowances" ADD CONSTRAINT "allowances_shape" CHECK ((unit <> 'picodollars' or (window_kind <> 'minute' and scope = '')) and (unit <> 'concurrency' or window_kind = 'lifetime'));--> statement-breakpoint
ALTER TABLE "allowances" ADD CONSTRAINT "allowances_subject_kind" CHECK (subject_kind in ('organization', 'workspace', 'key'));--> statement-breakpoint
ALTER TABLE "allowances" ADD CONSTRAINT "allowances_unit" CHECK (unit in ('picodollars', 'requests', 'tokens', 'concurrency'));--> statement-breakpoint
ALTER TABLE "price_lines" ADD CONSTRAINT "price_lines_service_tier" CHECK (service_tier ~ '^[a-z0-9_-]{0,32}$');--> statement-breakpoint
ALTER TABLE "price_lines" ADD CONSTRAINT "price_lines_hours" CHECK (hours = '' or hours ~ '^((mon|tue|wed|thu|fri|sat|sun)(,(mon|tue|wed|thu|fri|sat|sun))* )?[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$');--> statement-breakpoint
ALTER TABLE "prices" ADD CONSTRAINT "prices_organization" CHECK (organization_id is null or side = 'charge');--> statement-breakpoint
ALTER TABLE "prices" ADD CONSTRAINT "prices_expiry" CHECK (expires_at is null or expires_at > effective_at);--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_kind" CHECK (kind in ('credit', 'grants', 'revenue', 'provider_cost', 'provider_payable', 'cash'));--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_correction_generation" CHECK (corrects_generation_id is null or kind = 'correction');--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_kind" CHECK (kind in ('grant', 'purchase', 'refund', 'usage', 'cost', 'correction'));--> statement-breakpoint
ALTER TABLE "transfers" ADD CONSTRAINT "transfers_correction" CHECK ((kind in ('correction', 'refund')) = (corrects_transfer_id is not null));--> statement-breakpoint
-- As before (see the first version of this function for the guarantee); now it also returns the limit and how many
-- gateways live. Where only one lives it may hold all that is left: a second one that comes up asks for its part back.
DROP FUNCTION lease_allowances(text, text[], timestamptz[], numeric[], numeric[]);
--> statement-breakpoint
CREATE FUNCTION lease_allowances(gateway text, allowance_ids text[], window_starts timestamptz[], needs numeric[], wants numeric[])
RETURNS TABLE (allowance_id text, window_start timestamptz, granted numeric, free numeric, held numeric, bound numeric, gateways integer) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  living integer;
BEGIN
  -- The lock is what a forfeit waits for, and what makes a lease after it impossible.
  PERFORM FROM gateways WHERE id = gateway AND state = 'living' FOR KEY SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'gateway % does not live (any more) and may not lease', gateway;
  END IF;
  SELECT greatest(count(*), 1) INTO living FROM gateways WHERE state = 'living' AND seen_at > now() - interval '30 seconds';
  INSERT INTO allowance_uses (allowance_id, window_start)
    SELECT a, w FROM unnest(allowance_ids, window_starts) AS t(a, w) ORDER BY a, w ON CONFLICT DO NOTHING;
  -- First the locks, then the numbers: one statement that waits for a lock would go on with the limit from before the wait.
  PERFORM FROM allowance_uses u JOIN unnest(allowance_ids, window_starts) AS t(a, w) ON u.allowance_id = t.a AND u.window_start = t.w
    ORDER BY u.allowance_id, u.window_start FOR UPDATE OF u;
  RETURN QUERY
    WITH known AS (
      SELECT u.allowance_id, u.window_start, t.need, t.want, u.leased AS held, l.limit_amount AS bound,
        coalesce(l.limit_amount - u.used - u.leased, 10::numeric ^ 30) AS free
      FROM unnest(allowance_ids, window_starts, needs, wants) AS t(a, w, need, want)
      JOIN allowance_uses u ON u.allowance_id = t.a AND u.window_start = t.w
      JOIN allowances l ON l.id = t.a
    ), share AS (
      SELECT k.allowance_id, k.window_start, k.free, k.held, k.bound,
        CASE WHEN bool_and(k.need = 0 OR k.free >= k.need) OVER ()
          THEN greatest(k.need, least(k.want, trunc(k.free / CASE WHEN living = 1 THEN 1 ELSE 2 * living END))) ELSE 0 END AS granted
      FROM known k
    ), taken AS (
      UPDATE allowance_uses u SET leased = u.leased + s.granted
      FROM share s WHERE u.allowance_id = s.allowance_id AND u.window_start = s.window_start AND s.granted > 0
    ), kept AS (
      INSERT INTO leases AS l (gateway_id, allowance_id, window_start, amount)
      SELECT gateway, s.allowance_id, s.window_start, s.granted FROM share s
      WHERE s.granted > 0
      ON CONFLICT ON CONSTRAINT leases_gateway_id_allowance_id_window_start_pk
      DO UPDATE SET amount = l.amount + excluded.amount, updated_at = now()
    )
    SELECT s.allowance_id, s.window_start, s.granted, s.free, s.held, s.bound, living FROM share s;
END $$;
--> statement-breakpoint
-- What OpenRouter allows on free models (contract L-1, L-2). A row is changed or removed by command.
INSERT INTO rate_tiers (name, purchased_min, free_requests_per_minute, free_requests_per_day)
VALUES ('starter', 0, 20, 50), ('paid', 10000000000000, 20, 1000);
--> statement-breakpoint
COMMENT ON COLUMN prices.organization_id IS 'null: for everyone; else only for this organization, before the general list. A list without lines withdraws the ones before it';
COMMENT ON COLUMN prices.expires_at IS 'null: until another list takes over; after it, the newest list that has not expired holds again';
COMMENT ON COLUMN price_lines.service_tier IS 'the tier that the provider really served; empty: any that no other line names';
COMMENT ON COLUMN price_lines.hours IS 'UTC, such as "mon,tue 16:30-00:30", by the instant of admission; empty: always. A line with hours beats one without';
COMMENT ON COLUMN pricing_policies.organization_id IS 'null: every organization that has no policy of its own';
COMMENT ON COLUMN pricing_policies.provider_id IS 'null: every provider';
COMMENT ON COLUMN pricing_policies.model_id IS 'null: every model';
COMMENT ON COLUMN pricing_policies.basis_points IS 'hundredths of a percent: taken off the list, put on the cost, of the discount that is passed on, or of the list as a fee';
COMMENT ON COLUMN volume_discounts.tiers IS 'ascending: above so many picodollars of list cost in a UTC month, so many basis points off';
COMMENT ON COLUMN discount_steps.volume IS 'picodollars of list cost in the month when the step was taken';
COMMENT ON COLUMN credentials.sealed_key IS 'AES-256-GCM under MASTER_KEY, bound to the credential''s id';
COMMENT ON COLUMN allowances.scope IS 'empty: every request; free: models whose id ends in :free; else the id of one model';
COMMENT ON COLUMN allowances.origin IS 'set: by a person; tier: by the rate tier that the organization''s purchases put it in';
COMMENT ON COLUMN rate_tiers.purchased_min IS 'picodollars of credit ever bought from which on this tier holds';
COMMENT ON COLUMN rate_tiers.requests_per_minute IS 'null in this and the following columns: unbounded';
COMMENT ON COLUMN forfeits.amount IS 'in the allowance''s unit: what was given back to it';
COMMENT ON COLUMN transfers.corrects_generation_id IS 'the one generation of the corrected transfer that was refunded; null: the transfer as a whole';
COMMENT ON COLUMN generations.charge_policy_id IS 'the pricing policy that made the charge out of charge_price_id; null: the list itself';
COMMENT ON COLUMN generations.cost_step_id IS 'the step of a volume discount that made the cost out of cost_price_id; null: the list itself';
COMMENT ON COLUMN generations.service_tier IS 'as the provider reported it; null: it did not';
COMMENT ON COLUMN generations.own_key IS 'whether the organization''s own credential was used; then charge is our fee and cost is 0';
