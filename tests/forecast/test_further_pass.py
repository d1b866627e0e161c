"""Whether another pass pays: only while more has changed than the last pass has to read anyway, or if it is old."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from migrate.forecast.further_pass import Limit, Why, choose, limit_of, speed_of
from migrate.ledger.ledger_records import TakenPass
from migrate.units import iso

GIB = 1 << 30
NOW = datetime(2026, 1, 10, 2, tzinfo=UTC)
DAY_S = 86_400.0


def taken(hours_ago: float, changed: int | None, read_s: float, *, used: int = 100 * GIB, disk: str = "d") -> TakenPass:
    return TakenPass(
        disk=disk,
        origin_id=f"o{hours_ago}",
        tree_digest="t",
        taken_at=iso(NOW - timedelta(hours=hours_ago)),
        used_bytes=used,
        read_bytes=used,
        stored_bytes=used if changed is None else changed,
        read_s=read_s,
        changed_bytes=changed,
    )


FIRST = taken(30, None, 10_000)  # all of it was sent: 10.24 MiB/s
QUICK = taken(10, GIB, 1_000)  # little was: read at 102.4 MiB/s


def test_one_pass_alone_is_not_repeated_while_it_is_fresh() -> None:
    assert choose([[taken(5, None, 10_000)]], NOW, DAY_S).why is Why.FRESH
    assert choose([[taken(25, None, 10_000)]], NOW, DAY_S).why is Why.OLD


def test_another_pass_saves_nothing_while_reading_is_the_longer_part() -> None:
    choice = choose([[FIRST, QUICK]], NOW, DAY_S)
    assert (choice.why, choice.read_s) == (Why.SAVES_NOTHING, 1_000)
    assert choice.send_s == pytest.approx(50, rel=0.01)  # half a GiB since, at 10.24 MiB/s


def test_it_pays_once_what_changed_takes_longer_to_send_than_all_of_it_to_read() -> None:
    busy = taken(10, 40 * GIB, 4_100)
    choice = choose([[FIRST, busy, taken(5, 20 * GIB, 1_000)]], NOW, DAY_S)
    assert (choice.why, choice.takes) == (Why.PAYS, True)
    assert choice.send_s == pytest.approx(2_000, rel=0.01) and choice.read_s == 1_000


def test_never_more_than_everything_has_changed() -> None:
    mad = taken(29, 90 * GIB, 9_000)
    assert choose([[FIRST, mad]], NOW, 10 * DAY_S).send_s == pytest.approx(100 * GIB / speed_of([[FIRST, mad]]).sent)


def test_a_server_is_as_old_as_its_oldest_disk_and_changes_with_all_of_them() -> None:
    other = [taken(30, None, 100, used=GIB, disk="e"), taken(26, GIB // 4, 50, used=GIB, disk="e")]
    assert choose([[FIRST, QUICK], other], NOW, DAY_S).why is Why.OLD
    rate = GIB / (20 * 3600) + GIB / 4 / (4 * 3600)
    assert speed_of([[FIRST, QUICK], other]).changed == pytest.approx(rate)


@pytest.mark.parametrize("when", ["", "yesterday"])
def test_a_pass_of_an_unknown_time_is_old(when: str) -> None:
    assert choose([[replace(FIRST, taken_at=when)]], NOW, DAY_S).why is Why.OLD


def test_what_no_further_pass_mends_is_one_of_two_things() -> None:
    assert limit_of([[FIRST, QUICK]], None) is None
    assert limit_of([[FIRST, QUICK]], 1_001) is None
    assert limit_of([[FIRST, QUICK]], 999) is Limit.BUDGET
    faster = [taken(2, None, 10_000), taken(1, 90 * GIB, 9_000)]
    assert limit_of([faster], 10) is Limit.CHANGES


def test_a_killed_pass_without_figures_counts_for_no_speed() -> None:
    bare = TakenPass(disk="d", origin_id="x", tree_digest="t", taken_at=iso(NOW), used_bytes=GIB)
    assert speed_of([[FIRST, QUICK, bare]])[:2] == speed_of([[FIRST, QUICK]])[:2]
    assert choose([[bare]], NOW, DAY_S).why is Why.FRESH
