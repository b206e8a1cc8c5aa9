CREATE TABLE "catalogue_proposals" (
	"id" text PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	"as_of" text NOT NULL,
	"changes" jsonb NOT NULL,
	"passed_over" text[] NOT NULL,
	"status" text DEFAULT 'open' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"created_by" text NOT NULL,
	"closed_at" timestamp with time zone,
	"closed_by" text,
	"outcome" jsonb,
	CONSTRAINT "catalogue_proposals_status" CHECK (status in ('open', 'applied', 'dismissed')),
	CONSTRAINT "catalogue_proposals_closed" CHECK ((status = 'open') = (closed_at is null))
);
--> statement-breakpoint
CREATE INDEX "catalogue_proposals_newest" ON "catalogue_proposals" USING btree ("created_at","id");--> statement-breakpoint
COMMENT ON COLUMN "catalogue_proposals"."as_of" IS 'the day of the list';
--> statement-breakpoint
COMMENT ON COLUMN "catalogue_proposals"."changes" IS 'a list; nothing of it holds before it is applied';
--> statement-breakpoint
COMMENT ON COLUMN "catalogue_proposals"."outcome" IS 'null while it is open, and when it was dismissed';
