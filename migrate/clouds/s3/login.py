"""Credentials for an S3 store, found by botocore: profile, environment, files, renewable roles."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, PartialCredentialsError, ProfileNotFound
from botocore.session import Session

from migrate.clouds.s3.signature_v4 import Keys
from migrate.errors import AccessError
from migrate.messages import codes
from migrate.own_secrets import hold

T = TypeVar("T")


class Login:
    """Keys for each request, and other settings of the profile. Thread-safe.

    Args:  profile: one in ~/.aws, empty for the usual chain.
    """

    def __init__(self, profile: str) -> None:
        self._profile = profile
        self._session = Session(profile=profile or None)
        self._lock = threading.Lock()
        self._credentials: Any = None

    def setting(self, name: str) -> str:
        """The profile's `region` or `ca_bundle`; empty if unset. Raises AccessError DCP-410: no such profile."""
        return self._asked(lambda: self._session.get_config_variable(name)) or ""

    def keys(self) -> Keys:
        """Currently valid keys. Raises AccessError DCP-410 if there are none."""
        with self._lock:
            if self._credentials is None:
                self._credentials = self._asked(self._session.get_credentials)
        if self._credentials is None:
            raise self._lacking("no-keys")
        found = self._asked(self._credentials.get_frozen_credentials)
        if not (found.access_key and found.secret_key):
            raise self._lacking("half-keys")
        hold(found.access_key, found.secret_key, found.token)
        return Keys(found.access_key, found.secret_key, found.token or "")

    def _asked(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except ProfileNotFound as error:
            raise self._lacking("no-profile") from error
        except PartialCredentialsError as error:
            raise self._lacking("half-keys") from error
        except (BotoCoreError, ClientError) as error:
            # Only the class: the message may quote the output of a helper program.
            raise self._lacking(type(error).__name__) from error

    def _lacking(self, why: str) -> AccessError:
        return AccessError(codes.S3_KEYS_MISSING, profile=self._profile or "default", why=why)
