"""The worker, the server that Decamp runs on: attaches volumes, finds their devices, detaches them.

The policy names the worker. The number of our volumes on it is limited, counted in Nova's list regardless of who
attached them. Only one attach or detach request runs at a time, because clouds confuse parallel ones. The ledger knows
each volume before it is attached; what a killed run left attached is detached by the step's next attempt, or when its
slot is needed.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from migrate.clouds.ports import Cloud
from migrate.errors import ConflictError, ItemError, NotFound, Refused, TransientError, VolumeStuck
from migrate.execute.attached.device_links import devices_of, links_of, size_of
from migrate.execute.job import Context
from migrate.ledger.step_claim import new_owner, owner_is_dead
from migrate.messages import codes
from migrate.model import UNWRITTEN_KEY, Kind, Role, Volume
from migrate.monitor import log
from migrate.polling import StillWaiting, poll
from migrate.units import GIB, MIB

MOST_HEADER_BYTES = 16 * MIB
"""The limit for the hidden header of an encrypted volume: LUKS, usually 2 MiB."""

_PASSING = frozenset({"reserved", "attaching", "detaching"})
_TURN_S = 900.0
"""The maximum length of a turn before others take it: longer than attaching or detaching one volume."""
_STOPPING_S = 60.0
_ASK_AGAIN_S = 30.0
"""A guest may not release its device, which leaves the volume in use: the request is repeated."""


@dataclass(frozen=True)
class WaitLimits:
    """How many seconds a cloud may take to attach or detach a volume, and the machine to show its device."""

    move_s: float = 600.0
    device_s: float = 60.0


@dataclass(frozen=True)
class Worker:
    """The worker on one side, in `cloud`."""

    ctx: Context
    cloud: Cloud
    side: str
    limits: WaitLimits = field(default_factory=WaitLimits)

    @property
    def server_id(self) -> str:
        """The worker's server id; empty if the policy names none."""
        return self.ctx.policy.disks.worker(self.side)

    # ------------------------------------------------------------ attaching

    def attach(self, volume_id: str, *, check_running: Callable[[], None]) -> None:
        """Attaches an available volume, once a slot is free, and waits until it is in use.

        Args:    check_running: called before each change.
        Raises:  ItemError DCP-517: this machine has a device of its name already.  ConflictError DCP-509: attached to
                 another server.  TransientError DCP-519: the cloud gave up, DCP-516: it takes too long.  Cancelled,
                 LeaseLost.
        """
        self._check_there_is_none_yet(volume_id)
        pause, told = self.ctx.poll_s, False
        while True:
            with self._turn():
                here = self._ours_here()
                if len(here) < self.ctx.policy.disks.attachments:
                    check_running()
                    self._attach(volume_id)
                    return
                # The attachment waits for another turn: each turn waits for one volume at most.
                if idle := self._idle(here):
                    self._detach_and_wait(idle, check_running)
            if not told:
                log.info("waiting for a place volume=%s server=%s", volume_id, self.server_id)
                told = True
            self.ctx.stop.check()
            self.ctx.stop.wait(pause)
            pause = min(pause * 1.5, 5.0)

    def _attach(self, volume_id: str) -> None:
        block = self.cloud.block
        try:
            self.cloud.compute.attach(self.server_id, volume_id)
        except (Refused, TransientError):
            # The answer may have been lost but the request executed: the volume's state decides.
            if block.volume(volume_id).status == "available":
                raise
        started = time.monotonic()
        for volume in self._watch(volume_id, self.limits.move_s):
            if volume.status == "in-use":
                self._only_here(volume)
                log.info("attached volume=%s server=%s", volume_id, self.server_id)
                return
            if volume.status not in _PASSING:
                raise TransientError(
                    codes.ATTACHMENT_FAILED, volume=volume_id, server=self.server_id, status=volume.status
                )
        raise self._stuck(volume_id, started)

    def _only_here(self, volume: Volume) -> None:
        holders = {one.server_id for one in volume.attachments}
        if holders != {self.server_id}:
            raise ConflictError(codes.VOLUME_ATTACHED_ELSEWHERE, volume=volume.id, server=", ".join(sorted(holders)))

    def _idle(self, here: dict[str, str]) -> str | None:
        """An attached volume whose step no longer runs. Volumes already being attached or detached do not count."""
        held = self.ctx.ledger.held()
        idle = (volume_id for volume_id, step_id in here.items() if step_id not in held)
        return next((volume_id for volume_id in idle if not self._is_passing(volume_id)), None)

    def _is_passing(self, volume_id: str) -> bool:
        try:
            return self.cloud.block.volume(volume_id).status in _PASSING
        except NotFound:
            return True

    def _ours_here(self) -> dict[str, str]:
        """Maps our volumes on the worker to their steps. A test launch detaches its own."""
        effects = self.ctx.ledger.effects(side=self.side)
        made = {e.resource_id: e for e in effects if e.kind is Kind.VOLUME and e.role is not Role.TEST}
        here = [one.volume_id for one in self.cloud.compute.attachments(self.server_id) if one.volume_id in made]
        return {i: made[i].step_id for i in here if made[i].role is Role.TEMPORARY or self._is_unwritten(i)}

    def _is_unwritten(self, volume_id: str) -> bool:
        """Whether the volume is still incomplete. A moved, complete one may be on the worker by its owner's choice."""
        return UNWRITTEN_KEY in self.cloud.block.volume(volume_id).metadata

    # ------------------------------------------------------------ the device

    def _check_there_is_none_yet(self, volume_id: str) -> None:
        """A device that was there before is a disk of this machine, whatever the cloud calls its volume."""
        folder = Path(self.ctx.policy.disks.devices)
        self._forget_device(volume_id)
        if links := links_of(folder, volume_id):
            what = f"{links[0]} was there before it was attached"
            raise ItemError(codes.DEVICE_MISSING, volume=volume_id, server=self.server_id, what=what)

    def device(self, volume: Volume) -> Path:
        """Waits for the volume's device, which must have the volume's size, minus the header if encrypted.

        Raises: ItemError DCP-517: none, several, of another size, or not readable.
        """
        look = partial(self._look_for, volume)
        try:
            found = poll(
                look,
                lambda seen: isinstance(seen, Path),
                limit_s=self.limits.device_s,
                stop=self.ctx.stop,
                first_s=self.ctx.poll_s,
            )
        except StillWaiting as err:
            raise ItemError(codes.DEVICE_MISSING, volume=volume.id, server=self.server_id, what=err.last) from err
        assert isinstance(found, Path)
        return found

    def _look_for(self, volume: Volume) -> Path | str:
        """The device, or the reason why it is not available."""
        folder, wanted = Path(self.ctx.policy.disks.devices), volume.size_gib * GIB
        least = wanted - (MOST_HEADER_BYTES if volume.encrypted else 0)
        try:
            devices = devices_of(folder, volume.id)
            if not devices:
                return f"no link in {folder} names it"
            if len(devices) > 1:
                return f"links in {folder} lead to {', '.join(map(str, devices))}"
            size = size_of(devices[0])
        except OSError as err:
            return f"{err.filename or folder}: {err.strerror or err}"
        return devices[0] if least <= size <= wanted else f"{devices[0]}: {size} bytes instead of {wanted}"

    # ------------------------------------------------------------ detaching

    def detach(self, volume_id: str, *, check_running: Callable[[], None]) -> None:
        """Detaches the volume and waits for that. Does nothing if it is not attached, or gone.

        Waits even while the run stops, but not as long.
        Raises: TransientError DCP-516: it takes too long.  Refused, LeaseLost.
        """
        if self.server_id and self._may_be_here(volume_id):
            with self._turn(until_stopped=False):
                self._detach_and_wait(volume_id, check_running)

    def _may_be_here(self, volume_id: str) -> bool:
        try:
            volume = self.cloud.block.volume(volume_id)
        except NotFound:
            return False
        return volume.status in _PASSING or self.server_id in {one.server_id for one in volume.attachments}

    def _detach_and_wait(self, volume_id: str, check_running: Callable[[], None]) -> None:
        started, asked_at, refusal = time.monotonic(), float("-inf"), None
        limit_s = min(self.limits.move_s, _STOPPING_S) if self.ctx.stop.is_set() else self.limits.move_s
        try:
            for volume in self._watch(volume_id, limit_s):
                if volume.status not in _PASSING and self.server_id not in {a.server_id for a in volume.attachments}:
                    break
                if volume.status == "in-use" and time.monotonic() - asked_at > _ASK_AGAIN_S:
                    check_running()
                    asked_at = time.monotonic()
                    refusal = self._detach(volume_id)
            else:
                raise self._stuck(volume_id, started) from refusal
        except NotFound:
            return
        self._forget_device(volume_id)
        log.info("detached volume=%s server=%s", volume_id, self.server_id)

    def _detach(self, volume_id: str) -> Refused | None:
        """Requests the detachment; returns the refusal of a busy server, for another try and for the final error."""
        try:
            self.cloud.compute.detach(self.server_id, volume_id)
        except Refused as err:
            return err
        return None

    def _forget_device(self, volume_id: str) -> None:
        """Waits until the volume's links are gone, as a stale link could lead to the next volume's device."""
        folder, end = Path(self.ctx.policy.disks.devices), time.monotonic() + self.limits.device_s
        while links_of(folder, volume_id) and time.monotonic() < end:
            time.sleep(self.ctx.poll_s)

    # ------------------------------------------------------------ waiting

    def _watch(self, volume_id: str, limit_s: float) -> Iterator[Volume]:
        """The volume, polled until the time limit. Continues while a run stops, so that volumes get detached.

        Raises: NotFound.
        """
        pause, end = self.ctx.poll_s, time.monotonic() + limit_s
        while True:
            yield self.cloud.block.volume(volume_id)
            if time.monotonic() > end:
                return
            time.sleep(pause)
            pause = min(pause * 1.5, 5.0)

    def _stuck(self, volume_id: str, started: float) -> VolumeStuck:
        status, seconds = self.cloud.block.volume(volume_id).status, round(time.monotonic() - started)
        return VolumeStuck(
            codes.VOLUME_STILL_IN_STATE, volume=volume_id, server=self.server_id, status=status, seconds=seconds
        )

    @contextmanager
    def _turn(self, *, until_stopped: bool = True) -> Iterator[None]:
        """A lock for the worker, across all processes that share the ledger. A dead process's lock is taken over."""
        ledger, key = self.ctx.ledger, f"turn:{self.side}:{self.server_id}"
        while True:
            mine = f"{new_owner()} {time.time() + _TURN_S:.0f}"
            holder = ledger.remember(key, mine)
            if holder == mine:
                break
            if _is_over(holder):
                ledger.forget(key, holder)
                continue
            if until_stopped:
                self.ctx.stop.check()
            time.sleep(self.ctx.poll_s / 2)
        try:
            yield
        finally:
            ledger.forget(key, mine)


def _is_over(holder: str) -> bool:
    owner, _, end = holder.rpartition(" ")
    return owner_is_dead(owner) or time.time() > float(end)
