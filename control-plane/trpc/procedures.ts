/** Who may, and how a refusal travels. Every procedure is built from one of the three at the end. */
import { initTRPC, TRPCError, type TRPC_ERROR_CODE_KEY } from "@trpc/server";
import { z, ZodError } from "zod";
import { actorOf, type Actor } from "../actor.ts";
import { CommandError, type CommandErrorCode } from "../command-error.ts";
import { reportError } from "../report-error.ts";
import type { Runtime } from "../runtime.ts";
import { asUnavailable } from "../unavailable.ts";
import { isUnstorableText, unstorableText } from "../unstorable-text.ts";

export type Context = { runtime: Runtime; authorization: string | undefined };

const codes = {
  bad_request: "BAD_REQUEST",
  unauthenticated: "UNAUTHORIZED",
  forbidden: "FORBIDDEN",
  not_found: "NOT_FOUND",
  conflict: "CONFLICT",
  unavailable: "SERVICE_UNAVAILABLE",
} as const satisfies Record<CommandErrorCode, TRPC_ERROR_CODE_KEY>;

const t = initTRPC.context<Context>().create({
  isDev: false, // the default follows NODE_ENV, and puts stack traces into answers
  errorFormatter({ shape, error }) {
    const { cause } = error;
    if (!(cause instanceof ZodError)) return { ...shape, data: { ...shape.data, zod: null } };
    return {
      ...shape,
      message: cause.issues
        .map((issue) => [issue.path.join("."), issue.message].filter(Boolean).join(": "))
        .join("; "),
      data: { ...shape.data, zod: z.flattenError(cause) },
    };
  },
});

export const router = t.router;

/** Turns what verbs throw into tRPC's words. What nobody foresaw is logged, and answered without its text. */
const translated = t.procedure.use(async ({ next, path }) => {
  const result = await next();
  if (result.ok || result.error.cause === undefined || result.error.cause instanceof ZodError)
    return result;
  const cause = asUnavailable(result.error.cause);
  if (cause instanceof TRPCError) throw cause;
  if (cause instanceof CommandError)
    throw new TRPCError({ code: codes[cause.code], message: cause.message, cause });
  if (isUnstorableText(cause)) {
    throw new TRPCError({ code: "BAD_REQUEST", message: unstorableText, cause: result.error });
  }
  if (result.error.code !== "INTERNAL_SERVER_ERROR") return result;
  reportError(`trpc ${path}`, cause);
  throw new TRPCError({
    code: "INTERNAL_SERVER_ERROR",
    message: "something went wrong here; the control plane's log says what",
  });
});

const authenticated = translated.use(async ({ ctx, next }) => {
  const actor = await actorOf(ctx.runtime.db, ctx.authorization);
  if (actor.keyKind !== "management") {
    throw new CommandError(
      "forbidden",
      "an inference key cannot run commands; use a management key (sk-tp-mgmt-…)",
    );
  }
  return next({ ctx: { runtime: ctx.runtime, actor } });
});

const only = (roles: readonly Actor["role"][]) =>
  authenticated.use(({ ctx, next }) => {
    if (!roles.includes(ctx.actor.role)) {
      throw new CommandError(
        "forbidden",
        `this takes the role ${roles.join(" or ")}; the key's role is ${ctx.actor.role}`,
      );
    }
    return next();
  });

/** Any management key, for its own organization. */
export const readProcedure = authenticated;
/** Who administers an organization. */
export const adminProcedure = only(["operator", "owner", "admin"]);
/** Who may see an organization's books. */
export const billingProcedure = only(["operator", "owner", "admin", "billing"]);
/** Who runs the installation. */
export const operatorProcedure = only(["operator"]);
