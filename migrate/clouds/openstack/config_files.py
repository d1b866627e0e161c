"""Which files logins are read from.

The SDK would begin with the current folder, and add the operator's own secure.yaml to what it finds there: whoever made
that folder would choose where the operator's passwords go.
"""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from openstack.config import loader

from migrate.errors import ConfigError
from migrate.messages import codes

NAMED = "OS_CLIENT_CONFIG_FILE"
_KINDS = ("clouds", "secure", "clouds-public")
_SUFFIXES = (*loader.YAML_SUFFIXES, *loader.JSON_SUFFIXES)


class ConfigFiles(NamedTuple):
    """What the SDK is to read of each kind, in this order."""

    clouds: list[str]
    secure: list[str]
    vendor: list[str]


def config_files() -> ConfigFiles:
    """The file that OS_CLIENT_CONFIG_FILE names and what lies beside it; else those of the user and of the system.

    Raises: ConfigError DCP-225: the current folder has such a file, and nobody has named it.   DCP-310: the file that
            is to be used cannot be read; the SDK would take the next one.
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
    for path in clouds:
        _check(path)
    return ConfigFiles(clouds, _first(folders, "secure"), _first(folders, "clouds-public"))


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
        text = Path(path).read_text()
        document: Any = json.loads(text) if path.endswith(loader.JSON_SUFFIXES) else yaml.safe_load(text)
    except OSError as err:
        raise ConfigError(codes.LOGIN_FILE_UNREADABLE, path=path, why=err.strerror or str(err)) from err
    except (ValueError, yaml.YAMLError) as err:
        # By its class and line: its words may quote a password.
        mark = getattr(err, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(codes.LOGIN_FILE_UNREADABLE, path=path, why=f"{type(err).__name__}{where}") from err
    if document is not None and not isinstance(document, dict):
        raise ConfigError(codes.LOGIN_FILE_UNREADABLE, path=path, why="no keys")
