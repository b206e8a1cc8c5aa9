-- The smallest UUID v7 of an instant: the edge between two partitions of generations.
CREATE FUNCTION uuid_floor(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
--> statement-breakpoint
-- Catches what no month holds (a clock far off), so that a record is never refused for its time.
CREATE TABLE generations_default PARTITION OF generations DEFAULT;
--> statement-breakpoint
-- Makes the monthly partitions from last month to `ahead` months from now; those that exist stay. Returns how many it made.
CREATE FUNCTION ensure_generation_partitions(ahead integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  month timestamptz;
  name text;
  made integer := 0;
BEGIN
  FOR step IN -1..ahead LOOP
    month := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => step)) AT TIME ZONE 'UTC';
    name := 'generations_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
    IF to_regclass(name) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF generations FOR VALUES FROM (%L) TO (%L)', name, uuid_floor(month),
        uuid_floor((month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC'));
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END $$;
--> statement-breakpoint
SELECT ensure_generation_partitions(3);
--> statement-breakpoint
-- Leases a gateway a share of every allowance a request needs, or of none. One call is the whole check-then-act:
-- the rows are locked in order, and `used + leased + share <= limit` holds for each of them afterwards.
-- needs[i] is the least that will do, wants[i] what would be welcome; no share is more than half of what is free
-- divided by the living gateways, unless the need is. Returns a row for each allowance: what was granted (0 when any
-- of them had too little), what was free before, and what gateways held of it.
CREATE FUNCTION lease_allowances(gateway text, allowance_ids text[], window_starts timestamptz[], needs numeric[], wants numeric[])
RETURNS TABLE (allowance_id text, window_start timestamptz, granted numeric, free numeric, held numeric) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  living integer;
BEGIN
  SELECT greatest(count(*), 1) INTO living FROM gateways WHERE state = 'living' AND seen_at > now() - interval '30 seconds';
  INSERT INTO allowance_uses (allowance_id, window_start)
    SELECT a, w FROM unnest(allowance_ids, window_starts) AS t(a, w) ORDER BY a, w ON CONFLICT DO NOTHING;
  RETURN QUERY
    WITH locked AS (
      SELECT u.allowance_id, u.window_start, t.need, t.want, u.leased AS held,
        coalesce(l.limit_amount - u.used - u.leased, 10::numeric ^ 30) AS free
      FROM unnest(allowance_ids, window_starts, needs, wants) AS t(a, w, need, want)
      JOIN allowance_uses u ON u.allowance_id = t.a AND u.window_start = t.w
      JOIN allowances l ON l.id = t.a
      ORDER BY u.allowance_id, u.window_start
      FOR UPDATE OF u
    ), share AS (
      SELECT k.allowance_id, k.window_start, k.free, k.held,
        CASE WHEN bool_and(k.need = 0 OR k.free >= k.need) OVER () THEN greatest(k.need, least(k.want, trunc(k.free / (2 * living)))) ELSE 0 END AS granted
      FROM locked k
    ), taken AS (
      UPDATE allowance_uses u SET leased = u.leased + s.granted
      FROM share s WHERE u.allowance_id = s.allowance_id AND u.window_start = s.window_start AND s.granted > 0
    ), kept AS (
      INSERT INTO leases AS l (gateway_id, allowance_id, window_start, amount)
      SELECT gateway, s.allowance_id, s.window_start, s.granted FROM share s WHERE s.granted > 0
      ON CONFLICT ON CONSTRAINT leases_gateway_id_allowance_id_window_start_pk
      DO UPDATE SET amount = l.amount + excluded.amount, updated_at = now()
    )
    SELECT s.allowance_id, s.window_start, s.granted, s.free, s.held FROM share s;
END $$;
--> statement-breakpoint
COMMENT ON TABLE generations IS 'One row a generation, exactly once. Partitioned by month over id, a UUID v7.';
--> statement-breakpoint
COMMENT ON COLUMN keys.hash IS 'SHA-256 of the key in hex; the key itself is nowhere';
COMMENT ON COLUMN keys.role IS 'what a management key may do; null for an inference key';
COMMENT ON COLUMN keys.limit_amount IS 'picodollars per window of limit_reset; null: no limit of its own';
COMMENT ON COLUMN keys.limit_reset IS 'null: the limit is for the key''s whole life';
COMMENT ON COLUMN keys.revoked_at IS 'null: not revoked; a revoked key never works again';
COMMENT ON COLUMN keys.expires_at IS 'null: never';
COMMENT ON COLUMN providers.sealed_key IS 'AES-256-GCM under MASTER_KEY, bound to the slug; null: the provider needs no key';
COMMENT ON COLUMN providers.flags IS 'dialect flags, contract/providers.md section 2';
COMMENT ON COLUMN models.context_length IS 'tokens, prompt and output together';
COMMENT ON COLUMN models.max_output_tokens IS 'tokens; null: only the context bounds it';
COMMENT ON COLUMN endpoints.context_length IS 'tokens; null: the model''s';
COMMENT ON COLUMN endpoints.max_output_tokens IS 'tokens; null: the model''s';
COMMENT ON COLUMN endpoints.quantization IS 'null: unknown';
COMMENT ON COLUMN endpoints.cancellable IS 'whether dropping the connection stops the provider''s bill (contract rule B-9)';
COMMENT ON COLUMN prices.side IS 'charge: what we ask; cost: what we pay';
COMMENT ON COLUMN prices.effective_at IS 'the list holds for requests admitted from this instant on';
COMMENT ON COLUMN price_lines.per_unit IS 'picodollars per unit of the meter (one token, one image, one request)';
COMMENT ON COLUMN price_lines.above_input_tokens IS 'the line holds for prompts longer than this (exclusive), for the whole request; 0: always';
COMMENT ON COLUMN accounts.organization_id IS 'null: an account of the house';
COMMENT ON COLUMN accounts.provider_id IS 'set for provider_cost and provider_payable';
COMMENT ON COLUMN accounts.balance IS 'picodollars, signed; the sum over all accounts is 0';
COMMENT ON COLUMN accounts.version IS 'number of entries so far';
COMMENT ON COLUMN transfers.amount IS 'picodollars, positive';
COMMENT ON COLUMN transfers.event_at IS 'when it happened; created_at is when we learned of it';
COMMENT ON COLUMN transfers.corrects_transfer_id IS 'set for corrections only';
COMMENT ON COLUMN entries.amount IS 'picodollars, signed: negative leaves the account';
COMMENT ON COLUMN allowances.limit_amount IS 'in the unit, per window; null: unbounded, only counted';
COMMENT ON COLUMN allowance_uses.used IS 'in the unit: posted use in this window';
COMMENT ON COLUMN allowance_uses.leased IS 'in the unit: sum of leases.amount of this window';
COMMENT ON COLUMN leases.amount IS 'in the unit: what the gateway may still use plus what it used and is not yet posted; negative after a charge above its hold';
COMMENT ON COLUMN gateways.seen_change IS 'the last change (changes.sequence) that this gateway has acted on';
COMMENT ON COLUMN gateways.posted IS 'how many finals of this gateway have been posted';
COMMENT ON COLUMN generations.requested_model IS 'what the client asked for; model_id is what answered';
COMMENT ON COLUMN generations.endpoint_id IS 'null: no endpoint was reached';
COMMENT ON COLUMN generations.provider IS 'slug of the provider that answered or failed last; null: none was reached';
COMMENT ON COLUMN generations.input IS 'tokens of the prompt that were neither read from nor written to a cache';
COMMENT ON COLUMN generations.output IS 'tokens of the answer without reasoning';
COMMENT ON COLUMN generations.charge IS 'picodollars the organization was charged, at charge_price_id';
COMMENT ON COLUMN generations.cost IS 'picodollars we owe the provider, at cost_price_id; 0 when no cost price is known';
COMMENT ON COLUMN generations.charge_transfer_id IS 'the transfer that holds this charge, with others of its batch; null: nothing was charged';
COMMENT ON COLUMN generations.first_token_ms IS 'milliseconds from admission to the first content; null: there was none';
COMMENT ON COLUMN generations.duration_ms IS 'milliseconds from admission to the end';
COMMENT ON COLUMN usage_hours.hour IS 'UTC hour of admission';
COMMENT ON COLUMN usage_hours.charge IS 'picodollars';
COMMENT ON COLUMN usage_hours.cost IS 'picodollars';
