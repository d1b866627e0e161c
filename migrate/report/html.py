"""The report as one HTML file: no script, no request, its style and its charts inside it.

First the screen for whoever decides, then what concerns those who use what is moved, last what the engineer needs.
"""

from collections.abc import Iterable

from migrate.messages.numbers import moment, zone_of
from migrate.report.customer import customer_sections
from migrate.report.decider import first_screen, masthead
from migrate.report.engineer import engineer_sections
from migrate.report.headline import headline
from migrate.report.markup import Markup, join, tag
from migrate.report.page import Page
from migrate.report.story import Story
from migrate.report.style import STYLE, stacked
from migrate.report.summary import Summary

# Nothing may be loaded and nothing may run, whatever a customer's own text holds.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_CUSTOMER = (("moves", "report.moved"), ("changes", "report.changes"), ("lost", "report.losses"), ("todo", "html.todo"))
_ENGINEER = (
    ("schedule", "html.schedule"),
    ("forecast", "html.forecast"),
    ("held", "report.held"),
    ("steps", "html.steps-title"),
    ("findings", "html.findings"),
    ("proof", "report.proof"),
    ("times", "report.times"),
    ("documents", "html.documents"),
)


def render_html(summary: Summary, story: Story, lang: str, made_at: str) -> str:
    """The whole report in one language; `made_at` is printed as the time of the report."""
    zone_name = story.forecast.time_zone if story.forecast else ""
    zone = zone_of(zone_name, summary.deadline)
    page = Page(lang, zone)
    body = join(
        masthead(page, summary, made_at),
        tag("main", first_screen(page, summary, story), _contents(page), *_parts(page, summary, story)),
        tag("footer", tag("p", page.say("html.footer", zone=zone_name or _offset(page, made_at)))),
    )
    title = page.say("html.title", source=summary.source.cloud, target=summary.target.cloud)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        Markup('<link rel="icon" href="data:,">'),
        Markup(f"<style>{STYLE}{stacked(page.table_labels)}</style>"),
    )
    tone = headline(summary, story).tone
    return "<!doctype html>\n" + tag("html", head, Markup("\n"), tag("body", body, class_=tone), lang=lang) + "\n"


def _offset(page: Page, made_at: str) -> str:
    """The zone's offset as people write it, where it has no name."""
    offset = moment(made_at).astimezone(page.zone).strftime("%z")
    return "UTC" if offset in ("+0000", "") else f"UTC{offset[:3]}:{offset[3:]}"


def _contents(page: Page) -> Markup:
    links = (tag("a", page.say(title), href=f"#{anchor}") for anchor, title in (*_CUSTOMER, *_ENGINEER))
    return tag("nav", tag("ul", *(tag("li", link) for link in links)), aria_label=str(page.say("html.contents")))


def _parts(page: Page, summary: Summary, story: Story) -> Iterable[Markup]:
    for key, sections in (("customer", customer_sections), ("engineer", engineer_sections)):
        yield tag("p", page.say(f"html.part.{key}"), class_="part")
        yield sections(page, summary, story)
