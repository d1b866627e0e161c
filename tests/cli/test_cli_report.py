"""`decamp report` and the forecast: it is told as of now, and where there is none that is said."""

import json
from pathlib import Path

from msgspec.structs import replace

from migrate.documents import read_document, write_document
from migrate.forecast.forecast_records import Forecast
from migrate.messages import codes
from tests.cli.conftest import Decamp
from tests.cli.workspaces import edit


def test_without_a_forecast_every_format_says_how_to_have_one(decamp: Decamp, planned: Path) -> None:
    """There is none while the policy has mistakes that only a clock or an inventory tells."""
    edit(planned, tiers='{"server:nobody": 10}')
    assert "nobody" in decamp("-C", planned, "forecast").sentence
    for form in ("html", "md"):
        assert "decamp forecast" in decamp("-C", planned, "report", "-f", form, "-o", "-").out
    assert json.loads(decamp("-C", planned, "report", "-f", "json", "-o", "-").out)["forecast"] is None


def test_the_forecast_is_told_as_of_now_whatever_the_last_one_said(decamp: Decamp, planned: Path) -> None:
    """The one on disk gives its guard and its history, and is left as it is."""
    path = planned / "forecast.json"
    decamp("-C", planned, "forecast")
    long_ago = replace(read_document(path, Forecast), as_of="2020-01-01T00:00:00Z", first_as_of="2020-01-01T00:00:00Z")
    write_document(path, long_ago)
    before = path.read_bytes()
    assert decamp("-C", planned, "run", "--execute").code == 0
    values = json.loads(decamp("-C", planned, "report", "-f", "json", "-o", "-").out)
    told = values["forecast"]
    assert (told["as_of"], told["steps_left"]) == (values["made_at"], 0) and values["forecast_fits"]
    assert told["first_as_of"] == "2020-01-01T00:00:00Z" and len(told["history"]) == 2
    assert path.read_bytes() == before


def test_a_damaged_forecast_is_begun_anew_and_that_is_said(decamp: Decamp, planned: Path) -> None:
    (planned / "forecast.json").write_text("{")
    told = decamp("-C", planned, "report")
    assert told.code == 0 and codes.DOCUMENT_DAMAGED in told.err


def test_the_name_of_the_file_decides_its_format(decamp: Decamp, planned: Path, tmp_path: Path) -> None:
    for name, begins in (("a.html", "<!doctype html>"), ("a.md", "# "), ("a.json", "{"), ("a", "<!doctype html>")):
        decamp("-C", planned, "report", "-o", tmp_path / name)
        assert (tmp_path / name).read_text().startswith(begins)
