"""The cloud's own time, by the `Date` of its answers."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from migrate.clouds.openstack.cloud_clock import CloudClock
from migrate.inventory.scan_project import scan
from tests.openstack.fake_openstack import FakeServer, Open, Reply, keystone
from tests.openstack.served_tenant import Tenant, serve


@pytest.mark.parametrize("ahead", [timedelta(hours=-25), timedelta(hours=1)])
def test_a_scan_is_dated_by_the_clouds_clock(fake: FakeServer, open_shop: Open, ahead: timedelta) -> None:
    serve(fake, Tenant(servers=0, volumes=0, containers=0))
    cloud = open_shop()
    dated = {"Date": format_datetime(datetime.now(UTC) + ahead, usegmt=True)}
    fake.on("GET /compute/v2.1/flavors/detail", Reply(200, {"flavors": []}, dated))
    told = scan(cloud, "source")
    there = datetime.fromisoformat(str(told.facts.clock)) - datetime.fromisoformat(told.taken_at)
    assert abs(there - ahead) < timedelta(seconds=60)


def test_without_a_date_nothing_is_said(fake: FakeServer, open_shop: Open) -> None:
    keystone(fake)
    serve(fake, Tenant(servers=0, volumes=0, containers=0))
    assert not scan(open_shop(), "source").facts.clock


@pytest.mark.parametrize(
    "date", [None, "", "tomorrow", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 +1400"]
)
def test_a_date_that_is_none_is_passed_over(date: str | None) -> None:
    clock = CloudClock()
    clock.heard(date)
    assert clock.now() == ""
    clock.heard("Fri, 27 Nov 2026 10:00:00 GMT")
    clock.heard(date)
    assert clock.now().startswith("2026-11-27T10:00:0")
