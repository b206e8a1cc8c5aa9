/**
 * The words of allowances: what is bounded, for whom, per what. Apart from their tables, so that gateways and the CLI need not
 * load drizzle, which takes a process 0.4 s of CPU (Node reads its 180 KB package.json once for each of its files).
 */
export const allowanceSubjects = ["organization", "workspace", "key"] as const;
export type AllowanceSubject = (typeof allowanceSubjects)[number];
/** `concurrency` is given back when a request ends, so nothing of it is ever used up. */
export const allowanceUnits = ["picodollars", "requests", "tokens", "concurrency"] as const;
export type AllowanceUnit = (typeof allowanceUnits)[number];
export const allowanceWindows = ["lifetime", "month", "week", "day", "minute"] as const;
export type AllowanceWindow = (typeof allowanceWindows)[number];
/** Scopes that are not the id of one model: every request, and requests for models whose id ends in `:free`. */
export const anyModel = "";
export const freeModels = "free";
/** Who set an allowance: a person, or the rate tier that the organization's purchases put it in. */
export const allowanceOrigins = ["set", "tier"] as const;
/** How often the limit of a key starts anew; null in its column is a limit for the key's whole life. */
export const limitResets = ["daily", "weekly", "monthly"] as const;
export type LimitReset = (typeof limitResets)[number];
/** A provider has at most so many keys. */
export const providerKeysMax = 20;
