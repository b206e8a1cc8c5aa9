import { monitorEventLoopDelay } from "node:perf_hooks";
import { sql } from "drizzle-orm";
import { postingDeadLetters, postingQueue } from "#schema/boss.ts";
import { dollarsNumber } from "#schema/dollars-number.ts";
import type { Runtime } from "./runtime.ts";
import { within } from "./within.ts";

const answerMsMax = 2_000;

/** What the control plane counts of its own requests, and what it knows of the installation, as Prometheus text. */
export function startMetrics(runtime: Runtime): {
  count(door: string, status: number): void;
  print(): Promise<string>;
} {
  const requests = new Map<string, number>(); // doors times status codes, both closed sets
  const delay = monitorEventLoopDelay();
  delay.enable();
  return {
    count(door, status) {
      const labels = `door="${door}",status="${status}"`;
      requests.set(labels, (requests.get(labels) ?? 0) + 1);
    },
    async print() {
      const lines = [
        ...metric("turnpike_control_requests_total", "counter", "Requests answered", [...requests]),
        ...metric("process_resident_memory_bytes", "gauge", "Resident memory", [
          ["", process.memoryUsage.rss()],
        ]),
        ...metric("process_cpu_seconds_total", "counter", "CPU time used", [["", cpuSeconds()]]),
        ...metric(
          "nodejs_eventloop_delay_p99_seconds",
          "gauge",
          "Event loop delay since the last reading",
          [["", (delay.percentile(99) || 0) / 1e9]],
        ),
        ...(await installation(runtime)),
      ];
      delay.reset();
      return `${lines.join("\n")}\n`;
    },
  };
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

async function installation(runtime: Runtime): Promise<string[]> {
  const up = (value: number) =>
    metric("turnpike_database_up", "gauge", "Whether Postgres answers", [["", value]]);
  try {
    const [row] = await within(
      answerMsMax,
      runtime.db.execute<{
        living: string;
        lost: string;
        forfeited: string;
        forfeited_credit: string;
        waiting: string;
        dead: string;
        conflicts: string;
      }>(sql`
        select (select count(*) from gateways where state = 'living' and seen_at > now() - interval '15 seconds') as living,
               (select count(*) from gateways where state = 'living' and seen_at < now() - interval '60 seconds') as lost,
               (select count(*) from gateways where state = 'forfeited') as forfeited,
               (select coalesce(sum(f.amount), 0) from forfeits f join allowances a on a.id = f.allowance_id
                 where a.subject_kind = 'organization' and a.unit = 'picodollars' and a.window_kind = 'lifetime') as forfeited_credit,
               (select count(*) from pgboss.job where name = ${postingQueue} and state < 'completed') as waiting,
               (select count(*) from pgboss.job where name = ${postingDeadLetters} and state < 'completed') as dead,
               (select count(*) from posting_conflicts) as conflicts`),
    );
    return [
      ...up(1),
      ...metric("turnpike_gateways_living", "gauge", "Gateways seen within 15 s", [
        ["", Number(row?.living)],
      ]),
      ...metric(
        "turnpike_gateways_lost",
        "gauge",
        "Gateways silent for over a minute that still hold their share of credit and limits",
        [["", Number(row?.lost)]],
      ),
      ...metric("turnpike_gateways_forfeited", "gauge", "Gateways that were given up", [
        ["", Number(row?.forfeited)],
      ]),
      ...metric(
        "turnpike_forfeited_credit_dollars",
        "gauge",
        "Credit that given up gateways held: the most that their usage can still overdraw",
        [["", dollarsNumber(BigInt(row?.forfeited_credit ?? 0))]],
      ),
      ...metric(
        "turnpike_posting_jobs_waiting",
        "gauge",
        "Batches of usage records not yet booked",
        [["", Number(row?.waiting)]],
      ),
      ...metric("turnpike_posting_jobs_dead", "gauge", "Usage records that could not be booked", [
        ["", Number(row?.dead)],
      ]),
      ...metric(
        "turnpike_posting_conflicts",
        "gauge",
        "Usage records that contradict booked ones",
        [["", Number(row?.conflicts)]],
      ),
    ];
  } catch {
    return up(0);
  }
}

function metric(
  name: string,
  type: "counter" | "gauge",
  help: string,
  values: readonly (readonly [labels: string, value: number])[],
): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...values.map(([labels, value]) => `${name}${labels === "" ? "" : `{${labels}}`} ${value}`),
  ];
}
