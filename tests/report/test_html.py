"""The HTML report: every number is traced, both languages say the same, nothing of a customer's becomes markup."""

import json
import re
from collections.abc import Callable
from functools import cache
from html import unescape
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from migrate.cli.commands.report import render
from migrate.forecast.forecast_records import Forecast, Reason, Verdict
from migrate.ledger.ledger_records import JournalLine
from migrate.messages.catalogue import phrases
from migrate.report.headline import headline
from migrate.report.html import GROUP_CAP, STEPS_CAP, TABLE_CAP, render_html
from migrate.report.summary import summarise
from migrate.report.totals_and_steps import Story
from tests.report.cases import AFTER, CUT_OVER_TWICE, DOUBT, FAILED, MADE, STOP, case, few_runs, finished, own, page_of
from tests.report.examples import EXAMPLES, MADE_AT, example, half_way
from tests.report.make_golden import GOLDEN, reports
from tests.report.tracing import Reader, read, resolve, shown_value


def test_a_downtime_is_that_of_the_last_stop_until_the_server_was_there() -> None:
    (one,) = finished()[0].downtimes
    assert (one.began, one.measured_s, one.p50_s, one.p90_s) == (5000.0, 3600.0, 600.0, 5400.0)
    # A health check that was planned then counts; one that the plan got later does not.
    checked = JournalLine(step_id="server:s1:health", stage="server.check", started_at=8600.0, ended_at=8900.0)
    late = replace(CUT_OVER_TWICE, journal=(*CUT_OVER_TWICE.journal, checked))
    assert [x.measured_s for x in summarise(late).downtimes] == [3600.0]
    planned = replace(CUT_OVER_TWICE.predicted[STOP], up=(MADE, checked.step_id))
    assert [x.measured_s for x in summarise(replace(late, predicted={STOP: planned})).downtimes] == [3900.0]
    again = JournalLine(step_id=STOP, stage="server.stop", started_at=9500.0, ended_at=9501.0)
    assert not summarise(replace(CUT_OVER_TWICE, journal=(*CUT_OVER_TWICE.journal, again))).downtimes
    assert "Measured downtimes" in render(*finished(), "html", "en", MADE_AT)
    assert "arrêt mesurées" in unescape(render(*finished(), "html", "fr", MADE_AT))
    table = render(*finished(), "md", "en", MADE_AT).replace("\xa0", " ")
    assert "| server:s1 | 1 h | 10 min | 1 h 30 min |" in table


HALVES = [f"{name}-half" for name in EXAMPLES]
CASES = [*EXAMPLES, *HALVES, "shop-bare", "finished"]


@cache
def read_of(name: str, lang: str) -> Reader:
    """The page as it reads; nobody changes it."""
    return read(page_of(name, lang))


@cache
def both(name: str, lang: str) -> tuple[str, dict[str, Any]]:
    body: dict[str, Any] = json.loads(render(*case(name), "json", lang, MADE_AT))
    return page_of(name, lang), body


# ---------------------------------------------------------------- where the numbers come from


@pytest.mark.parametrize("name", CASES)
def test_every_number_is_one_of_the_json_report(name: str) -> None:
    """And nothing else stands on the page that should not: all that needs both pages and reports, which take long."""
    for lang in ("en", "fr"):
        each_number_is_of_the_json_report(name, lang)
        no_other_number_is_told(name, lang)
        each_word_is_in_its_language(name, lang)
    both_languages_tell_the_same_numbers_in_the_same_places(name)
    nothing_is_asked_for(page_of(name, "en"), name)


def each_number_is_of_the_json_report(name: str, lang: str) -> None:
    _, body = both(name, lang)
    reader = read_of(name, lang)
    assert reader.told
    for told in reader.told:
        if told.of == "#rows":
            assert int(told.value) in (TABLE_CAP, GROUP_CAP, STEPS_CAP)
            continue
        value = resolve(body, told.of)
        if told.is_moment:
            assert value == told.value, told
            continue
        assert float(value) == float(told.value), told
        shown, off = shown_value(told.shown)
        assert abs(shown - float(told.value)) <= off, told


def no_other_number_is_told(name: str, lang: str) -> None:
    """But what texts and names hold."""
    _, body = both(name, lang)
    known = " ".join([*_strings(body), *phrases(lang).values()])
    for words in sorted(set(read_of(name, lang).words)):
        for word in re.findall(r"\S*\d\S*", words):
            assert word.strip("()[],;:…«».").removeprefix("UTC") in known, (word, words)


def each_word_is_in_its_language(name: str, lang: str) -> None:
    """No key of a phrase that is lacking shows through."""
    text = " ".join(read_of(name, lang).words)
    assert not re.search(r"\b(html|report|col)\.[a-z-]+\b(?!\.)", text.replace("decamp report", ""))


def both_languages_tell_the_same_numbers_in_the_same_places(name: str) -> None:
    english, french = (read_of(name, lang) for lang in ("en", "fr"))
    assert [(one.of, one.value) for one in english.told] == [(one.of, one.value) for one in french.told]
    assert english.words != french.words

    def shape(page: str) -> list[str]:
        return re.findall(r"<(\w+)|\bid=\"([^\"]+)\"|DCP-\d{3}", page)

    assert shape(page_of(name, "en")) == shape(page_of(name, "fr"))


def nothing_is_asked_for(page: str, name: str) -> None:
    assert "default-src 'none'" in unescape(page)
    assert not re.search(r"\b(?:src|srcset|action)=|url\(|@import|<script|http://|https://", page), name
    assert all(target.startswith(("#", "data:")) for target in re.findall(r'href="([^"]*)"', page))


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [one for key, inner in value.items() for one in (str(key), *_strings(inner))]
    if isinstance(value, list):
        return [one for inner in value for one in _strings(inner)]
    return [" ".join(value.split())] if isinstance(value, str) else []


@pytest.mark.parametrize("name", HALVES)
def test_the_json_report_is_a_count_or_a_copy_of_plan_ledger_and_forecast(name: str) -> None:
    _, plan, inputs, *_ = example(name.removesuffix("-half"))
    summary, story = case(name)
    _, body = both(name, "en")
    journal = half_journal(story)
    assert body["forecast"] == json.loads(msgspec.json.encode(story.forecast))
    assert body["read_bytes"] == sum(step.size_bytes for step in plan.steps if step.reads_content)
    assert body["read_bytes"] == sum(total["size_bytes"] for total in body["kinds"])
    assert body["moved_count"] == len(summary.moved) == sum(total["moved"] for total in body["kinds"])
    assert [step["id"] for step in body["steps"]] == [step.id for step in plan.steps]
    assert [step["size_bytes"] for step in body["steps"]] == [step.content_bytes for step in plan.steps]
    assert body["steps_total"] == len(plan.steps) == sum(body["counts"].values())
    assert body["steps_done"] == body["counts"]["done"]
    assert body["moved_bytes"] == journal
    assert body["burn"][-1]["left_bytes"] == body["planned_bytes"] - body["done_bytes"]
    found = {level: sum(f.level == level for f in inputs.findings) for level in ("changes", "advice")}
    assert found == {level: body["found"][level] for level in found}
    assert sum(body["found"].values()) == len(inputs.findings)
    assert sum(group["count"] for group in body["groups"] if group["when"] is None) == len(inputs.findings)


def half_journal(story: Story) -> int:
    """In the examples a finished step moved exactly its bytes."""
    return sum(step.size_bytes for step in story.steps if step.state == "done")


# ---------------------------------------------------------------- what the first screen says


def changed(**more: object) -> Callable[[Forecast], Forecast]:
    return lambda forecast: replace(forecast, **more)


@pytest.mark.parametrize(
    ("change", "tone", "key"),
    [
        (changed(verdict=Verdict.GREEN, calibrated=True), "good", "html.head.GREEN"),
        (changed(verdict=Verdict.AMBER), "fair", "html.head.AMBER-paper"),
        (changed(verdict=Verdict.AMBER, evacuated_p90="2020-03-01T00:00:00Z"), "fair", "html.head.AMBER"),
        (changed(verdict=Verdict.RED), "bad", "html.head.RED"),
        (changed(verdict=Verdict.UNKNOWN), "none", "html.head.UNKNOWN"),
        (changed(verdict=Verdict.GREEN, why=(Reason(key="why.nothing-to-read"),)), "good", "html.head.GREEN-read"),
        (changed(verdict=Verdict.AMBER, why=(*DOUBT, FAILED)), "fair", "html.head.AMBER-doubt"),
        (changed(verdict=Verdict.AMBER, late=(own(p90=AFTER),)), "fair", "html.head.AMBER-own"),
        (changed(verdict=Verdict.RED, late=(own(p50=AFTER, p90=AFTER),)), "bad", "html.head.RED-own"),
        (changed(verdict=Verdict.RED, late=(own(p50=AFTER, p90=AFTER),), evacuated_p50=AFTER), "bad", "html.head.RED"),
    ],
)
def test_the_headline_is_the_forecasts_verdict(change: Callable[[Forecast], Forecast], tone: str, key: str) -> None:
    summary, story = case("shop")
    assert story.forecast
    told = replace(story, forecast=change(story.forecast))
    assert headline(summary, told) == (tone, key)
    facts = {"source": summary.source.cloud, "item": "server:web", "at": "10\xa0Jan\xa02020, 01:00"}
    said = re.sub(r"<(?!/?h2)[^>]*>", "", render_html(summary, told, "en", MADE_AT))
    assert phrases("en")[key].format(**facts) in said


def test_without_a_forecast_the_report_says_so_and_how_to_have_one() -> None:
    page = render_html(*case("shop-bare"), "en", MADE_AT)
    assert phrases("en")["html.head.no-forecast"] in page
    assert "<code>decamp forecast</code>" in page


def test_a_forecast_of_an_earlier_plan_is_said_to_be_one() -> None:
    summary, story = case("shop")
    stale = replace(story, forecast_fits=False)
    assert "made for an earlier plan" in render_html(summary, stale, "en", MADE_AT)
    assert "made for an earlier plan" not in render_html(summary, story, "en", MADE_AT)


def test_uncalibrated_is_said_beside_the_dates() -> None:
    summary, story = case("shop")
    assert phrases("fr")["html.uncalibrated"].split("\u202f;")[0] in render_html(summary, story, "fr", MADE_AT)


def test_a_forecast_without_an_end_in_sight_has_a_report() -> None:
    summary, story = case("shop")
    assert story.forecast
    never = replace(
        story.forecast, evacuated_p50=None, evacuated_p90=None, finish_p50=None, finish_p90=None, verdict=Verdict.RED
    )
    assert phrases("en")["html.no-end"] in render_html(summary, replace(story, forecast=never), "en", MADE_AT)


# ---------------------------------------------------------------- safe, small, quick


def test_a_customers_text_never_becomes_markup() -> None:
    summary, story = case("shop")
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\x07"
    moved = tuple(replace(row, name=evil) for row in summary.moved)
    losses = tuple(replace(found, name=evil) for found in summary.losses)
    steps = tuple(replace(step, name=evil) for step in story.steps)
    page = render_html(
        replace(summary, moved=moved, losses=losses, source=replace(summary.source, cloud=evil)),
        replace(story, steps=steps),
        "en",
        MADE_AT,
    )
    assert "<script" not in page and "<img" not in page and "\x07" not in page
    assert "&lt;script&gt;" in page


def test_each_link_has_its_place() -> None:
    page, _ = both("works-half", "fr")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_fifty_servers_are_less_than_a_megabyte_and_what_is_capped_says_how_many_there_are() -> None:
    """And every number is one of the JSON report, as above."""
    test_every_number_is_one_of_the_json_report("large")
    for lang in ("en", "fr"):
        assert len(page_of("large", lang).encode()) <= 1_000_000
    _, body = both("large", "en")
    assert body["steps_total"] > STEPS_CAP
    assert [told for told in read_of("large", "en").told if told.of == "#rows" and int(told.value) == STEPS_CAP]
    assert len(body["steps"]) == body["steps_total"]


def test_the_same_inputs_make_the_same_bytes() -> None:
    with few_runs():
        first, second = (render(*half_way(example("works")), "html", "fr", MADE_AT) for _ in range(2))
    assert first == second


def test_the_examples_have_their_golden_reports_to_the_byte() -> None:
    """After a change that is meant: `python -m tests.report.make_golden`."""
    made = reports()
    assert sorted(made) == sorted(path.name for path in GOLDEN.glob("*"))
    for name, content in made.items():
        assert content == (GOLDEN / name).read_text(), name
