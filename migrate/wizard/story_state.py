"""What the story is derived from: documents, answers, and what is on this computer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from migrate.findings.finding import Finding
from migrate.model import Inventory
from migrate.plan.wave_state import Stage
from migrate.policy.policy_records import Policy
from migrate.wizard.kept_answers import Answers


@dataclass(frozen=True)
class LoginNow:
    """A side's login. `name`: of its entry.   `lacks`: `password` or `secret`, if it has none yet.   `regions`: to
    choose from, if it has several and none is chosen.   `shown`: user and cloud, for people.
    """

    name: str
    lacks: str = ""
    regions: tuple[str, ...] = ()
    shown: str = ""


@dataclass(frozen=True)
class WaveNow:
    """A wave that stops servers. `items`: `server:ID` of each."""

    name: str
    servers: tuple[str, ...]
    stage: Stage
    is_approved: bool = False
    items: tuple[str, ...] = ()

    @property
    def is_over(self) -> bool:
        return self.stage in {Stage.UP, Stage.ACCEPTED}


@dataclass(frozen=True)
class State:
    """Everything that decides what comes next. `None` and empty: not there (yet).

    `found_*`: entries of clouds.yaml and RC files on this computer.   `logins`: by side.   `verdict`: of a forecast
    that fits the plan.   `failed`: names of steps that failed, with their codes.
    `refusing`: findings that no run starts with.   `differences`: of evidence that fits.   `trouble`: the
    command that has just failed.   `login_trouble`: the side that could not be reached just now.
    """

    answers: Answers
    now: datetime
    found_entries: tuple[str, ...] = ()
    found_files: tuple[str, ...] = ()
    logins: Mapping[str, LoginNow] = field(default_factory=dict)
    policy: Policy | None = None
    source: Inventory | None = None
    target: Inventory | None = None
    findings: tuple[Finding, ...] = ()
    refusing: int = 0
    is_planned: bool = False
    plan_seal: str = ""
    verdict: str = ""
    waves: tuple[WaveNow, ...] = ()
    has_run: bool = False
    is_done: bool = False
    failed: tuple[tuple[str, str], ...] = ()
    differences: int | None = None
    temporaries: int = 0
    trouble: str = ""
    login_trouble: str = ""
