"""Health checks of a server that is made at the target, from this machine. They change nothing at either cloud.

Killed in between, the next run makes them all again; so does it after one that failed, from the first on.
"""

import json
from dataclasses import dataclass, field

from migrate.errors import HealthCheckFailed
from migrate.execute.actions.server_addresses import addresses_now, told_addresses
from migrate.execute.job import Job
from migrate.health.address_probes import http_failure, tcp_failure
from migrate.health.carry_out import carry_out
from migrate.health.console_match import LINES, match_console
from migrate.health.programs import NOT_AGREED, Ended, run_program
from migrate.health.results import Failure, HealthResult, ServerHealth, failed, write_health
from migrate.messages import codes
from migrate.model import Kind, Role
from migrate.model.health_checks import (
    ActiveCheck,
    AddressedCheck,
    AnyCheck,
    CommandCheck,
    ConsoleCheck,
    HttpCheck,
    PingCheck,
    ServerAddress,
    TcpCheck,
    address_for,
)
from migrate.model.steps import CheckServer
from migrate.policy.selectors import item
from migrate.units import iso, utc_now


def check_server(job: Job, action: CheckServer) -> None:
    """Makes the checks and keeps what came of them. Raises HealthCheckFailed: the server stays as it is."""
    target_id = job.target_id(Kind.SERVER, action.server_id)
    results = ask_server(job, action, target_id)
    health = ServerHealth(
        item=item(Kind.SERVER, action.server_id),
        name=job.step.name,
        target_id=target_id,
        at=iso(utc_now()),
        planned=len(action.checks),
        results=results,
    )
    job.check_claim()
    write_health(job.ctx.evidence_dir, health)
    if last := health.failed:
        raise HealthCheckFailed(last.code, **{**last.facts, "name": job.step.name, "tries": last.tries})


def ask_server(job: Job, action: CheckServer, target_id: str) -> tuple[HealthResult, ...]:
    """Makes the checks of a server at the target, up to the first that fails."""
    job.check_running()
    server = _Server(job, action, target_id)
    return carry_out(
        action.checks, server.probe, server.pause, now=lambda: iso(utc_now()), address_of=server.asked_address
    )


@dataclass
class _Server:
    """A server at the target, as its checks see it."""

    job: Job
    action: CheckServer
    target_id: str
    _found: dict[ServerAddress, str] = field(default_factory=dict)

    def probe(self, check: AnyCheck) -> Failure | None:
        """One try of the check. Raises what the cloud's own failures are, LeaseLost and Cancelled."""
        self.job.check_running()
        if isinstance(check, AddressedCheck):
            address = self.asked_address(check)
            if not address:
                return failed(codes.HEALTH_ADDRESS_GONE, check=check.kind, address=check.address)
            return self._ask(check, address)
        match check:
            case ActiveCheck():
                status = self.job.target.compute.server(self.target_id).status
                return None if status == "ACTIVE" else failed(codes.HEALTH_NOT_ACTIVE, status=status)
            case ConsoleCheck():
                text = self.job.target.compute.console_output(self.target_id, LINES)
                seen = match_console(check.matches, text, check.limit_s)
                if seen == "matches":
                    return None
                return failed(codes.HEALTH_CONSOLE, pattern=check.matches, lines=LINES, seen=seen)
            case CommandCheck():
                return self._command(check)

    def pause(self, seconds: float) -> None:
        self.job.ctx.stop.wait(seconds)
        self.job.waited_s += seconds

    def asked_address(self, check: AnyCheck) -> str:
        """The address at the target that the check asks; empty for none."""
        asked = address_for(check.address, self.action.addresses) if isinstance(check, AddressedCheck) else None
        return self._at_target(asked) if asked else ""

    def _at_target(self, address: ServerAddress) -> str:
        """What it is there, empty for none. Looked up once, and again while it is missing."""
        if not self._found.get(address):
            self._found = addresses_now(self.job.target, self.job.known_target_id, self.action.addresses)
        return self._found.get(address, "")

    def _ask(self, check: AddressedCheck, address: str) -> Failure | None:
        match check:
            case PingCheck():
                return self._ping(check, address)
            case TcpCheck():
                return tcp_failure(check, address)
            case HttpCheck():
                return http_failure(check, address)

    def _ping(self, check: PingCheck, address: str) -> Failure | None:
        arguments = ("ping", "-n", "-c", "1", "-W", str(check.limit_s), address)
        found = self._run(check, arguments, b"", check.limit_s + 1, name="")
        if isinstance(found, Failure):
            return found
        return None if found.status == 0 else failed(codes.HEALTH_NO_PING, address=address)

    def _command(self, check: CommandCheck) -> Failure | None:
        if not self.job.ctx.may_run(check.run):
            refused = failed(codes.HEALTH_CANNOT_RUN, check=check.kind, command=check.run[0], why=NOT_AGREED)
            return refused._replace(is_final=True)
        stdin = json.dumps(self._as_told()).encode()
        found = self._run(check, check.run, stdin, check.limit_s, name=self.job.step.name)
        if isinstance(found, Failure):
            return found
        facts = {"command": check.run[0], "output": found.output}
        if found.status is None:
            return failed(codes.HEALTH_COMMAND_SLOW, **facts, seconds=check.limit_s)
        return None if found.status == 0 else failed(codes.HEALTH_COMMAND, **facts, status=found.status)

    def _run(
        self, check: AnyCheck, arguments: tuple[str, ...], stdin: bytes, limit_s: int, *, name: str
    ) -> Ended | Failure:
        """What cannot be started now cannot be in a minute either."""
        try:
            folder, check_running = self.job.ctx.workspace, self.job.check_running
            return run_program(arguments, stdin, folder=folder, limit_s=limit_s, check=check_running, name=name)
        except OSError as err:
            why = err.strerror or str(err)
            found = failed(codes.HEALTH_CANNOT_RUN, check=check.kind, command=arguments[0], why=why)
            return found._replace(is_final=True)

    def _as_told(self) -> dict[str, object]:
        """What a command reads on stdin."""
        return {
            **({"test_launch": True} if self.job.makes is Role.TEST else {}),
            "server": {"source_id": self.action.server_id, "target_id": self.target_id, "name": self.job.step.name},
            "addresses": told_addresses(self.action.addresses, self._at_target),
        }
