import fc from "fast-check";
import { expect, test } from "vitest";
import { dateOfDay, dayNumber, daysInMonth, weekdayOfDay } from "../../src/query/calendar.ts";

test("counts days as Date does in UTC, and back", () => {
  fc.assert(
    fc.property(fc.integer({ min: -700_000, max: 2_900_000 }), (days) => {
      const date = new Date(days * 86_400_000);
      const civil = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
      expect(dateOfDay(days)).toEqual(civil);
      expect(dayNumber(civil.year, civil.month, civil.day)).toBe(days);
      expect(weekdayOfDay(days)).toBe(date.getUTCDay());
    }),
  );
});

test.each([
  [2024, 2, 29],
  [2026, 2, 28],
  [2000, 2, 29],
  [1900, 2, 28],
  [2026, 12, 31],
])("%d-%d has %d days", (year, month, days) => {
  expect(daysInMonth(year, month)).toBe(days);
});
