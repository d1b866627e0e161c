"""Writes a section of a document between its markers: `<!-- NAME -->` and `<!-- /NAME -->`."""

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path


def write_section(file: Path, name: str, text: str) -> None:
    """Replaces what is between the markers, which are put at the end of the document where it has none yet."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    document = file.read_text()
    if begin not in document:
        document = f"{document.rstrip()}\n\n{begin}\n{end}\n"
    section = f"{begin}\n{text.strip()}\n{end}"
    file.write_text(
        re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: section, document, count=1, flags=re.DOTALL)
    )


def machine() -> str:
    """Date, cores, processor, memory, kernel and Python, in a line."""
    cpu = re.search(r"(?m)^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"(?m)^MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    gib = f"{int(memory[1]) / 2**20:.0f} GiB" if memory else "memory unknown"
    date = f"{datetime.now(UTC):%d %B %Y}".lstrip("0")
    return (
        f"{date}: {os.cpu_count()} cores ({cpu[1] if cpu else platform.machine()}), {gib}, "
        f"Linux {platform.release()}, Python {platform.python_version()}"
    )


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
