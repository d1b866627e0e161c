"""The configuration files for logins.

The SDK would search the current folder first, and merge the operator's secure.yaml into what it finds there: whoever
created that folder could then redirect the operator's passwords.
"""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from openstack.config import loader

from migrate.errors import ConfigError
from migrate.messages import codes
from migrate.own_files import MOST_TEXT_BYTES, read_bounded
from migrate.plain_yaml import read_yaml

NAMED, NAMED_SECURE = "OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE"
_KINDS = ("clouds", "secure", "clouds-public")
_SUFFIXES = (*loader.YAML_SUFFIXES, *loader.JSON_SUFFIXES)


class ConfigFiles(NamedTuple):
    """The files of each kind for the SDK, in search order."""

    clouds: list[str]
    secure: list[str]
    vendor: list[str]


def config_files() -> ConfigFiles:
    """The file in OS_CLIENT_CONFIG_FILE and those next to it; else the user's and the system's.

    Raises: ConfigError DCP-225: the current folder has such a file, which OS_CLIENT_CONFIG_FILE does not name.
            DCP-310: a chosen file is unreadable, where the SDK would silently use the next one, or crash.
    """
    named = os.environ.get(NAMED)
    if named:
        folders = [Path(named).parent]
        clouds = [named]
    else:
        own = (loader.CONFIG_HOME, loader.UNIX_CONFIG_HOME, loader.SITE_CONFIG_HOME, loader.UNIX_SITE_CONFIG_HOME)
        folders = [Path(folder) for folder in dict.fromkeys(own)]
        _refuse_the_current_folder(folders)
        clouds = _first(folders, "clouds")
    files = ConfigFiles(clouds, _first(folders, "secure"), _first(folders, "clouds-public"))
    for path in (path for kind in files for path in kind):
        _check(path)
    return files


def _refuse_the_current_folder(folders: list[Path]) -> None:
    here = Path.cwd()
    for path in (here / f"{kind}{suffix}" for kind in _KINDS for suffix in _SUFFIXES):
        if os.path.lexists(path) and here not in folders:
            raise ConfigError(codes.LOGIN_FILE_UNNAMED, path=str(path), clouds=str(here / "clouds.yaml"))


def _first(folders: list[Path], kind: str) -> list[str]:
    found = (folder / f"{kind}{suffix}" for folder in folders for suffix in _SUFFIXES)
    return [str(path) for path in found if path.exists()][:1]


def _check(path: str) -> None:
    try:
        text = read_bounded(Path(path), MOST_TEXT_BYTES).decode()
        document: Any = json.loads(text) if path.endswith(loader.JSON_SUFFIXES) else read_yaml(text)
    except OSError as err:
        raise ConfigError(codes.LOGIN_FILE_UNREADABLE, path=path, why=err.strerror or str(err)) from err
    except (ValueError, RecursionError, yaml.YAMLError) as err:
        # Only class and line: the message may quote a password.
        mark = getattr(err, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(codes.LOGIN_FILE_UNREADABLE, path=path, why=f"{type(err).__name__}{where}") from err
    if document is not None and not isinstance(document, dict):
        raise ConfigError(codes.LOGIN_FILE_UNREADABLE, path=path, why="no keys")
