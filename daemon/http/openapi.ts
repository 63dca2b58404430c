import * as z from "zod";
import { errorStatus } from "../../shared/errors.ts";
import type { Endpoint, FileEndpoint } from "../../shared/protocol/endpoint.ts";
import { failureSchema } from "../../shared/protocol/failure.ts";

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of the endpoints, made from the same values that parse the calls. */
export function openApi(endpoints: Record<string, Endpoint | FileEndpoint>, version: string): Json {
  const paths: Record<string, Json> = {};
  for (const [operationId, endpoint] of Object.entries(endpoints)) {
    const path = endpoint.path.replace(/:(\w+)/g, "{$1}");
    (paths[path] ??= {})[endpoint.method] = {
      operationId,
      summary: endpoint.summary,
      ...(endpoint.access === "code" && { security: [] }),
      ...(endpoint.access === "token" && { security: [{ token: [] }] }),
      ...(endpoint.access === "form" && { security: [{ form: [] }] }),
      ...requestOf(endpoint),
      responses: {
        "200": { description: "Done.", content: responseOf(endpoint) },
        default: {
          description: `A failure; its code is one of: ${Object.keys(errorStatus).join(", ")}.`,
          content: { "application/json": { schema: { $ref: "#/components/schemas/Failure" } } },
        },
      },
    };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "EDIN daemon",
      version,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "http://127.0.0.1:{port}", variables: { port: { default: "0" } } }],
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      schemas: { Failure: schema(failureSchema, "output") },
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: "edin_{port}" },
        form: { type: "apiKey", in: "cookie", name: "edin_form_{port}" },
      },
    },
  };
}

function requestOf({ method, path, request }: Endpoint | FileEndpoint): Json {
  const {
    properties = {},
    required = [],
    ...rest
  } = schema(request, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  const inPath = new Set([...path.matchAll(/:(\w+)/g)].map(([, name]) => name!));
  const inBody = method === "post" || method === "put";
  const parameters = Object.entries(properties)
    .filter(([name]) => inPath.has(name) || !inBody)
    .map(([name, value]) => ({
      name,
      in: inPath.has(name) ? "path" : "query",
      required: inPath.has(name) || required.includes(name),
      schema: value,
    }));
  const body = {
    ...rest,
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => !inPath.has(name))),
    required: required.filter((name) => !inPath.has(name)),
  };
  return {
    ...(parameters.length > 0 && { parameters }),
    ...(inBody && { requestBody: { required: true, content: { "application/json": { schema: body } } } }),
  };
}

function responseOf(endpoint: Endpoint | FileEndpoint): Json {
  if ("response" in endpoint) {
    return { "application/json": { schema: schema(endpoint.response, "output") } };
  }
  return Object.fromEntries(endpoint.produces.map((type) => [type, {}]));
}

function schema(value: z.ZodType, io: "input" | "output"): Json {
  const json: Json = { ...z.toJSONSchema(value, { io }) };
  delete json["$schema"];
  return json;
}
