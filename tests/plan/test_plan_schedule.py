"""The policy's deadline and schedule: what is read, and every kind of mistake, all at once and by its path."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.errors import ConfigError
from migrate.findings.inputs import open_case
from migrate.plan.schedule_problems import guard_s, items_of, schedule_problems
from migrate.policy.policy_records import Policy, Schedule
from migrate.policy.reader import parse_policy, read_policy
from migrate.policy.seal import policy_seal
from migrate.policy.spans import format_span, parse_span
from migrate.policy.template import render_policy
from tests.examples import few_examples
from tests.plan.policies import HEAD, problems
from tests.plan.tenants import policy, shop, target

NOW = datetime(2020, 1, 1, 12, tzinfo=UTC)
DEADLINE = "deadline: 2020-02-01T00:00:00+01:00\n"
RATE = "must be a rate such as 50 MiB/s, 10 MB/s or 100 Mbit/s"
SPAN = "must be a span of a year at most, such as 3 days, 36 hours or 90 minutes"
MOMENT = "must be a date and time with its offset, such as 2020-02-01T00:00:00+01:00"
IN_PARIS = "schedule: {time_zone: Europe/Paris}\n"


def found(text: str, now: datetime = NOW) -> list[str]:
    """All that `decamp forecast` would tell."""
    reading = read_policy(HEAD + text)
    late = schedule_problems(reading.policy, items_of(open_case(shop(), target(), reading.policy)), now)
    return [str(problem) for problem in (*reading.problems, *late)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # What the reader tells of by itself.
        ("deadline: 2020-02-01T00:00:00\n", f"deadline: {MOMENT}, not 2020-02-01T00:00:00"),
        ("deadline: 2020-02-30T00:00:00Z\n", f"deadline: {MOMENT}, not 2020-02-30T00:00:00Z"),
        ("deadline: 0001-01-01T00:00:00+14:00\n", f"deadline: {MOMENT}, not 0001-01-01T00:00:00+14:00"),
        ("schedule: []\n", "schedule: must be keys with values, not []"),
        ("schedule: {gard: 1 day}\n", "schedule.gard: is not a key of the policy, did you mean guard?"),
        (
            "schedule: {time_zone: Europe/Pari}\n",
            "schedule.time_zone: Europe/Pari is no time zone, did you mean Europe/Paris?",
        ),
        (
            "schedule: {time_zone: +01:00}\n",
            "schedule.time_zone: +01:00 is no time zone: use one such as Europe/Paris or UTC",
        ),
        (
            "schedule: {time_zone: ''}\n",
            "schedule.time_zone: names no time zone: use one such as Europe/Paris or UTC, or leave it out",
        ),
        ("deadline: 2020-W05-6T00:00:00Z\n", f"deadline: {MOMENT}, not 2020-W05-6T00:00:00Z"),
        ("deadline: 20200201T000000+0100\n", f"deadline: {MOMENT}, not 20200201T000000+0100"),
        ("deadline: ٢٠٢٠-02-01T00:00:00Z\n", f"deadline: {MOMENT}, not ٢٠٢٠-02-01T00:00:00Z"),
        (DEADLINE + "schedule: {guard: ٣ days}\n", f"schedule.guard: {SPAN}, not ٣ days"),
        (
            "schedule: {tiers: {server:web-1: '10'}}\n",
            'schedule.tiers.server:web-1: must be 10, 3 or 1, without quotes, not "10"',
        ),
        ("schedule: {time_zone: 2}\n", "schedule.time_zone: must be text: put 2 in quotes"),
        (DEADLINE + "schedule: {guard: -3 days}\n", f"schedule.guard: {SPAN}, not -3 days"),
        (DEADLINE + "schedule: {guard: 3}\n", f"schedule.guard: {SPAN}, not 3"),
        (DEADLINE + "schedule: {guard: 3 moons}\n", f"schedule.guard: {SPAN}, not 3 moons"),
        (DEADLINE + "schedule: {guard: 400 days}\n", f"schedule.guard: {SPAN}, not 400 days"),
        ("schedule: {tiers: [10]}\n", "schedule.tiers: must be `kind:id-or-name: 10` lines, not [10]"),
        ("schedule: {tiers: {web-1: 10}}\n", "schedule.tiers.web-1: must be kind:id-or-name, not web-1"),
        (
            "schedule: {tiers: {servr:web-1: 10}}\n",
            "schedule.tiers.servr:web-1: servr is no kind, did you mean server?",
        ),
        ("schedule: {tiers: {server:web-1: 5}}\n", "schedule.tiers.server:web-1: must be 10, 3 or 1, not 5"),
        ("schedule: {tiers: {server:web-1: true}}\n", "schedule.tiers.server:web-1: must be 10, 3 or 1, not true"),
        (
            "schedule: {deadlines: soon}\n",
            "schedule.deadlines: must be `kind:id-or-name: date and time` lines, not soon",
        ),
        ("schedule: {deadlines: {server:web-1: soon}}\n", f"schedule.deadlines.server:web-1: {MOMENT}, not soon"),
        (
            DEADLINE + "schedule: {deadlines: {server:web-1: '2020-02-01T00:00:01+01:00'}}\n",
            "schedule.deadlines.server:web-1: must not be after the deadline, 2020-02-01T00:00:00+01:00, but is "
            "2020-02-01T00:00:01+01:00",
        ),
        ("schedule: {capacities: fast}\n", "schedule.capacities: must be keys with values, not fast"),
        (
            "schedule: {capacities: {link: 1 MB/s}}\n",
            "schedule.capacities.link: is not a key of the policy, use one of source, target",
        ),
        ("schedule: {capacities: {source: 0 MB/s}}\n", f"schedule.capacities.source: {RATE}, not 0 MB/s"),
        ("schedule: {capacities: {source: -1 MB/s}}\n", f"schedule.capacities.source: {RATE}, not -1 MB/s"),
        ("schedule: {capacities: {target: 100}}\n", f"schedule.capacities.target: {RATE}, not 100"),
        ("schedule: {capacities: {target: 100 Mb/s}}\n", f"schedule.capacities.target: {RATE}, not 100 Mb/s"),
        (
            IN_PARIS + "deadline: 2020-07-01T00:00:00+01:00\n",
            "deadline: has not the offset of Europe/Paris at that time, write 2020-07-01T00:00:00+02:00 or use Z",
        ),
        (
            IN_PARIS + "deadline: 2020-03-29T02:30:00+01:00\n",
            "deadline: is a time that the clocks of Europe/Paris skip, 2020-03-29T02:30:00",
        ),
        (
            "schedule:\n  time_zone: Europe/Paris\n  deadlines: {server:web-1: '2020-07-01T00:00:00+01:00'}\n",
            "schedule.deadlines.server:web-1: has not the offset of Europe/Paris at that time, write "
            "2020-07-01T00:00:00+02:00 or use Z",
        ),
        (
            "limits: {windows: [mon 8:00-8:00 UTC]}\n",
            "limits.windows[0]: 8:00-8:00 begins when it ends: leave the hours out for whole days",
        ),
        # What takes a clock or an inventory.
        ("deadline: 2019-12-31T23:59:59Z\n", "deadline: has passed, 2019-12-31T23:59:59Z"),
        ("schedule: {guard: 1 day}\n", "schedule.guard: needs a deadline, and there is none"),
        (
            "deadline: 2020-01-04T12:00:00Z\nschedule: {guard: 3 days}\n",
            "schedule.guard: leaves no time, 3 days before a deadline that is 3 days away",
        ),
        (
            "schedule: {deadlines: {server:web-1: '2019-12-31T00:00:00Z'}}\n",
            "schedule.deadlines.server:web-1: has passed, 2019-12-31T00:00:00Z",
        ),
        (
            # A Wednesday; the windows open on Saturday the 4th, and there is to be an end on Friday.
            "deadline: 2020-01-05T00:00:00Z\nschedule: {guard: 2 days}\nlimits: {windows: [sat UTC, sun UTC]}\n",
            "limits.windows: never open before the deadline less its guard, but at 2020-01-04T00:00+00:00",
        ),
        (
            "deadline: 2020-01-05T00:00:00Z\nschedule: {guard: 2 days}\n"
            "waves: {servers: {server:web-1: late, server:db-1: early}, windows: {late: sat UTC, early: thu UTC}}\n",
            "waves.windows.late: never opens before the deadline less its guard: sat UTC",
        ),
        (
            "deadline: 2020-01-05T00:00:00Z\nschedule: {guard: 2 days}\nlimits: {windows: [thu UTC, sat UTC]}\n"
            "waves: {servers: {server:web-1: late}, windows: {late: sat UTC}}\n",
            "waves.windows.late: never opens before the deadline less its guard while limits.windows are open: sat UTC",
        ),
        (
            "deadline: 2020-01-20T00:00:00Z\nlimits: {windows: [mon UTC]}\n"
            "waves: {servers: {server:web-1: late}, windows: {late: tue UTC}}\n",
            "waves.windows.late: is never open while limits.windows are: tue UTC",
        ),
        ("schedule: {tiers: {server:wbe-1: 10}}\n", "schedule.tiers.server:wbe-1: names nothing at the source"),
        (
            "schedule: {deadlines: {'volume:x': '2020-01-20T00:00:00Z'}}\n",
            "schedule.deadlines.volume:x: names nothing at the source",
        ),
        (
            "skip: [server:web-1]\nschedule: {tiers: {server:web-1: 1}}\n",
            "schedule.tiers.server:web-1: is skipped by this policy",
        ),
    ],
)
def test_a_mistake_is_named_by_its_path(text: str, expected: str) -> None:
    assert found(text) == [expected]


def test_the_same_thing_by_name_and_by_id_is_a_mistake() -> None:
    (web,) = (server for server in shop().servers if server.name == "web-1")
    told = found(f"schedule: {{tiers: {{'server:{web.id}': 1, server:web-1: 10}}}}\n")
    assert told == [f"schedule.tiers.server:web-1: names the same as server:{web.id}"]


def test_all_mistakes_at_once_whoever_finds_them() -> None:
    told = found(
        "deadline: 2019-01-01T00:00:00Z\nlanguage: xx\nschedule:\n  guard: -1 day\n  time_zone: Mars\n"
        "  capacities: {source: 0 B/s}\n  tiers: {server:nobody: 10, 'disk:x': 1}\n"
    )
    assert sorted(problem.partition(": ")[0] for problem in told) == [
        "deadline",
        "language",
        "schedule.capacities.source",
        "schedule.guard",
        "schedule.tiers.disk:x",
        "schedule.tiers.server:nobody",
        "schedule.time_zone",
    ]


@pytest.mark.parametrize(
    "text",
    [
        DEADLINE + IN_PARIS,
        # Written in UTC, or as somebody elsewhere says it, a moment is what it is.
        "deadline: 2020-07-01T00:00:00Z\n" + IN_PARIS,
        "deadline: 2020-07-01T00:00:00-04:00\n" + IN_PARIS,
        # The hour that comes twice, both times.
        "deadline: 2020-10-25T02:30:00+02:00\n" + IN_PARIS,
        "deadline: 2020-10-25T02:30:00+01:00\n" + IN_PARIS,
        DEADLINE + "schedule: {guard: 0 days, deadlines: {server:web-1: '2020-02-01T00:00:00+01:00'}}\n",
        "deadline: 2020-01-05T12:00:00Z\nlimits: {windows: [sun UTC, fri UTC]}\n",
        "schedule: {deadlines: {server:web-1: '2020-01-20T00:00:00Z'}, tiers: {server:web-1: 10}}\n",
    ],
)
def test_what_is_no_mistake(text: str) -> None:
    assert found(text) == []


def test_a_full_schedule() -> None:
    text = (
        HEAD
        + DEADLINE
        + (
            "schedule:\n  time_zone: Europe/Paris\n  guard: 36 hours\n  tiers: {'server:web-1': 10}\n"
            "  deadlines: {'server:web-1': 2020-01-20T08:00:00+01:00}\n"
            "  capacities: {source: 100 Mbit/s, target: 1 GB/s}\n"
        )
    )
    assert parse_policy(text).schedule == Schedule(
        time_zone="Europe/Paris",
        guard_s=36 * 3600,
        tiers={"server:web-1": 10},
        deadlines={"server:web-1": "2020-01-20T08:00:00+01:00"},
        source_bytes_per_s=12_500_000,
        target_bytes_per_s=10**9,
    )


def test_the_plan_does_not_depend_on_the_schedule() -> None:
    assert policy_seal(policy(schedule=Schedule(guard_s=60))) == policy_seal(policy())


def test_the_reader_alone_tells_what_needs_no_clock() -> None:
    assert problems(HEAD + "schedule: {guard: x}\n") == [f"schedule.guard: {SPAN}, not x"]
    with pytest.raises(ConfigError):
        read_policy("- a\n")


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (timedelta(days=100), timedelta(days=15)),
        (timedelta(days=20), timedelta(days=3)),
        (timedelta(days=7), timedelta(days=3)),
        (timedelta(days=4), timedelta(days=2)),
        (timedelta(0), timedelta(0)),
    ],
)
def test_the_guard_by_default(left: timedelta, expected: timedelta) -> None:
    said = policy(deadline=(NOW + left).isoformat())
    assert guard_s(said, NOW) == expected.total_seconds()


def test_the_guard_that_is_named() -> None:
    assert guard_s(policy(deadline="2020-02-01T00:00:00Z", schedule=Schedule(guard_s=60)), NOW) == 60
    assert guard_s(policy(), NOW) == 0


@given(st.integers(0, 366 * 24 * 60).map(lambda minutes: 60 * minutes))
def test_a_span_is_written_and_read_back(seconds: int) -> None:
    assert parse_span(format_span(seconds)) == seconds


SELECTOR = st.text(min_size=1, max_size=9).filter(str.strip).map(lambda name: f"server:x{name}")


@few_examples(40)
@given(
    st.builds(
        Schedule,
        time_zone=st.sampled_from([None, "Europe/Paris", "UTC"]),
        guard_s=st.none() | st.integers(0, 9999).map(lambda minutes: 60 * minutes),
        tiers=st.dictionaries(SELECTOR, st.sampled_from([10, 3, 1]), max_size=3),
        deadlines=st.dictionaries(SELECTOR, st.just("2020-01-20T08:00:00Z"), max_size=3),
        source_bytes_per_s=st.none() | st.integers(1, 1 << 40),
        target_bytes_per_s=st.none() | st.integers(1, 1 << 40),
    )
)
def test_whatever_a_schedule_says_is_written_and_read_back(said: Schedule) -> None:
    whole: Policy = policy(schedule=said, deadline="2020-02-01T00:00:00Z")
    assert parse_policy(render_policy(whole)) == whole
