/** `turnpike dead-letters …`: usage records that could not be booked. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { AdminClient } from "../trpc/admin.ts";
import { addCommand, addRoom, allRows, minute, money, print, type Cli } from "./command.ts";
import { withAdmin } from "./connection.ts";
import { CliError, UsageError } from "./context.ts";
import { table } from "./table.ts";

type Letter = Awaited<ReturnType<AdminClient["deadLetters"]["list"]["query"]>>["rows"][number];

export function addDeadLetterCommands({ program, context }: Cli): void {
  const room = addRoom(
    program,
    "dead-letters",
    "usage records that could not be booked: list, show, replay, discard",
    ["dead-letters list", "dead-letters replay --all"],
  );

  addCommand(room, "list", "list them, newest first, with what was wrong", [
    "dead-letters list",
    "dead-letters list --settled --json",
  ])
    .option("--settled", "those that were discarded, or replayed with a mended record")
    .action(async (options: { settled?: boolean; json?: boolean }) => {
      const state = options.settled ? "settled" : "waiting";
      const letters = await withAdmin(context, (admin) => listLetters(admin, state));
      print(context, options, letters, () =>
        letters.length === 0
          ? "None.\n"
          : table(
              letters,
              [
                { title: "ID", value: (letter) => letter.id },
                { title: "SINCE (UTC)", value: (letter) => minute(letter.createdAt) },
                { title: "ORGANIZATION", value: organizationOf },
                { title: "CHARGE", value: (letter) => money(letter.charge), align: "right" },
                { title: "GENERATION", value: (letter) => letter.generation, flexible: true },
                {
                  title: options.settled ? "WHAT WAS DONE" : "REASON",
                  value: (letter) => (options.settled ? accountOf(letter) : letter.reason),
                  flexible: true,
                },
              ],
              context.width,
            ),
      );
    });

  addCommand(room, "show <id>", "show one whole: the record, and why it was refused", [
    "dead-letters show 0f9c2f6e-7d56-8a1e-a0f3-3f2f9a1c5b7d",
  ]).action(async (id: string, options: { json?: boolean }) => {
    const letter = await withAdmin(context, (admin) => admin.deadLetters.get.query({ id }));
    print(context, options, letter, () =>
      [
        `letter        ${letter.id}, since ${minute(letter.createdAt)} UTC\n`,
        `reason        ${letter.reason}\n`,
        `generation    ${letter.generation ?? "–"}\n`,
        `organization  ${organizationOf(letter)}\n`,
        `gateway       ${letter.gateway ?? "–"}\n`,
        `charge        ${money(letter.charge)}\n`,
        ...(letter.account ? [`settled       ${accountOf(letter)}\n`] : []),
        `\n${JSON.stringify(letter.record, null, 2)}\n`,
      ].join(""),
    );
  });

  addCommand(room, "replay [id]", "hand the record of one (or of all) to the booking queue again", [
    "dead-letters replay 0f9c2f6e-7d56-8a1e-a0f3-3f2f9a1c5b7d",
    "dead-letters replay 0f9c2f6e-7d56-8a1e-a0f3-3f2f9a1c5b7d --record mended.json",
    "dead-letters replay --all",
  ])
    .option("--all", "every letter that waits now")
    .option("--record <file>", "a JSON file with the record as it should be")
    .action(
      async (
        id: string | undefined,
        options: { all?: boolean; record?: string; json?: boolean },
      ) => {
        if ((id === undefined) === (options.all !== true))
          throw new UsageError("name one letter by its id, or say --all");
        if (options.all && options.record !== undefined)
          throw new UsageError("--record is the record of one letter; name it by its id");
        const record = options.record === undefined ? null : readRecord(options.record);
        const done = await withAdmin(context, async (admin) => {
          const ids =
            id === undefined
              ? (await listLetters(admin, "waiting")).map((letter) => letter.id)
              : [id];
          const replayed = [];
          for (const each of ids)
            replayed.push({
              id: each,
              ...(await admin.deadLetters.replay.mutate({ id: each, record })),
            });
          return replayed;
        });
        print(context, options, done, () =>
          done.length === 0
            ? "There are none.\n"
            : `${done.length} handed to the booking queue. What is refused again is listed again: turnpike dead-letters list\n`,
        );
      },
    );

  addCommand(room, "discard <id>", "give one up: its record is never booked", [
    'dead-letters discard 0f9c2f6e-7d56-8a1e-a0f3-3f2f9a1c5b7d --reason "test traffic of a deleted organization"',
  ])
    .requiredOption("--reason <text>", "why; kept with the letter")
    .action(async (id: string, options: { reason: string; json?: boolean }) => {
      const discarded = await withAdmin(context, (admin) =>
        admin.deadLetters.discard.mutate({ id, reason: options.reason }),
      );
      print(
        context,
        options,
        discarded,
        () => `${discarded.id} is discarded; it stays in: turnpike dead-letters list --settled\n`,
      );
    });

  function readRecord(file: string): Record<string, unknown> {
    const path = resolve(context.folder, file);
    let value: unknown;
    try {
      value = JSON.parse(readFileSync(path, "utf8"));
    } catch (cause) {
      throw new CliError(
        `${path} cannot be read as JSON (${cause instanceof Error ? cause.message : String(cause)}); print the record to mend with: turnpike dead-letters show ID --json`,
        { cause },
      );
    }
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new CliError(`${path} must hold one JSON object: the usage record`);
    // What `show --json` prints is a letter around its record; whoever mends that file need not cut it.
    return "record" in value && typeof value.record === "object" && value.record !== null
      ? { ...value.record }
      : { ...value };
  }
}

const listLetters = (admin: AdminClient, state: "waiting" | "settled"): Promise<Letter[]> =>
  allRows((after) => admin.deadLetters.list.query({ state, after, limit: 100 }));

const organizationOf = ({ organization }: Pick<Letter, "organization">): string =>
  organization?.slug ?? organization?.id ?? "–";

function accountOf({ account, settledAt }: Pick<Letter, "account" | "settledAt">): string {
  if (account === null) return "–";
  const when = `${minute(settledAt)} UTC by ${account.by}`;
  return account.kind === "discarded"
    ? `discarded ${when}: ${account.reason}`
    : `replayed with a mended record ${when}`;
}
