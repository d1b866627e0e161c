"""The wheel as somebody gets it: what is in it, and that it works in an environment without the repository."""

import re
import shlex
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from tests.cli.loaded_modules import HELP, assert_light, loaded_by

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
BUILD = "import setuptools.build_meta as b; b.build_sdist('dist'); b.build_wheel('dist')"


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel and the source archive, built as `make dist` does, out of a copy of what is versioned."""
    source = tmp_path_factory.mktemp("source")
    listed = (
        "git",
        "ls-files",
        "-co",
        "--exclude-standard",
        "--",
        "migrate",
        "share",
        "*.toml",
        "*.in",
        "*.txt",
        "README.md",
        "LICENSE",
    )
    names = subprocess.run(listed, capture_output=True, text=True, cwd=ROOT, check=True).stdout.splitlines()
    for name in names:
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run([sys.executable, "-c", BUILD], cwd=source, capture_output=True, check=True)
    return source / "dist"


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, and the libraries of this one, so that nothing is fetched."""
    place = tmp_path_factory.mktemp("bare") / "env"
    venv.create(place, symlinks=True)
    (wheel,) = dist.glob("*.whl")
    into = ("--python", str(place / "bin/python"))
    pip = [sys.executable, "-m", "pip", *into, "install", "-q", "--no-index", "--no-deps", "--no-compile", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)
    (packages,) = place.glob("lib/python*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return place


def run(installed: Path, *args: str) -> str:
    env = {"PATH": f"{installed / 'bin'}:/usr/bin:/bin", "HOME": str(installed), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(["decamp", *args], capture_output=True, text=True, cwd=installed, env=env, check=True)
    return done.stdout


def test_the_wheel_has_what_it_needs(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        about = archive.read(next(name for name in names if name.endswith("/METADATA"))).decode()
    ours = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "migrate").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert ours == {name for name in names if name.startswith("migrate/")}
    share = {str(path.relative_to(ROOT)) for path in (ROOT / "share").rglob("*") if path.is_file()}
    assert share == {name.partition(".data/data/")[2] for name in names if ".data/data/" in name}
    assert not [name for name in names if name.startswith(("tests/", "lab/"))]
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert "License-Expression: Apache-2.0" in about and "Classifier: Typing :: Typed" in about
    assert "Apache License" in (ROOT / "LICENSE").read_text()


def test_the_source_archive_builds_the_same_wheel(dist: Path, tmp_path: Path) -> None:
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(tmp_path, filter="data")
    (root,) = tmp_path.iterdir()
    assert (root / "constraints.txt").is_file() and not (root / "tests").exists()
    build = "import setuptools.build_meta as b; b.build_wheel('dist')"
    subprocess.run([sys.executable, "-c", build], cwd=root, capture_output=True, check=True)
    (wheel,), (again,) = dist.glob("*.whl"), (root / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(again) as second:
        assert sorted(first.namelist()) == sorted(second.namelist())


def test_it_works_without_the_repository(installed: Path) -> None:
    where = [str(installed / "bin/python"), "-c", "import migrate; print(migrate.__file__)"]
    assert str(installed) in subprocess.run(where, capture_output=True, text=True, cwd="/", check=True).stdout
    assert run(installed, "--version") == f"decamp {PROJECT['project']['version']}\n"
    assert run(installed, "explain", "611").startswith("DCP-611 (finding: changes)\n")
    assert "Python 3" in run(installed, "doctor")
    assert run(installed, "completion", "bash") == (installed / "share/bash-completion/completions/decamp").read_text()
    assert (installed / "share/man/man1/decamp-run.1").is_file()


def test_its_help_imports_nothing_heavy(installed: Path) -> None:
    """What an installed command begins with is not ours: an entry point may load what our own module does not."""
    modules, told = loaded_by(installed / "bin/python", installed / "bin/decamp", "--help", cwd=installed)
    assert_light(modules, others={"click"}, ours=HELP)
    assert "cut-over" in "".join(told)


def test_the_classifiers_name_every_python_that_is_allowed() -> None:
    low, high = re.findall(r"3\.(\d+)", PROJECT["project"]["requires-python"])
    named = {f"Programming Language :: Python :: 3.{minor}" for minor in range(int(low), int(high))}
    told = {one for one in PROJECT["project"]["classifiers"] if re.search(r":: 3\.\d", one)}
    assert told == named


def test_the_containerfile_copies_what_is_there() -> None:
    """No test builds it: that takes a container engine, and images from elsewhere."""
    lines = [shlex.split(line, comments=True) for line in (ROOT / "Containerfile").read_text().splitlines()]
    copied = [name for words in lines if words[:1] == ["COPY"] and "--from=build" not in words for name in words[1:-1]]
    assert set(copied) == {
        *("pyproject.toml", "README.md", "LICENSE", "MANIFEST.in", "constraints.txt"),
        "migrate",
        "share",
    }
    assert all((ROOT / name).exists() for name in copied)
    assert ["ENTRYPOINT", "[decamp]"] in lines


def test_no_index_is_named_anywhere() -> None:
    """Where packages come from is the operator's own setting."""
    files = (
        "pyproject.toml",
        "constraints.txt",
        "Makefile",
        "Containerfile",
        "MANIFEST.in",
        "README.md",
        "CONTRIBUTING.md",
    )
    text = "".join((ROOT / name).read_text() for name in files)
    assert not re.search(r"index-url|find-links|trusted-host|pypi\.|/simple", text)
