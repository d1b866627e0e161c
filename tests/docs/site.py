"""The hook of mkdocs.yml: pages by reader, and links that lead out of docs/ as paths in the repository.

Imports nothing of MkDocs, which is there only with the extra `docs`.
"""

import os
import re
from pathlib import Path, PurePosixPath
from typing import Any

DOCS = Path(__file__).parents[2] / "docs"
READERS: dict[str, list[str]] = {
    "Customer": ["guides/*.md", "runbooks/wizard.md"],
    "Client (français)": ["guides/fr/*.md", "codes/fr/*.md"],
    "Operator": ["runbooks/*.md", "output.md", "formats/policy.md", "codes/*.md"],
    "Decider": ["capabilities.md", "limits.md", "security.md", "benchmarks.md"],
    "Developer": ["manifesto.md", "design.md", "glossary.md", "formats/*.md", "decisions/*.md", "changelog.d/*.md"],
}
"""Who reads which pages. A page stands with its first reader; a folder's README.md comes first."""

_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)#\s]+)(#[^)\s]*)?\)")


def on_config(config: Any) -> Any:
    config["nav"] = nav()
    config["mdx_configs"]["toc"] = {"slugify": slug, "permalink": True}
    return config


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    return inside(markdown, page.file.src_uri)


def nav() -> list[dict[str, Any]]:
    """The pages in the form that MkDocs takes."""
    seen: set[str] = set()
    tabs: list[dict[str, Any]] = [{"Decamp": "index.md"}]
    for reader, patterns in READERS.items():
        pages: list[Any] = []
        for pattern in patterns:
            found = sorted(DOCS.glob(pattern), key=lambda path: (path.name != "README.md", path.name))
            names = [name for path in found if (name := path.relative_to(DOCS).as_posix()) not in seen]
            seen.update(names)
            folder = PurePosixPath(pattern).parent.name
            is_many = "*" in pattern and len(names) > 12
            pages += [{folder.partition(".")[0].capitalize(): names}] if is_many else names
        tabs.append({reader: pages})
    return tabs


def slug(title: str, separator: str) -> str:
    """The end of a link to a heading: as in the repository's own pages."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", separator)


def inside(markdown: str, page: str) -> str:
    """The page with links to files outside docs/ as their paths; `page`: its own path below docs/."""
    folder = PurePosixPath("docs", page).parent

    def shown(found: re.Match[str]) -> str:
        text, link = found[1], found[2]
        if "://" in link or link.startswith("mailto:"):
            return found[0]
        path = os.path.normpath(folder / link)
        if path == "README.md":
            return f"[{text}]({os.path.relpath('docs/index.md', folder)})"
        if path.startswith("docs/"):
            # A folder has no page of its own.
            return text if (DOCS.parent / path).is_dir() else found[0]
        return text if path in text else f"{text} (`{path}`)"

    return _LINK.sub(shown, markdown)
