"""The workspace's own logins: `private/login/clouds.yaml`, and the secrets beside it in `secure.yaml`, mode 0600.

They are in a folder of their own, because no login is read from the current folder unless somebody names it.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from migrate.cli.safety.workspace_privacy import own_folder
from migrate.cli.wizard.login_shape import is_secret_of_login, odd_key, plain_entry
from migrate.clouds.openstack.config import sdk_config
from migrate.clouds.openstack.config_files import NAMED, NAMED_SECURE
from migrate.documents import write_atomically
from migrate.errors import ConfigError
from migrate.messages import codes
from migrate.messages.reason import reason
from migrate.own_files import open_own
from migrate.own_secrets import hold
from migrate.plain_yaml import read_yaml
from migrate.wizard.login_entry import ENTRIES, LoginEntry
from migrate.wizard.rc_files import MOST_BYTES

_SECRETS = ("password", "application_credential_secret", "token", "passcode")
_PATTERNS = ("*openrc*", "*-rc.sh", "*_rc.sh")
_FOLDERS = (".", "~", "~/Downloads", "~/Téléchargements", "~/Desktop", "~/Bureau")
_SHOWN = 6


class KeptLogins:
    """The logins in one workspace."""

    def __init__(self, root: Path) -> None:
        self._folder = root / "private" / "login"
        self._named = {name: os.environ.get(name) for name in (NAMED, NAMED_SECURE)}

    @property
    def clouds_path(self) -> Path:
        return self._folder / "clouds.yaml"

    @property
    def secure_path(self) -> Path:
        return self._folder / "secure.yaml"

    def use(self) -> bool:
        """Makes these logins those of all commands of this process; False if there are none yet.

        Raises ConfigError DCP-310: the folder has others than the wizard writes, or another file that the SDK reads.
        """
        if not self.clouds_path.exists():
            return False
        for path in sorted(self._folder.iterdir()):
            if path.name.startswith(("clouds", "secure")) and path not in (self.clouds_path, self.secure_path):
                raise ConfigError(codes.LOGIN_FILE_UNREADABLE, path=str(path), why="login-file")
            _read(path)
        os.environ[NAMED] = str(self.clouds_path)
        # Else the SDK would merge the operator's own passwords into what came with the workspace.
        os.environ.pop(NAMED_SECURE, None)
        return True

    @contextmanager
    def _as_before(self) -> Iterator[None]:
        """The operator's own files, as they were named when the wizard began."""
        ours = {name: os.environ.get(name) for name in self._named}
        _set(self._named)
        try:
            yield
        finally:
            _set(ours)

    def known_entries(self) -> tuple[str, ...]:
        """Names in the operator's own clouds.yaml. Raises ConfigError DCP-225, DCP-310."""
        with self._as_before():
            config = sdk_config("")
        return tuple(sorted(set(config.get_cloud_names()) - {"defaults", str(config.envvar_key), *ENTRIES.values()}))

    def known_entry(self, name: str) -> LoginEntry:
        """An entry of the operator's clouds.yaml and secure.yaml, its secrets apart. Raises ConfigError DCP-201."""
        known = self.known_entries()
        if name not in known:
            raise ConfigError(codes.CLOUD_UNKNOWN, cloud=name, known=", ".join(known))
        with self._as_before():
            config = sdk_config("")
            entry = dict(config.cloud_config["clouds"][name] or {})
            auth = dict(entry.get("auth") or {})
            if not auth.get("auth_url"):
                # A vendor's profile has it, or an older place for it.
                auth["auth_url"] = config.get_one(cloud=name).config["auth"].get("auth_url", "")
        secrets = {key: str(auth.pop(key)) for key in list(auth) if is_secret_of_login(key)}
        secrets |= {key: str(entry.pop(key)) for key in _SECRETS if key in entry}
        kept = plain_entry({**entry, "auth": auth})
        elsewhere = next((key for key in entry if "endpoint" in key and key != "endpoint_type"), "")
        if odd := elsewhere or odd_key(name, kept, is_secret_file=False):
            raise ConfigError(codes.CLOUD_UNKNOWN, cloud=name, known=", ".join(known), why=odd)
        return LoginEntry(kept, secrets)

    def of(self, side: str) -> LoginEntry | None:
        """A side's login. Its secrets are hidden from now on. Raises ConfigError DCP-310: a damaged file."""
        entry = _read(self.clouds_path).get(ENTRIES[side])
        if entry is None:
            return None
        secrets = (_read(self.secure_path).get(ENTRIES[side]) or {}).get("auth") or {}
        hold(*map(str, secrets.values()))
        return LoginEntry(entry, dict(secrets))

    def addresses(self) -> list[str]:
        """Of all entries, those of no side too: the policy may name them. Raises ConfigError DCP-310."""
        found = [(entry.get("auth") or {}).get("auth_url", "") for entry in _read(self.clouds_path).values()]
        return list(dict.fromkeys(str(url) for url in found if url))

    def keep(self, side: str, login: LoginEntry) -> None:
        """Writes the secrets first: a kill in between leaves none without its file's protection."""
        hold(*login.secrets.values())
        for folder in (self._folder.parent, self._folder):
            own_folder(folder)
        secure, clouds = _read(self.secure_path), _read(self.clouds_path)
        secure.pop(ENTRIES[side], None)
        if login.secrets:
            secure[ENTRIES[side]] = {"auth": dict(login.secrets)}
        _write(self.secure_path, secure)
        _write(self.clouds_path, {**clouds, ENTRIES[side]: login.entry})
        self.use()

    def forget(self, side: str) -> None:
        """Removes the side's login, if there is one."""
        for path in (self.clouds_path, self.secure_path):
            if (found := _read(path)).pop(ENTRIES[side], None) is not None:
                _write(path, found)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _read(path: Path) -> dict[str, Any]:
    """The entries of clouds.yaml or secure.yaml. Raises ConfigError DCP-310: others than the wizard writes."""
    try:
        with os.fdopen(open_own(path, os.O_RDONLY), encoding="utf-8") as file:
            found = read_yaml(file.read(MOST_BYTES)) or {}
    except FileNotFoundError:
        return {}
    except OSError as err:
        raise ConfigError(codes.LOGIN_FILE_UNREADABLE, path=str(path), why=err.strerror or str(err)) from err
    except (yaml.YAMLError, UnicodeDecodeError) as err:
        raise ConfigError(codes.LOGIN_FILE_UNREADABLE, path=str(path), why=type(err).__name__) from err
    clouds = found.get("clouds") if isinstance(found, dict) else None
    if not isinstance(clouds, dict):
        return {}
    # Somebody else may have written it.
    odd = next((str(key) for key in found if key != "clouds"), "") or ("defaults" if "defaults" in clouds else "")
    is_secret_file = path.name == "secure.yaml"
    if odd := odd or next(filter(None, (odd_key(*one, is_secret_file=is_secret_file) for one in clouds.items())), ""):
        raise ConfigError(codes.LOGIN_FILE_UNREADABLE, path=str(path), why=reason("login-key", name=odd))
    return dict(clouds)


def _write(path: Path, clouds: dict[str, Any]) -> None:
    write_atomically(path, yaml.safe_dump({"clouds": clouds}, sort_keys=False).encode())


# ---------------------------------------------------------------- what is on this computer


def rc_files() -> tuple[str, ...]:
    """RC files in the usual folders, as they would be typed."""
    found: dict[Path, str] = {}
    for path in _candidates():
        home, shown = Path.home(), str(path)
        if path.is_relative_to(home) and home != Path("/"):
            shown = f"~/{path.relative_to(home)}"
        found.setdefault(path.resolve(), shown)
    return tuple(found.values())[:_SHOWN]


def _candidates() -> Iterator[Path]:
    for folder in _FOLDERS:
        at = Path(folder).expanduser()
        for pattern in _PATTERNS:
            try:
                yield from sorted(path.absolute() for path in at.glob(pattern) if path.is_file())
            except OSError:
                continue


def read_rc_file(shown: str) -> str:
    """The text of an RC file. Raises ConfigError DCP-243: it cannot be read, or is none."""
    try:
        path = Path(shown).expanduser()
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ConfigError(codes.RC_FILE_UNREADABLE, path=shown, why="no-file")
            raw = file.read(MOST_BYTES + 1)
    except OSError as err:
        raise ConfigError(codes.RC_FILE_UNREADABLE, path=shown, why=err.strerror or str(err)) from err
    except (ValueError, RuntimeError) as err:  # NUL; no such user's home
        raise ConfigError(codes.RC_FILE_UNREADABLE, path=shown, why=str(err)) from err
    if len(raw) > MOST_BYTES:
        raise ConfigError(codes.RC_FILE_UNREADABLE, path=shown, why="rc-too-large")
    # Notepad puts a mark before the first line.
    return raw.decode("utf-8-sig", "replace")
