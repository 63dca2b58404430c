import assert from "node:assert/strict";
import { isAppError } from "../../../shared/errors.ts";
import { filterPeople } from "../../../shared/study/filterPeople.ts";

describe("a filter of people", () => {
  const people = [
    { id: "p01", covariates: { age: 20, sex: 1 } },
    { id: "p02", covariates: { age: 30, sex: 2 } },
    { id: "q03", covariates: { age: 40 } },
  ];
  const cases: [string, string[]][] = [
    ["", ["p01", "p02", "q03"]],
    ["P0", ["p01", "p02"]],
    ["age>=30", ["p02", "q03"]],
    ["age<30 sex=1", ["p01"]],
    ["sex!=1", ["p02"]],
    ["age>20,5 p", ["p02"]],
    ["nobody", []],
  ];
  for (const [filter, wanted] of cases)
    it(`${JSON.stringify(filter)} names ${wanted.join(", ") || "nobody"}`, () => {
      assert.deepEqual(
        filterPeople(people, filter).map(({ id }) => id),
        wanted,
      );
    });

  it("says which covariates there are where one is asked for that nobody has", () => {
    assert.throws(
      () => filterPeople(people, "weight>3"),
      (error) => isAppError(error, "invalid_request") && /age, sex/.test(error.message),
    );
  });
});
