import * as z from "zod";
import { instantSchema } from "./text.ts";
import { endpoint, fileEndpoint, okSchema } from "./endpoint.ts";
import { leftOutModelSchema, modelEntrySchema, modelIdSchema } from "./models.ts";
import { deviceChoiceSchema, providerSchema } from "./results.ts";

const none = z.strictObject({});

export const getHealth = endpoint({
  method: "get",
  path: "/api/health",
  summary: "Answers at once while the daemon serves, whatever it works on and whether its database is there.",
  request: none,
  response: okSchema,
});

export const getStatus = endpoint({
  method: "get",
  path: "/api/status",
  summary: "Version, age and load of the daemon.",
  request: none,
  response: z.object({
    version: z.string(),
    pid: z.int(),
    startedAt: instantSchema,
    database: z.enum(["embedded", "server"]),
    device: deviceChoiceSchema,
    analyses: z.object({ queued: z.int(), running: z.int() }),
    /** Jobs of every kind. */
    queue: z.object({ queued: z.int(), running: z.int() }),
    /** Analyses at a time in this process, and what that follows from. */
    capacity: z.object({ analyses: z.int().positive(), why: z.string() }),
  }),
});

export const getMetrics = fileEndpoint({
  method: "get",
  path: "/api/metrics",
  summary:
    "Figures for Prometheus: jobs by state and worker, how long they took, requests, the process. Also with the token in metrics.token of the data folder, which opens nothing else.",
  request: none,
  produces: ["text/plain"],
});

/** One thing that `edin doctor` looked at. `advice` says what to do where `state` is not `ok`. */
export const checkSchema = z.object({
  name: z.string(),
  state: z.enum(["ok", "warning", "failed"]),
  detail: z.string(),
  advice: z.string().optional(),
});

export const getDoctor = endpoint({
  method: "get",
  path: "/api/doctor",
  summary: "What the daemon needs from this machine, and whether it is there.",
  request: none,
  response: z.object({ checks: z.array(checkSchema) }),
});

export const listModels = endpoint({
  method: "get",
  path: "/api/models",
  summary: "The networks that there are, EDIN's and the user's; each of them can be loaded.",
  request: none,
  response: z.object({
    models: z.array(modelEntrySchema),
    /** Networks of the user that cannot be loaded. */
    leftOut: z.array(leftOutModelSchema),
  }),
});

const modelId = z.strictObject({ id: modelIdSchema });

export const getModelCard = endpoint({
  method: "get",
  path: "/api/models/:id/card",
  summary: "The card of a network in Markdown: data, split, figures, and what it must not be used for.",
  request: modelId,
  response: z.object({
    card: z.string(),
    /** Its pictures as `data:` addresses, by the names that the card gives them. */
    pictures: z.record(z.string(), z.string()),
  }),
});

export const verifyModel = endpoint({
  method: "post",
  path: "/api/models/:id/verify",
  summary:
    "Checks the file of a network, and runs it on its stored input on the device of the configuration.",
  request: modelId,
  response: z.object({
    ok: z.boolean(),
    provider: providerSchema.optional(),
    /** Greatest absolute difference from the stored output. */
    worstDifference: z.number().optional(),
    /** Why it is not ok. */
    problem: z.string().optional(),
  }),
});

/** What a provider did with one network. */
const deviceRunSchema = z.object({
  id: z.string(),
  ok: z.boolean(),
  /** Best of three runs on the stored input. */
  runMs: z.number().optional(),
  /** Why it is not ok. */
  problem: z.string().optional(),
});

export const testDevices = endpoint({
  method: "post",
  path: "/api/devices/test",
  summary: "Runs every network on its stored input on each provider; says which one `auto` takes, and why.",
  request: none,
  response: z.object({
    providers: z.array(
      z.object({
        provider: providerSchema,
        /** Why it does not serve at all; there are no runs then. */
        reason: z.string().optional(),
        runs: z.array(deviceRunSchema),
      }),
    ),
    auto: z.object({
      provider: providerSchema,
      fallThrough: z.array(z.object({ provider: providerSchema, reason: z.string() })),
    }),
  }),
});

export type DeviceTest = z.infer<typeof testDevices.response>;

/** How long a one-time code lets a page in; of more than ten the newest count. */
export const pageCodeMinutes = 10;

export const createCode = endpoint({
  method: "post",
  path: "/api/session/codes",
  summary: `A URL that opens the page in a browser, once and within ${pageCodeMinutes} minutes. Its code stands in the fragment.`,
  access: "token",
  request: none,
  response: z.object({ url: z.url(), expiresAt: instantSchema }),
});

export const createSession = endpoint({
  method: "post",
  path: "/api/session",
  summary: "Turns a one-time code into the cookie of a page.",
  access: "code",
  request: z.strictObject({ code: z.string().max(100) }),
  response: okSchema,
});

/** An origin is compared as a whole, never by pattern. */
export const originSchema = z
  .string()
  .max(200)
  .regex(/^(vscode-webview:\/\/[a-z0-9-]+|http:\/\/(127\.0\.0\.1|localhost):[0-9]{1,5})$/);

export const addOrigin = endpoint({
  method: "post",
  path: "/api/origins",
  summary:
    "Lets a VS Code webview, or this daemon behind a forwarded port, call the daemon from its own origin.",
  access: "token",
  request: z.strictObject({ origin: originSchema }),
  response: okSchema,
});

export const shutdown = endpoint({
  method: "post",
  path: "/api/shutdown",
  summary: "Ends the daemon; running analyses are reported as interrupted.",
  access: "token",
  request: none,
  response: okSchema,
});

export type Check = z.infer<typeof checkSchema>;
