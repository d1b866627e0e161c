"""What the documentation points at is there: links, modules, tests; and the page of SourceGuard is the guard itself."""

import re
from pathlib import Path
from typing import Any

import pytest

from migrate.cli.commands.report import TABLES
from migrate.clouds.guard import NoPermits, Request, SourceGuard
from migrate.errors import Denied
from migrate.model import MARK_KEY, Mark, Role
from tests.docs.capabilities import find_test
from tests.docs.quoted import code_lines, spans

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "lab/README.md", *sorted((ROOT / "docs").rglob("*.md"))]
CURRENT = [page for page in PAGES if page.parent.name not in {"changelog.d", "decisions"}]
"""Pages of what is there now; the others say what once was."""
LINK = re.compile(r"\]\(([^)#\s]*)(#[^)\s]*)?\)")
IN_CODE = re.compile(r"(?<![\w./-])(?:migrate|tests|lab|docs)/[\w./-]*\w")
MODULE = re.compile(r"python -m ((?:migrate|tests|lab)[\w.]*)")
FILE = re.compile(r"[\w./*-]+\.(?:py|md|toml|sh|j2|txt)")
PLACEHOLDER = re.compile(r"\b(?:LANG|NAME|ITEM)\b")
NAMED = re.compile(r"`((?:migrate|tests|lab(?!/\.run|/\.venv)|plans)/[\w./-]*)(?:::([\w:]+))?`")
ID = "6ea98324-0f14-49f6-97c0-885d1b8dc517"
MARK = Mark(role=Role.TEMPORARY, migration="0badcafe", source_id=ID)


def test_what_a_page_points_at_is_there() -> None:
    lacking, seen = [], 0
    for page in PAGES:
        text, name = page.read_text(), page.relative_to(ROOT)
        for link, anchor in LINK.findall(text):
            seen += 1
            to = page.parent / link if link else page
            if "://" not in link and not to.exists():
                lacking.append(f"{name}: {link}")
            elif anchor and to.suffix == ".md" and anchor[1:] not in anchors(to):
                lacking.append(f"{name}: {link}{anchor}")
        for path, test in NAMED.findall(text):
            seen += 1
            if not (ROOT / path).exists() or (test and not find_test(ROOT / path, test)):
                lacking.append(f"{name}: {path}::{test}")
    assert seen and lacking == []


def anchors(page: Path) -> set[str]:
    """What links to headings of the page end with."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def is_in_the_repository(name: str) -> bool:
    """A file of this name, or of this end of its path, is there; or `decamp report` writes one."""
    if name.rpartition("/")[2] in {file for file, _ in TABLES.values()}:
        return True
    folders = [ROOT / top for top in ("migrate", "tests", "lab", "docs")]
    below = (path for folder in folders for path in folder.rglob(name.rpartition("/")[2]))
    return (ROOT / name).exists() or any(path.match(name) for path in below)


def test_paths_in_commands_and_prose_are_there() -> None:
    lacking, seen = [], 0
    for page in CURRENT:
        text, at = page.read_text(), page.relative_to(ROOT)
        for code in (*spans(text), *code_lines(text)):
            for path in IN_CODE.findall(code):
                seen += 1
                is_made = path.startswith(("lab/.run", "lab/.venv"))
                if not is_made and not (ROOT / path).exists() and not list(ROOT.glob(f"{path}*")):
                    lacking.append(f"{at}: {path}")
            for module in MODULE.findall(code):
                seen += 1
                path = ROOT / module.replace(".", "/")
                if not path.with_suffix(".py").exists() and not (path / "__init__.py").exists():
                    lacking.append(f"{at}: {module}")
        for name in spans(text):
            if FILE.fullmatch(name) and not PLACEHOLDER.search(name):
                seen += 1
                if not is_in_the_repository(name):
                    lacking.append(f"{at}: {name}")
    assert seen and lacking == []


class EveryPermit(NoPermits):
    """All that the ledger and a person could ever allow."""

    def is_ours(self, service: str, resource_id: str) -> bool:
        return resource_id == ID

    def may_delete(self, service: str, resource_id: str) -> bool:
        return resource_id == ID

    def may_stop(self, server_id: str) -> bool:
        return server_id == ID

    def may_start(self, server_id: str) -> bool:
        return server_id == ID

    def may_make(self, migration: str) -> bool:
        return migration == MARK.migration

    def is_worker(self, server_id: str) -> bool:
        return server_id == ID


def rows() -> list[list[str]]:
    """The cells of the table under "SourceGuard" in docs/design.md."""
    section = (ROOT / "docs/design.md").read_text().split("\n## SourceGuard\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def requests(row: list[str]) -> list[Request]:
    """Everything that a row of the table speaks of."""
    methods, service, paths, condition = row
    services = ["compute", "network"] if service == "any" else [service.strip("`")]
    return [
        Request(method, one, path.replace("ID", ID), body)
        for method in methods.split(", ")
        for one in services
        for path in (["/anything"] if paths == "any" else re.findall(r"`([^`]+)`", paths))
        for body in bodies(condition)
    ]


def bodies(condition: str) -> list[dict[str, Any] | None]:
    marked: dict[str, dict[str, Any]] = {
        "volume.snapshot_id": {"volume": {"snapshot_id": ID}},
        "volume.metadata": {"volume": {"metadata": {MARK_KEY: str(MARK)}}},
        "restore.volume_id": {"restore": {"volume_id": ID}},
        "volumeAttachment.volumeId": {"volumeAttachment": {"volumeId": ID}},
    }
    for field, body in marked.items():
        if field in condition:
            return [body]
    actions = re.findall(r"`(os-[\w-]+|createImage)`", condition)
    return [{action: None if action == "os-start" else {}} for action in actions] or [None]


@pytest.mark.parametrize("row", rows(), ids=lambda row: " ".join(row[:3]))
def test_the_guard_is_as_its_table_says(row: list[str]) -> None:
    free = row[3] == "none" or row[3].startswith("`createImage`")
    for request in requests(row):
        SourceGuard(EveryPermit()).check(request)
        if free:
            SourceGuard().check(request)
            continue
        with pytest.raises(Denied):
            SourceGuard().check(request)


def test_what_the_table_does_not_list_is_denied() -> None:
    listed = {(request.method, request.service, request.path) for row in rows() for request in requests(row)}
    services = ("identity", "block-storage", "compute", "network", "image", "object-store", "unknown")
    others = {"/", "/servers", "/images", f"/ports/{ID}", f"/servers/{ID}", "/container/object"}
    paths = {path for _, _, path in listed} | others
    for method in ("POST", "PUT", "PATCH", "DELETE", "COPY"):
        for service in services:
            for path in paths:
                if (method, service, path) not in listed:
                    with pytest.raises(Denied):
                        SourceGuard(EveryPermit()).check(Request(method, service, path, {"os-stop": None}))
