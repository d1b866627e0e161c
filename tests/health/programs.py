"""Programs that tests write."""

from pathlib import Path


def script(folder: Path, text: str, name: str = "check") -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o700)
    return file
