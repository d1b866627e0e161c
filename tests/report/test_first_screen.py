"""What the first screen and the Markdown report say of a forecast, and what they must not say."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from migrate.findings.finding import finding
from migrate.forecast.forecast_records import Forecast, Reason, Verdict
from migrate.messages import codes
from migrate.messages.catalogue import phrases
from migrate.report.axis import Axis
from migrate.report.headline import headline
from migrate.report.html import render_html
from migrate.report.markdown import render_markdown
from migrate.report.summary import Summary
from migrate.report.totals_and_steps import Story, groups_of
from tests.report.cases import AFTER, DOUBT, FAILED, case, own
from tests.report.examples import MADE_AT

READ = (Reason(key="why.evacuated", facts={"at": "2020-01-03T00:00:00Z"}),)


def html(summary: Summary, story: Story, lang: str = "en") -> str:
    return plain(unescape(re.sub(r"<[^>]*>", "", render_html(summary, story, lang, MADE_AT))))


def screen(lang: str = "en", **more: Any) -> str:
    """The card with the verdict, as text."""
    page = render_html(*told(**more), lang, MADE_AT)
    card = re.search(r'<section class="verdict.*?</section>', page, re.DOTALL)
    assert card
    return plain(unescape(re.sub(r"<[^>]*>", "", card[0])))


def markdown(lang: str = "en", **more: Any) -> str:
    return plain(render_markdown(*told(**more), lang, MADE_AT))


def plain(text: str) -> str:
    """The text with plain spaces, whichever of them keep a line together."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def told(**more: object) -> tuple[Summary, Story]:
    summary, story = case("shop")
    assert story.forecast
    return summary, replace(story, forecast=replace(story.forecast, **more))


def forecast_of(story: Story) -> Forecast:
    assert story.forecast
    return story.forecast


# ---------------------------------------------------------------- of which moment, of which plan


def test_it_says_when_the_forecast_was_made() -> None:
    assert "Forecast as of 4 Jan 2020, 09:12." in screen()
    assert "Prévision établie le 4 janv. 2020 à 9 h 12." in screen("fr")


@pytest.mark.parametrize("verdict", [Verdict.GREEN, Verdict.RED])
def test_a_forecast_of_an_earlier_plan_has_no_tone_and_says_so_first(verdict: Verdict) -> None:
    summary, story = told(verdict=verdict)
    stale = replace(story, forecast_fits=False)
    assert headline(summary, stale) == ("none", "html.head.stale")
    text = html(summary, stale)
    assert phrases("en")["html.decide.red"] not in text
    assert text.index("made for an earlier plan: run") < text.index("Everything must be out by")
    assert f"**{phrases('fr')['html.head.stale']}**" in render_markdown(summary, stale, "fr", MADE_AT)


# ---------------------------------------------------------------- what it rests on


@pytest.mark.parametrize(
    ("reading", "everything", "key"),
    [(True, True, "calibrated"), (True, False, "calibrated-reading"), (False, False, "uncalibrated")],
)
def test_times_are_said_to_be_measured_only_where_all_are(reading: bool, everything: bool, key: str) -> None:
    for lang in ("en", "fr"):
        card = screen(lang, calibrated=reading, calibrated_all=everything)
        for one in ("calibrated", "calibrated-reading", "uncalibrated"):
            assert (plain(phrases(lang)[f"html.{one}"]) in card) is (one == key)
        assert plain(phrases(lang)[f"html.{key}"]) in markdown(lang, calibrated=reading, calibrated_all=everything)


def test_one_word_for_calibrated_in_french() -> None:
    assert not [key for key, text in phrases("fr").items() if "calibr" in text.replace("étalonn", "")]


# ---------------------------------------------------------------- done


def done(**more: Any) -> tuple[Summary, Story]:
    summary, story = case("finished")
    counts = {"done": 6}
    clean = replace(summary, counts=counts, differences=0, unread=0, not_same=(), left_out=(), evidence_fits=True)
    ours = {key: value for key, value in more.items() if key.startswith("open_")}
    rest = {key: value for key, value in more.items() if key not in ours}
    groups = tuple(group for group in story.groups if group.of != "left_out")
    return replace(clean, **rest), replace(story, groups=groups, **ours)


def test_done_is_a_success_only_where_nothing_was_left_out_or_undecided() -> None:
    left_out = case("finished")[0].left_out
    assert headline(*done()) == ("good", "html.head.done")
    for short in ({"open_losses": 1}, {"open_blocks": 1}, {"left_out": left_out}):
        assert headline(*done(**short)) == ("fair", "html.head.done")
    for bad in ({"differences": 1}, {"unread": 1}):
        assert headline(*done(**bad)) == ("bad", "html.head.differs")
    assert "Everything in the plan has been moved and verified" in html(*done())
    assert "Tout ce que prévoit le plan est déplacé et vérifié" in html(*done(), lang="fr")


# ---------------------------------------------------------------- the end


def test_no_end_is_not_missed_where_nothing_is_left_to_read() -> None:
    never: dict[str, Any] = {"evacuated_p50": None, "evacuated_p90": None}
    assert phrases("en")["html.no-end"] in screen(**never) and phrases("en")["html.no-end"] in markdown(**never)
    for why in (READ, (Reason(key="why.nothing-to-read"),)):
        assert phrases("en")["html.no-end"] not in screen(why=why, **never) + markdown(why=why, **never)


def test_green_is_about_the_source_and_says_so_where_the_target_comes_later() -> None:
    plain: dict[str, Any] = {"verdict": Verdict.GREEN, "calibrated": True}
    summary, _ = told()
    source, target = summary.source.cloud, summary.target.cloud
    assert f"Everything will be out of {source} in time" in screen(**plain)
    assert f"Tout sera sorti de {source} à temps" in screen("fr", **plain)
    late = f"{target} will only be complete after {source} is switched off."
    maybe = f"{target} may only be complete after {source} is switched off."
    assert late not in screen(**plain) and maybe not in screen(**plain)
    for form in (screen, markdown):
        assert late in form(finish_p50=AFTER, finish_p90=AFTER, **plain)
        assert maybe in form(finish_p90=AFTER, **plain) and maybe in form(finish_p90=None, **plain)


# ---------------------------------------------------------------- why


def test_the_real_reason_comes_before_any_date() -> None:
    why = (*DOUBT, FAILED)
    for lang, reason in (("en", "failed steps: 3"), ("fr", "étapes en échec : 3")):
        card = screen(lang, verdict=Verdict.AMBER, why=why)
        assert plain(phrases(lang)["html.head.AMBER-paper"]) not in card
        assert card.index(reason) < card.index(phrases(lang)["html.must-end"])
        assert card.count(reason) == 1 and reason in markdown(lang, verdict=Verdict.AMBER, why=why)


def test_uncalibrated_alone_fits_on_paper() -> None:
    paper = phrases("en")["html.head.AMBER-paper"]
    assert paper in screen(verdict=Verdict.AMBER, why=DOUBT)
    assert paper not in screen(verdict=Verdict.AMBER, why=DOUBT, late=(own(p90=AFTER),))
    assert paper in screen(verdict=Verdict.AMBER, why=DOUBT, late=(own(),))


def test_an_item_that_misses_its_own_date_is_named_and_not_said_to_be_a_maybe() -> None:
    why = (*DOUBT, Reason(key="why.own-late", facts={"selector": "server:web", "date": "2020-01-10T00:00:00Z"}))
    for end, expected in ((AFTER, "it is expected on 1 Mar 2020, 01:00."), (None, "no end is in sight.")):
        card = screen(verdict=Verdict.RED, why=why, late=(own(p50=end, p90=end),))
        assert f"server:web will miss its own date, 10 Jan 2020, 01:00: {expected}" in card
        assert "may miss" not in card
        assert expected in markdown(verdict=Verdict.RED, why=why, late=(own(p50=end, p90=end),))
    maybe = screen(verdict=Verdict.AMBER, why=why, late=(own(p90=AFTER),))
    assert maybe.count("server:web may miss its own date") == 2


def test_runs_are_out_of_the_source_in_time_and_never_all_of_them_while_reading_goes_on() -> None:
    source = case("shop")[0].source.cloud
    for share, shown in ((1.0, "more than 99%"), (0.996, "more than 99%"), (0.0, "less than 1%"), (0.5, "50%")):
        said = f"Of 1,000 simulated runs, {shown} are out of {source} in time."
        assert said in screen(p_on_time=share, runs=1000) and said in markdown(p_on_time=share, runs=1000)
    assert f"Sur 1 000 simulations, plus de 99 % finissent de lire {source} à temps." in screen(
        "fr", p_on_time=1.0, runs=1000
    )
    assert "simulated runs" not in screen(p_on_time=1.0, runs=1000, why=READ) + markdown(
        p_on_time=1.0, runs=1000, why=READ
    )


# ---------------------------------------------------------------- losses


def test_the_losses_say_how_many_are_undecided() -> None:
    summary, story = case("shop")
    for found, undecided, shown in (
        (3, 3, "to accept or prevent"),
        (3, 2, "2 still undecided"),
        (3, 0, "all decided"),
    ):
        some = replace(story, found={**story.found, "losses": found}, open_losses=undecided)
        page = render_html(summary, some, "en", MADE_AT)
        tile = re.search(r'<a href="#lost"><span class="what">.*?</a>', page)
        assert tile and shown in re.sub(r"<[^>]*>", "", tile[0])


# ---------------------------------------------------------------- words


def test_verdicts_are_words_of_the_language() -> None:
    for lang, words in (
        ("en", ["GREEN", "AMBER", "RED", "no verdict"]),
        ("fr", ["VERT", "ORANGE", "ROUGE", "pas de verdict"]),
    ):
        for verdict, word in zip(Verdict, words, strict=True):
            summary, story = told(verdict=verdict)
            assert f"Verdict{word}" in html(summary, story, lang)
            assert f"| Verdict | {word} |" in render_markdown(summary, story, lang, MADE_AT)
            if lang == "fr":
                assert verdict.value not in html(summary, story, lang) + render_markdown(summary, story, lang, MADE_AT)


def test_the_history_tells_its_verdicts_in_french_too() -> None:
    summary, story = case("works-half")
    assert forecast_of(story).history
    assert not re.search(r"\b(GREEN|AMBER|RED)\b", html(summary, story, "fr"))


def test_french_counts_sizes_in_octets() -> None:
    sizes = re.compile(r"\d[  ]?(?:[KMGT]i)?B\b")
    for name in ("works-half", "big-buckets", "shop"):
        summary, story = case(name)
        assert not sizes.search(html(summary, story, "fr") + render_markdown(summary, story, "fr", MADE_AT))


def test_what_is_moved_has_a_state_of_no_gender_in_french() -> None:
    summary, story = case("works-half")
    table = (
        render_markdown(summary, story, "fr", MADE_AT).split("## Ce qui change")[0].split("## Ce qui est déplacé")[1]
    )
    assert "en place" in table and "faite" not in table


# ---------------------------------------------------------------- Markdown


def test_the_markdown_tells_chance_alarm_and_own_dates() -> None:
    page = markdown(late=(own(p90=AFTER),), p_on_time=0.5, stalled_since="2020-01-03T00:00:00Z")
    assert "Nothing has moved since 3 Jan 2020, 01:00: find out why." in page
    assert "| server:web | 10 Jan 2020, 01:00 | 8 Jan 2020, 01:00 | 1 Mar 2020, 01:00 | 20% |".replace(" ", "") in (
        re.sub(r"\s", "", page)
    )
    assert phrases("en")["html.late"] == "Items with their own date" and "minus a safety margin of" in page


def test_a_customers_text_is_no_markup_in_markdown() -> None:
    evil = "<img src=x onerror=alert(1)>[a](javascript:b)"
    summary, story = told(late=(replace(own(), selector=evil),))
    found = finding(codes.SNAPSHOTS_LEFT, "snapshot:n1", evil, volume=evil, size_gib=1)
    bad = replace(
        summary,
        losses=(found,),
        advice=(found,),
        source=replace(summary.source, cloud=evil),
        moved=tuple(replace(row, name=evil, old={"address": evil}) for row in summary.moved),
    )
    story = replace(story, groups=groups_of(bad))
    for lang in ("en", "fr"):
        page = render_markdown(bad, story, lang, MADE_AT)
        assert "<img" not in page and not re.search(r"(?<!\\)\](?<!\\)\(javascript", page)
        assert "&lt;img" in page


def test_a_name_cannot_turn_the_text_around_it() -> None:
    summary, story = case("shop")
    name = "a\u202egnp.exe\u2066b"
    turned = replace(summary, moved=tuple(replace(row, name=name) for row in summary.moved))
    for page in (render_html(turned, story, "en", MADE_AT), render_markdown(turned, story, "en", MADE_AT)):
        assert r"a\u202egnp.exe\u2066b" in page.replace(r"\\", "\\") and not re.search(
            "[\u202a-\u202e\u2066-\u2069]", page
        )


# ---------------------------------------------------------------- when the clock is changed


@pytest.mark.parametrize(
    ("start", "labels"),
    [
        (datetime(2020, 3, 28, 22, tzinfo=UTC), ["23:00", "29 Mar", "01:00", "03:00", "04:00", "05:00"]),
        (datetime(2020, 10, 24, 22, tzinfo=UTC), ["25 Oct", "01:00", "02:00", "02:00", "03:00", "04:00"]),
    ],
)
def test_ticks_are_an_hour_apart_when_the_clock_is_changed(start: datetime, labels: list[str]) -> None:
    axis = Axis(start, start + timedelta(hours=5), 0, 100)
    ticks = list(axis.ticks(ZoneInfo("Europe/Paris"), 7, "en"))
    assert [label.replace("\u00a0", " ") for _, label in ticks] == labels
    assert [axis.x(at) for at, _ in ticks] == pytest.approx([0, 20, 40, 60, 80, 100])


def test_ticks_further_apart_stay_on_round_hours_of_the_wall() -> None:
    start = datetime(2020, 10, 24, 10, tzinfo=UTC)
    axis = Axis(start, start + timedelta(hours=30), 0, 100)
    labels = [label.replace("\u00a0", " ") for _, label in axis.ticks(ZoneInfo("Europe/Paris"), 7, "en")]
    assert labels == ["12:00", "18:00", "25 Oct", "06:00", "12:00"]
