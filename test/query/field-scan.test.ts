import fc from "fast-check";
import { expect, test } from "vitest";
import { fieldScan } from "../../src/query/field-scan.ts";
import { fieldAt, parseFields } from "../../src/record/fields.ts";

const isFiveHundred = (value: unknown) => String(value) === "500" || Number(value) === 500;
const scan = fieldScan("status", isFiveHundred)!;

test.each([
  '{"status":200,"msg":"status 500"}',
  '{"status" : "404", "a":{"status":null}}',
  '{"status":false}',
  '{"http_status":500}',
  "level=info status=200 msg=500",
  'status="200" x=500',
  "GET /status 500",
  "status: 500",
  "",
])("no value of the field can be 500 in %s", (line) => {
  expect(scan(line)).toBe(false);
});

test.each([
  '{"status":500}',
  '{"status"\t:\n5e2}',
  '{"status":500.0}',
  '{"status":[200,500]}',
  '{"a":{"status":"500"}}',
  '{"status":200,"status":500}',
  '{"st\\u0061tus":500}',
  '{"status":"5\\u00300"}',
  '{"http.status":500}',
  "status=500",
  'x=1 status="500"',
  '{"status":500.00000000000000}',
])("a value of the field may be 500 in %s", (line) => {
  expect(scan(line)).toBe(true);
});

test("what a bare key would pass, and what is written nowhere, is left to the parser", () => {
  expect(fieldScan("debug", (value) => value === true)).toBeUndefined();
  expect(fieldScan("items.0", isFiveHundred)).toBeUndefined();
  expect(fieldScan("items.length", isFiveHundred)).toBeUndefined();
});

test("a line is never ruled out in which the parser finds a value that passes", () => {
  const scalar = fc.oneof(
    fc.constantFrom(500, "500", 5e2, "x", true, null, 0.5),
    fc.integer(),
    fc.string(),
    fc.double(),
  );
  const value = fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("status", "b"), scalar),
  );
  const key = fc.constantFrom("status", "a", "a.status", 'q"', "status_x");
  const json = fc.tuple(fc.dictionary(key, value), fc.constantFrom(0, 1, "\t")).map(([object, indent]) => {
    return JSON.stringify(object, null, indent);
  });
  const pair = fc.tuple(
    fc.constantFrom("status", "a", "a.status"),
    fc.constantFrom("500", '"500"', "5e2", "", '"x y"'),
  );
  const logfmt = fc.array(pair, { maxLength: 4 }).map((pairs) => pairs.map((of) => of.join("=")).join(" "));
  let passed = 0;
  fc.assert(
    fc.property(fc.oneof(json, logfmt, fc.string()), fc.constantFrom("status", "a.status", "a"), (line, path) => {
      const fields = parseFields(line)?.fields;
      const found = fields === undefined ? undefined : fieldAt(fields, path);
      if (found === undefined || !isFiveHundred(found)) return;
      passed++;
      expect(fieldScan(path, isFiveHundred)!(line)).toBe(true);
    }),
    { numRuns: 4000 },
  );
  expect(passed).toBeGreaterThan(100);
});
