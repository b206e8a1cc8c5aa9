/** `turnpike gateways …` */
import type { AdminClient } from "../trpc/admin.ts";
import { addCommand, addRoom, allRows, minute, money, print, type Cli } from "./command.ts";
import { withAdmin } from "./connection.ts";
import { table } from "./table.ts";

type Gateway = Awaited<ReturnType<AdminClient["gateways"]["list"]["query"]>>["rows"][number];

const lostAfterSeconds = 60;

export function addGatewayCommands({ program, context }: Cli): void {
  const room = addRoom(program, "gateways", "gateways: list, forfeit", [
    "gateways list",
    "gateways forfeit gateway-2",
  ]);

  addCommand(room, "list", "list gateways with what they hold, and those that were given up", [
    "gateways list",
    "gateways list --history --json",
  ])
    .option("--history", "also the lives that ended as they should")
    .action(async (options: { history?: boolean; json?: boolean }) => {
      const rows = await withAdmin(context, (admin) =>
        allRows((after) =>
          admin.gateways.list.query({ history: options.history ?? false, after, limit: 100 }),
        ),
      );
      print(context, options, rows, () =>
        rows.length === 0
          ? "No gateways. They show themselves when they start: turnpike start\n"
          : table(
              rows,
              [
                { title: "GATEWAY", value: (row) => row.name },
                { title: "HOST", value: (row) => row.host, flexible: true },
                { title: "STATE", value: stateOf },
                { title: "STARTED (UTC)", value: (row) => minute(row.startedAt) },
                { title: "SEEN (UTC)", value: (row) => minute(row.seenAt) },
                { title: "HOLDS", value: (row) => money(row.leased), align: "right" },
                {
                  title: "TAKEN AWAY",
                  value: (row) => (row.forfeitedAt === null ? null : money(row.forfeited)),
                  align: "right",
                },
                { title: "ID", value: (row) => row.id },
              ],
              context.width,
            ),
      );
    });

  addCommand(
    room,
    "forfeit <gateway>",
    "give up a gateway that does not come back; GATEWAY is its name or id",
    ["gateways forfeit gateway-2", "gateways forfeit gw_4fZbS0example --force"],
  )
    .option("--force", "also one that was seen within the last minute; its requests are cut off")
    .action(async (gateway: string, options: { force?: boolean; json?: boolean }) => {
      const done = await withAdmin(context, (admin) =>
        admin.gateways.forfeit.mutate({ gateway, force: options.force ?? false }),
      );
      print(
        context,
        options,
        done,
        () =>
          `${done.name} (${done.id}) is forfeited: ${done.leases} leases went back, ${money(done.credit)} of credit among them.\n` +
          "What it had used and not yet sent is not known. It is still booked if its spool is read; else it is the house's loss.\n",
      );
    });
}

function stateOf(row: Gateway): string {
  if (row.state !== "living") return row.state;
  return row.silentSeconds > lostAfterSeconds ? "lost" : "living";
}
