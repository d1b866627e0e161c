"""A virtual machine with a real guest in it, run by qemu without hardware help: slow, and the same on any machine.

Its console is a file. Disks are plugged in and out while it runs, as a cloud does for an attachment. The guest's agent
(`agent.py`) runs what a test sends to it.
"""

import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal

PLACES = 8
"""PCI disks that may be plugged in at once: a port takes one, and ports are there from the start or never."""

Bus = Literal["virtio", "scsi", "old scsi"]
"""Where an old hypervisor takes a SCSI disk's id out of its serial, it takes 20 characters."""

_ANSWER_S = 120.0


class GuestError(AssertionError):
    """The guest did not do what was asked; what its console said last is in the text."""


@dataclass(frozen=True)
class Wiring:
    """How a machine is connected. `writes`: its disk keeps what the guest writes, and others may read it meanwhile.

    `web`: an address of this machine and a port, where the guest's port of that number is found.
    """

    writes: bool = False
    web: tuple[str, int] | None = None


@contextmanager
def machine(folder: Path, disk: Path, wiring: Wiring = Wiring()) -> Iterator["Machine"]:
    """A guest that boots from `disk`, which is only read unless it is wired to write, until the block ends.

    Its console is a file in the folder.
    """
    with ExitStack() as stack:
        qmp, agent = (_Lines(stack) for _ in range(2))
        console, ends = folder / f"{disk.stem}-console.log", (qmp.theirs.fileno(), agent.theirs.fileno())
        process = subprocess.Popen(_command(disk, console, wiring, *ends), stdin=subprocess.DEVNULL, pass_fds=ends)
        stack.callback(process.wait)
        stack.callback(process.kill)
        qmp.theirs.close()  # or nobody would notice that qemu has closed its own
        agent.theirs.close()
        yield Machine(process, console, qmp, agent)


def _command(disk: Path, console: Path, wiring: Wiring, qmp: int, agent: int) -> list[str]:
    command = ["qemu-system-x86_64", "-accel", "tcg", "-machine", "q35,graphics=off", "-m", "512"]
    command += ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"]
    command += ["-chardev", f"socket,id=qmp,fd={qmp}", "-mon", "chardev=qmp,mode=control"]
    command += ["-serial", f"file:{console}"]
    command += ["-chardev", f"socket,id=agent,fd={agent}", "-serial", "chardev:agent"]
    command += ["-drive", f"file={disk},format=raw,if=virtio,{'file.locking=off' if wiring.writes else 'snapshot=on'}"]
    if wiring.web:
        address, port = wiring.web
        command += ["-netdev", f"user,id=net,restrict=on,hostfwd=tcp:{address}:{port}-:{port}"]
        command += ["-device", "virtio-net-pci,netdev=net,romfile="]
    for place in range(PLACES):
        command += ["-device", f"pcie-root-port,id=port{place},chassis={place + 1}"]
    return [*command, "-device", "virtio-scsi-pci,id=scsi"]


@dataclass(frozen=True)
class _Disk:
    """qemu's names for a disk that is plugged in; `port` is None on the SCSI bus."""

    node: str
    port: str | None

    @property
    def device(self) -> str:
        return f"{self.node}-device"


class Machine:
    def __init__(self, process: subprocess.Popen[bytes], console: Path, qmp: "_Lines", agent: "_Lines") -> None:
        self._process, self._console, self._qmp, self._agent = process, console, qmp, agent
        self._ports, self._numbers = [f"port{place}" for place in range(PLACES)], count()
        self._plugged: dict[str, _Disk] = {}
        self._deleted: set[str] = set()
        self._qmp.read(_ANSWER_S)
        self._ask_qemu("qmp_capabilities")

    def said(self) -> str:
        """All that the console has said."""
        return self._console.read_text(errors="replace") if self._console.exists() else ""

    def wait_for(self, pattern: str, timeout_s: float) -> re.Match[str]:
        """The first place of the console where the pattern is. Raises GuestError: not in time, or the machine ended."""
        end = time.monotonic() + timeout_s
        while True:
            over = self._process.poll() is not None or time.monotonic() > end
            if found := re.search(pattern, self.said()):
                return found
            if over:
                raise self._error(f"its console does not say {pattern!r}")
            time.sleep(0.2)

    def wait_until_off(self, timeout_s: float) -> None:
        """Returns once the guest has switched itself off."""
        try:
            status = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise self._error("it is still on") from None
        if status:
            raise self._error(f"qemu ended with {status}")

    def python(self, code: str, **names: Any) -> Any:
        """Runs the code in the guest, with these names set, and returns what it calls `result`; JSON both ways."""
        self._agent.write({"code": code, "names": names})
        answer = self._agent.read(_ANSWER_S)
        if "error" in answer:
            raise self._error(answer["error"])
        return answer["result"]

    def plug(self, name: str, file: Path, serial: str, bus: Bus = "virtio") -> None:
        """Attaches a raw file as a disk. The guest sees it a little later."""
        disk = _Disk(f"disk{next(self._numbers)}", self._ports.pop(0) if bus == "virtio" else None)
        content = {"driver": "file", "filename": str(file)}
        self._ask_qemu("blockdev-add", {"driver": "raw", "node-name": disk.node, "file": content})
        device = {"id": disk.device, "drive": disk.node, "serial": serial}
        if disk.port:
            device |= {"driver": "virtio-blk-pci", "bus": disk.port}
        else:
            device |= {"driver": "scsi-hd", "bus": "scsi.0", "device_id": serial if bus == "scsi" else serial[:20]}
        self._ask_qemu("device_add", device)
        self._plugged[name] = disk

    def unplug(self, name: str) -> None:
        """Detaches a disk, and returns once the guest has let go of it and its file is closed."""
        disk = self._plugged.pop(name)
        self._ask_qemu("device_del", {"id": disk.device})
        end = time.monotonic() + _ANSWER_S
        while disk.device not in self._deleted:
            self._hear(self._qmp.read(end - time.monotonic()))
        self._ask_qemu("blockdev-del", {"node-name": disk.node})
        if disk.port:
            self._ports.append(disk.port)

    def _ask_qemu(self, what: str, arguments: dict[str, Any] | None = None) -> None:
        self._qmp.write({"execute": what, "arguments": arguments or {}})
        while "event" in (answer := self._qmp.read(_ANSWER_S)):
            self._hear(answer)
        if "error" in answer:
            raise self._error(f"{what}: {answer['error']['desc']}")

    def _hear(self, event: dict[str, Any]) -> None:
        if event["event"] == "DEVICE_DELETED" and "device" in event["data"]:
            self._deleted.add(event["data"]["device"])

    def _error(self, what: str) -> GuestError:
        return GuestError(f"{what}; the end of its console:\n{self.said()[-1500:]}")


class _Lines:
    """JSON, a line each, with one end of a pair of sockets whose other end qemu inherits."""

    def __init__(self, stack: ExitStack) -> None:
        self._ours, self.theirs = (stack.enter_context(end) for end in socket.socketpair())
        self._lines = stack.enter_context(self._ours.makefile("rb"))

    def write(self, message: dict[str, Any]) -> None:
        self._ours.sendall(json.dumps(message).encode() + b"\n")

    def read(self, timeout_s: float) -> dict[str, Any]:
        """Raises GuestError: nothing came, or its end was closed. Nothing can be read after that."""
        self._ours.settimeout(max(timeout_s, 0.001))
        try:
            line = self._lines.readline()
        except TimeoutError:
            raise GuestError(f"no answer within {timeout_s:.0f} s") from None
        if not line:
            raise GuestError("the machine is gone")
        message: dict[str, Any] = json.loads(line)
        return message
