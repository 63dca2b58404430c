import assert from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import { openApi } from "../../../daemon/http/openapi.ts";
import { endpoints } from "../../../shared/protocol/endpoints.ts";

describe("the OpenAPI document", () => {
  const document = JSON.parse(JSON.stringify(openApi(endpoints, "1.2.3"))) as {
    openapi: string;
    paths: Record<string, Record<string, { operationId: string; security?: unknown[] }>>;
  };

  it("is valid OpenAPI 3.1", async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(document.openapi, "3.1.0");
  });

  it("is refused by the validator when it is broken", async () => {
    const broken = structuredClone(document) as { paths: unknown };
    broken.paths = { "/x": { get: { responses: 5 } } };
    assert.equal((await new Validator().validate(broken)).valid, false);
  });

  it("names every endpoint once, with its parameters in the path", () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    assert.deepEqual(operations.map((o) => o.operationId).toSorted(), Object.keys(endpoints).toSorted());
    assert.ok(Object.keys(document.paths).every((path) => !path.includes(":")));
    assert.ok("/api/analyses/{id}/result" in document.paths);
  });

  it("says that only the exchange of a one-time code needs no credentials", () => {
    const open = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).flatMap(({ security }) => (security?.length === 0 ? [path] : [])),
    );
    assert.deepEqual(open, ["/api/session", "/api/form/session"]);
  });
});
