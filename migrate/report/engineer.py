"""For whoever runs it: the forecast with the origin of its numbers, every step, every finding, proof and times."""

from migrate.messages.catalogue import text
from migrate.report.blocks import NOTHING, Row, facts, folded, groups_of, section, table
from migrate.report.charts import both, burn_down, gantt
from migrate.report.foretold import forecast_section, origin
from migrate.report.markdown import note_text
from migrate.report.markup import Content, Markup, join, tag
from migrate.report.page import Page, pointer
from migrate.report.story import Story
from migrate.report.summary import Summary

STEPS_CAP = 1000


def engineer_sections(page: Page, summary: Summary, story: Story) -> Markup:
    return join(
        _schedule(page, summary, story),
        forecast_section(page, story),
        _held(page, summary),
        _steps(page, story),
        _all_findings(page, summary, story),
        _proof(page, summary),
        _times(page, summary, story),
        _documents(page, summary, story),
    )


# ---------------------------------------------------------------- when it runs, how it went


def _schedule(page: Page, summary: Summary, story: Story) -> Markup:
    parts: list[Content] = []
    if len(story.burn) > 1:
        parts += [
            tag("h3", page.say("html.burn-title")),
            both(lambda width: burn_down(page, summary, story, width) or Markup("")),
            tag("p", page.say("html.burn-note"), class_="note"),
        ]
    if story.forecast and any(step.start_s is not None for step in story.steps):
        keys = ("read", "write", "verify", "other")
        legend = [tag("li", tag("i", class_=f"s-{key}"), page.say(f"html.stage.{key}")) for key in keys]
        parts += [
            tag("h3", page.say("html.gantt-title")),
            tag("ul", *legend, class_="legend", aria_hidden="true"),
            both(lambda width: gantt(page, story, width) or Markup("")),
            tag("p", page.say("html.gantt-note"), class_="note"),
        ]
    if not parts:
        parts = [tag("p", page.say("html.no-schedule", command=tag("code", "decamp forecast")))]
    return section(page, "schedule", "html.schedule", *parts)


# ---------------------------------------------------------------- steps and findings


def _held(page: Page, summary: Summary) -> Markup:
    rows: list[Row] = [
        (
            pointer("held", i),
            (
                one.name,
                tag("code", one.step_id),
                tag("span", page.say(f"state.{one.state.value}"), class_=f"state {one.state.value}"),
                join(one.code, " ", text(one.code, page.lang, one.facts)) if one.code else "",
            ),
        )
        for i, one in enumerate(summary.held)
    ]
    if not rows:
        return section(page, "held", "report.held", tag("p", page.say("html.held-none")))
    whole = page.count(len(rows), "#length:/held")
    return section(
        page,
        "held",
        "report.held",
        table(page, "html.held", ("col.name", "col.step", "col.state", "col.why"), rows, whole=whole),
    )


def _steps(page: Page, story: Story) -> Markup:
    has_estimates = any(step.p50_s is not None for step in story.steps)
    columns = ["col.step", "col.name", "col.do", "col.state", "html.col.after", "col.size"]
    columns += ["html.col.p50", "html.col.p90", "html.col.origin"] if has_estimates else []
    rows: list[Row] = []
    for index, step in enumerate(story.steps[: STEPS_CAP + 1]):
        cells: list[Content] = [
            tag("code", step.id),
            step.name,
            join(step.do, " ", tag("span", step.gate, class_="gate") if step.gate else None),
            tag("span", page.say(f"state.{step.state.value}"), class_=f"state {step.state.value}"),
            page.count(step.needs, "needs") if step.needs else NOTHING,
            page.size(step.size_bytes, "size_bytes") if step.size_bytes else NOTHING,
        ]
        if has_estimates:
            known = step.p50_s is not None and step.p90_s is not None and step.origin
            cells += (
                [page.span(step.p50_s or 0, "p50_s"), page.span(step.p90_s or 0, "p90_s")]
                if known
                else [NOTHING, NOTHING]
            )
            cells += [origin(page, str(step.origin)) if known else NOTHING]
        rows.append((pointer("steps", index), cells))
    whole = page.count(story.steps_total, "/steps_total")
    made = table(page, "html.steps", columns, rows, whole=whole, numeric=(4, 5, 6, 7), cap=STEPS_CAP, fold=True)
    return section(page, "steps", "html.steps-title", made, lead=page.say("html.steps-lead"))


def _all_findings(page: Page, summary: Summary, story: Story) -> Markup:
    parts: list[Content] = []
    for of, level in (("blocks", "blocks"), ("losses", "loses"), ("changes", "changes"), ("advice", "advice")):
        groups = [(i, one) for i, one in enumerate(story.groups) if one.of == of and one.when is None]
        if groups:
            name = join(page.say(f"html.level.{level}"), " (", page.count(story.found[of], f"/found/{of}"), ")")
            parts.append(folded(name, groups_of(page, summary, groups)))
    return section(page, "findings", "html.findings", *(parts or [tag("p", page.say("html.findings-none"))]))


# ---------------------------------------------------------------- proof, times, documents


def _proof(page: Page, summary: Summary) -> Markup:
    if summary.differences is None:
        return section(
            page, "proof", "report.proof", tag("p", page.say("html.not-verified", command=tag("code", "decamp verify")))
        )
    said = page.say(
        "html.verified" if summary.evidence_fits else "html.verified-old",
        count=page.count(summary.differences, "/differences"),
        unread=page.count(summary.unread, "/unread"),
        at=page.at(summary.verified_at, "/verified_at"),
    )
    proofs: list[Row] = [
        ("", (page.word("proof", name), page.count(n, pointer("proofs", name)))) for name, n in summary.proofs.items()
    ]
    rows: list[Row] = [
        (
            pointer("not_same", i),
            (
                row.name,
                tag("code", row.item),
                page.word("verdict", row.verdict.value),
                "; ".join(one for one in (*row.differences, note_text(row, page.lang)) if one),
            ),
        )
        for i, row in enumerate(summary.not_same)
    ]
    return section(
        page,
        "proof",
        "report.proof",
        tag("p", said),
        tag("p", page.say("report.listed", first=summary.listed_from, last=summary.listed_to))
        if summary.listed_from
        else None,
        table(page, "html.proofs", ("col.proof", "col.items"), proofs, numeric=(1,), fold=False) if proofs else None,
        table(
            page,
            "html.not-same",
            ("col.name", "col.item", "col.verdict", "col.differences"),
            rows,
            whole=page.count(len(rows), "#length:/not_same"),
        )
        if rows
        else None,
    )


def _times(page: Page, summary: Summary, story: Story) -> Markup:
    rows: list[Row] = [
        (
            pointer("timings", i),
            (
                page.word("class", row.stage),
                page.count(row.steps, "steps"),
                page.size(row.size_bytes, "size_bytes") if row.size_bytes else NOTHING,
                page.span(row.busy_s, "busy_s"),
                page.span(row.elapsed_s, "elapsed_s"),
                page.rate(row.rate, f"#rate:{pointer('timings', i)}")
                if row.size_bytes and row.elapsed_s > 0
                else NOTHING,
                page.count(row.retries, "retries"),
            ),
        )
        for i, row in enumerate(summary.timings)
    ]
    if not rows:
        return section(page, "times", "report.times", tag("p", page.say("report.times-none")))
    moved = page.say(
        "html.journal",
        size=page.size(story.moved_bytes, "/moved_bytes"),
        exact=page.count(story.moved_bytes, "/moved_bytes"),
    )
    columns = ("col.stage", "col.steps", "col.size", "col.busy", "col.elapsed", "col.rate", "col.retries")
    made = table(page, "html.times", columns, rows, numeric=(1, 2, 3, 4, 5, 6), fold=False)
    return section(page, "times", "report.times", tag("p", moved), made)


def _documents(page: Page, summary: Summary, story: Story) -> Markup:
    pairs: list[tuple[Content, Content]] = [(page.say("report.migration"), tag("code", summary.migration))]
    for key, side in (("report.source", summary.source), ("report.target", summary.target)):
        pairs.append((page.say(key), join(side.cloud, ", ", side.region, ", ", tag("code", side.project_id))))
    if story.forecast:
        pairs.append((page.say("html.plan-seal"), tag("code", story.forecast.plan_seal)))
    return section(page, "documents", "html.documents", facts(pairs))
