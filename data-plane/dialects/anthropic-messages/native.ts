/** Edits of what a provider said in this very dialect: what is not rewritten survives byte for byte. */
import { editMembers, scanMembers } from "../../operations/json-members.ts";
import type { Bill } from "../dialect.ts";
import { costOf, tokensOf, usageOf } from "./usage.ts";

type Edit = string | ((text: string | null) => string);

/** An object's text with some members replaced or added. @throws {JsonLimitError} when it is too deep or large to look at. */
export function edited(text: string, edits: Readonly<Record<string, Edit>>): string {
  const members = scanMembers(text);
  const texts = new Map<string, string>();
  for (const [name, edit] of Object.entries(edits)) {
    if (typeof edit === "string") {
      texts.set(name, edit);
      continue;
    }
    const member = members.find((one) => one.name === name);
    texts.set(name, edit(member ? text.slice(member.valueStart, member.valueEnd) : null));
  }
  return editMembers(text, members, texts, new Set());
}

/** The provider's usage with the bill's numbers in it, and what it cost. */
export const billed =
  (bill: Bill) =>
  (text: string | null): string =>
    bill.source === "none" // nothing was used, whatever the provider says of the answer that is given again
      ? JSON.stringify(usageOf(bill))
      : edited(
          text !== null && text.startsWith("{") ? text : "{}",
          Object.fromEntries(
            Object.entries({ ...tokensOf(bill), ...costOf(bill) }).map(([name, value]) => [
              name,
              JSON.stringify(value),
            ]),
          ),
        );
