// Windows begin and end by the UTC clock, so that nothing has to be reset.
import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { allowanceWindows } from "#schema/bounds.ts";
import { windowEnd, windowOfReset, windowStart } from "#schema/windows.ts";

const test = suite("windows");

for (const { name, window, now, start, end } of [
  {
    name: "a tenth of a second before midnight is still today",
    window: "day",
    now: "2026-11-25T23:59:59.900Z",
    start: "2026-11-25T00:00:00.000Z",
    end: "2026-11-26T00:00:00.000Z",
  },
  {
    name: "midnight is tomorrow",
    window: "day",
    now: "2026-11-26T00:00:00.000Z",
    start: "2026-11-26T00:00:00.000Z",
    end: "2026-11-27T00:00:00.000Z",
  },
  {
    name: "Sunday evening belongs to the Monday before",
    window: "week",
    now: "2026-11-29T23:59:59.999Z",
    start: "2026-11-23T00:00:00.000Z",
    end: "2026-11-30T00:00:00.000Z",
  },
  {
    name: "a week begins on Monday at midnight",
    window: "week",
    now: "2026-11-30T00:00:00.000Z",
    start: "2026-11-30T00:00:00.000Z",
    end: "2026-12-07T00:00:00.000Z",
  },
  {
    name: "a week may begin in last year",
    window: "week",
    now: "2027-01-01T12:00:00.000Z",
    start: "2026-12-28T00:00:00.000Z",
    end: "2027-01-04T00:00:00.000Z",
  },
  {
    name: "the last instant of a month is in it",
    window: "month",
    now: "2026-11-30T23:59:59.999Z",
    start: "2026-11-01T00:00:00.000Z",
    end: "2026-12-01T00:00:00.000Z",
  },
  {
    name: "December ends in the next year",
    window: "month",
    now: "2026-12-31T23:59:59.999Z",
    start: "2026-12-01T00:00:00.000Z",
    end: "2027-01-01T00:00:00.000Z",
  },
  {
    name: "a leap day is in February",
    window: "month",
    now: "2028-02-29T12:00:00.000Z",
    start: "2028-02-01T00:00:00.000Z",
    end: "2028-03-01T00:00:00.000Z",
  },
  {
    name: "a leap day is a day",
    window: "day",
    now: "2028-02-29T12:00:00.000Z",
    start: "2028-02-29T00:00:00.000Z",
    end: "2028-03-01T00:00:00.000Z",
  },
  {
    name: "the last tenth of a second of a leap day is in February",
    window: "month",
    now: "2028-02-29T23:59:59.900Z",
    start: "2028-02-01T00:00:00.000Z",
    end: "2028-03-01T00:00:00.000Z",
  },
  {
    name: "the day after a leap day is in March",
    window: "month",
    now: "2028-03-01T00:00:00.100Z",
    start: "2028-03-01T00:00:00.000Z",
    end: "2028-04-01T00:00:00.000Z",
  },
  {
    name: "2100 has no leap day: 28 February is the last of its month",
    window: "month",
    now: "2100-02-28T23:59:59.999Z",
    start: "2100-02-01T00:00:00.000Z",
    end: "2100-03-01T00:00:00.000Z",
  },
  {
    name: "the day after 28 February 2100 is 1 March",
    window: "day",
    now: "2100-02-28T23:59:59.999Z",
    start: "2100-02-28T00:00:00.000Z",
    end: "2100-03-01T00:00:00.000Z",
  },
  {
    name: "a week with a leap day has seven days",
    window: "week",
    now: "2028-02-29T12:00:00.000Z",
    start: "2028-02-28T00:00:00.000Z",
    end: "2028-03-06T00:00:00.000Z",
  },
  {
    name: "a leap second's place, 23:59:60, is the next day's first instant",
    window: "day",
    now: new Date(Date.parse("2016-12-31T23:59:59.999Z") + 1).toISOString(),
    start: "2017-01-01T00:00:00.000Z",
    end: "2017-01-02T00:00:00.000Z",
  },
  {
    name: "a minute is a minute",
    window: "minute",
    now: "2026-11-25T13:07:59.999Z",
    start: "2026-11-25T13:07:00.000Z",
    end: "2026-11-25T13:08:00.000Z",
  },
  {
    name: "a lifetime begins at the epoch and does not end",
    window: "lifetime",
    now: "2026-11-25T13:07:59.999Z",
    start: "1970-01-01T00:00:00.000Z",
    end: null,
  },
] as const) {
  test(name, () => {
    assert.is(windowStart(window, new Date(now)).toISOString(), start);
    assert.is(windowEnd(window, new Date(now))?.toISOString() ?? null, end);
  });
}

const zoneOfTheMachine = process.env["TZ"];
for (const zone of ["Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns"]) {
  test(`a machine in ${zone} has the same windows`, () => {
    process.env["TZ"] = zone;
    try {
      assert.is.not(
        new Date("2026-03-08T07:00:00Z").getTimezoneOffset(),
        0,
        "the zone is in force",
      );
      for (const now of ["2026-03-07T23:59:59.900Z", "2026-03-08T00:00:00.100Z"]) {
        const day = now.slice(0, 10);
        assert.is(windowStart("day", new Date(now)).toISOString(), `${day}T00:00:00.000Z`);
        assert.is(windowStart("month", new Date(now)).toISOString(), "2026-03-01T00:00:00.000Z");
        assert.is(windowStart("week", new Date(now)).toISOString(), "2026-03-02T00:00:00.000Z");
      }
    } finally {
      if (zoneOfTheMachine === undefined) delete process.env["TZ"];
      else process.env["TZ"] = zoneOfTheMachine;
    }
  });
}

test("windows tile time: each begins where the one before ends, and holds its own instants", () => {
  const instants = fc.date({
    min: new Date("1970-01-05T00:00:00Z"),
    max: new Date("2200-01-01T00:00:00Z"),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(fc.constantFrom(...allowanceWindows), instants, (window, now) => {
      const start = windowStart(window, now);
      const end = windowEnd(window, now);
      assert.ok(start <= now);
      assert.is(windowStart(window, start).getTime(), start.getTime());
      if (end === null) return;
      assert.ok(now < end);
      assert.is(windowStart(window, end).getTime(), end.getTime());
      assert.is(windowStart(window, new Date(end.getTime() - 1)).getTime(), start.getTime());
      if (window === "week") assert.is(start.getUTCDay(), 1);
      if (window === "month") assert.is(start.getUTCDate(), 1);
    }),
  );
});

test("each reset of a key's limit has its window", () => {
  assert.equal(
    [null, "daily", "weekly", "monthly"].map((reset) => windowOfReset(reset as never)),
    ["lifetime", "day", "week", "month"],
  );
});

test.run();
