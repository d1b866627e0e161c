"""The questions about logins: reads RC files, keeps logins, tries them, and says in plain words what is wrong."""

import os
import shlex
from collections.abc import Callable, Mapping
from contextlib import suppress

from migrate.cli.connect import connect
from migrate.cli.console import echo
from migrate.cli.context import App
from migrate.cli.wizard.kept_logins import KeptLogins, read_rc_file
from migrate.clouds.guard import ReadOnly
from migrate.clouds.openstack.login_trial import CLOCK_LIMIT_S, Tried, is_password_right, trouble_of, try_login
from migrate.errors import ConfigError, DecampError, FatalError, LoginRefused, RegionAmbiguous
from migrate.messages import codes
from migrate.plan.two_projects import is_same_project
from migrate.secret_looking import without_login
from migrate.trust.asks import host_of
from migrate.trust.consents import agree_to_address, knows_address
from migrate.wizard.accounts import ENTRY, FILE, OTHER, PASTE
from migrate.wizard.kept_answers import Answer, Answers
from migrate.wizard.login_entry import ENTRIES, SIDES, LoginEntry, entry_of, missing, with_secret, without_project
from migrate.wizard.question_records import Question, Said
from migrate.wizard.rc_files import read_rc
from migrate.wizard.story_state import LoginNow

_AS_THEY_ARE = ("memory:", "env")
"""Clouds that no file describes."""
_MOST_STARS = 40
"""An application credential's secret has 86 signs."""


class LoginQuestions:
    """`trouble`: the side that could not be reached just now."""

    def __init__(
        self, app: App, logins: KeptLogins, say: Callable[[Said], str], *, is_unattended: bool = False
    ) -> None:
        self._app, self._logins, self._say = app, logins, say
        self._is_unattended = is_unattended
        self._regions: dict[str, tuple[str, ...]] = {}
        self.trouble = ""

    def now(self, answers: Answers) -> dict[str, LoginNow]:
        """The logins that there are, by side."""
        found: dict[str, LoginNow] = {}
        for side in SIDES:
            said = answers.of(f"{side}.login")
            kept = self._logins.of(side)
            if kept is not None:
                regions = self._regions.get(side, ())
                found[side] = LoginNow(ENTRIES[side], kept.lacks, regions, shown=kept.shown)
            elif said.startswith(ENTRY):
                found[side] = LoginNow(said.removeprefix(ENTRY))
        return found

    def take(self, answers: Answers, question: Question, value: str) -> tuple[Answers, Said | None]:
        """The answers with this one, which never is a secret; or what is wrong with it."""
        side, _, what = question.id.partition(".")
        if what in {"password", "secret"} and (login := self._logins.of(side)) is not None:
            self._confirm(str(login.entry["auth"].get("auth_url", "")))
        try:
            wrong = self._effect(answers, side, what, value)
        except ConfigError as err:
            wrong = Said(err.code, err.facts)
        if wrong is not None or what in {"password", "secret"}:
            return answers, wrong
        kept = Answer(answer="pasted" if what == PASTE else without_login(value) if what == "address" else value)
        return answers.with_answer(question.id, kept), None

    def _effect(self, answers: Answers, side: str, what: str, value: str) -> Said | None:
        kept = self._logins.of(side)
        match what:
            case "login" if value.startswith(FILE):
                return self._from_rc(side, read_rc_file(value.removeprefix(FILE)))
            case "login" if value.startswith(ENTRY) and not value.removeprefix(ENTRY).startswith(_AS_THEY_ARE):
                self._logins.keep(side, self._logins.known_entry(value.removeprefix(ENTRY)))
            case "file":
                return self._from_rc(side, read_rc_file(value))
            case "paste":
                return self._from_rc(side, value)
            case "address":
                found = entry_of({"OS_AUTH_URL": value})
                return Said("wizard.wrong.address", {"value": value}) if missing(found) == "address" else None
            case "credential-id":
                address = answers.of(f"{side}.address")
                self._logins.keep(side, entry_of({"OS_AUTH_URL": address, "OS_APPLICATION_CREDENTIAL_ID": value}))
            case "password" | "secret" if kept is not None:
                self._logins.keep(side, with_secret(kept, value))
            case "region" if kept is not None:
                self._logins.keep(side, LoginEntry({**kept.entry, "region_name": value}, kept.secrets))
        return None

    def _confirm(self, address: str) -> None:
        """Whoever types a password has seen its address. In a file of answers it may be anybody's.

        Raises ConfigError DCP-290: nobody types, and nobody has confirmed the address on this machine before.
        """
        if not self._is_unattended:
            with suppress(FatalError):  # without a home it is confirmed again next time
                agree_to_address(address)
        elif not knows_address(address):
            command = f"decamp trust --address {shlex.quote(host_of(address))}"
            raise ConfigError(codes.ADDRESS_NOT_AGREED, address=host_of(address) or address, command=command)

    def _from_rc(self, side: str, text: str) -> Said | None:
        read = read_rc(text)
        found = entry_of(read.values)
        if unread := [name for name in read.unknown if not name.startswith("OS_PASSWORD")]:
            echo(self._say(Said("wizard.rc.unread", {"names": ", ".join(unread)})), err=True)
        if lacks := missing(found):
            return Said(f"wizard.rc-lacks.{'unsure' if unread else lacks}")
        for secret in found.secrets.values():
            # Its length shows whether a sign that means something to a shell has cut it.
            told = {"stars": "*" * min(len(secret), _MOST_STARS), "count": len(secret)}
            echo(self._say(Said("wizard.rc.secret", told)), err=True)
        self._logins.keep(side, found)
        return None

    def forget(self, answers: Answers, side: str) -> Answers:
        """Starts this side anew."""
        self._logins.forget(side)
        self._regions.pop(side, None)
        self.trouble = ""
        of_it = [key for key in answers.answers if key.startswith(f"{side}.")]
        return answers.without(*of_it).without_note(f"login {side}")

    def again(self, answers: Answers, side: str, value: str) -> Answers:
        self.trouble = ""
        return self.forget(answers, side) if value == OTHER else answers

    # ------------------------------------------------------------ trying

    def log_in(self, answers: Answers, side: str, logins: Mapping[str, LoginNow]) -> tuple[Answers, Said | None]:
        """Logs in. The answers after it, and what is wrong."""
        try:
            tried = self._try(logins[side].name)
            if side == "target" and is_same_project(self._try(logins["source"].name).identity, tried.identity):
                facts = {"project": tried.identity.project_name}
                return self.forget(answers, side), Said("wizard.login.same-project", facts)
        except RegionAmbiguous as err:
            self._regions[side] = tuple(str(err.facts["known"]).split(", "))
            return answers, None
        except LoginRefused as err:
            return self._refused(answers, side, err)
        except DecampError as err:
            self.trouble = side
            kind = trouble_of(err)
            where_to = {"url": err.facts.get("url", ""), "proxy": _proxy()}
            return answers, Said(f"wizard.login.{kind}", where_to) if kind else Said(err.code, err.facts)
        where = tried.identity
        done = {"cloud": where.cloud, "project": where.project_name, "region": where.region or "-"}
        echo(self._say(Said("wizard.login.done", done)), err=True)
        if abs(tried.clock_off_s) > CLOCK_LIMIT_S:
            key = "wizard.login.clock-ahead" if tried.clock_off_s > 0 else "wizard.login.clock-behind"
            echo(self._say(Said(key, {"off_s": abs(tried.clock_off_s)})), err=True)
        return answers.with_note(f"login {side}"), None

    def _try(self, name: str) -> Tried:
        if name.startswith("memory:"):
            return Tried(connect(name, ReadOnly()).identity(), 0)
        return try_login(name)

    def _refused(self, answers: Answers, side: str, err: LoginRefused) -> tuple[Answers, Said | None]:
        """What the cloud refused: the secret, which is asked for again, or the project."""
        kept = self._logins.of(side)
        if kept is None:
            self.trouble = side
            return answers, Said(err.code, err.facts)
        facts: dict[str, object] = {
            "user": str(err.facts.get("user", "")),
            "url": kept.entry["auth"].get("auth_url", ""),
        }
        if "application_credential_secret" in kept.secrets:
            self._logins.keep(side, kept._replace(secrets={}))
            return answers, Said("wizard.login.credential", facts)
        if "password" in kept.secrets and is_password_right(without_project(kept)):
            project = kept.entry["auth"].get("project_name") or kept.entry["auth"].get("project_id", "")
            return self.forget(answers, side), Said("wizard.login.project", {**facts, "project": project})
        if "password" in kept.secrets:
            self._logins.keep(side, kept._replace(secrets={}))
            return answers, Said("wizard.login.password", facts)
        return self.forget(answers, side), Said("wizard.login.token", facts)

    def refused(self, answers: Answers) -> Answers | None:
        """After a command was refused: tries the kept logins, and asks for a changed secret again. None if all work."""
        found = None
        for side in SIDES:
            kept = self._logins.of(side)
            if kept is None or kept.lacks:
                continue
            before, wrong = self.log_in(answers, side, {one: LoginNow(ENTRIES[one]) for one in SIDES})
            self.trouble = ""
            now = self._logins.of(side)
            if wrong is not None and now is not None and now.lacks:
                echo(self._say(wrong), err=True)
                found = before.without_note(f"login {side}")
        return found


def _proxy() -> str:
    names = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
    return next((name for name in names if os.environ.get(name)), "https_proxy")
