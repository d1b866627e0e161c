"""Runs programs, each in a process of its own, which is forked off this one instead of being started.

    PYTHON tests/lab/forked.py SOCKET

The `openstack` client, `lab/seed`, `lab/sweep` and `decamp` itself take longer to load what they need than to do what
they are asked. Here it is loaded once: what the Python that runs this has installed, the lab's or ours. Nothing else
differs: a program sees nothing of another one, may be killed, and is as it is installed. It all ends with whoever holds
the standard input.
"""

import gc
import io
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import sys
import tempfile
from contextlib import redirect_stdout
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ("compute", "identity", "image", "network", "object", "volume")


def run(program: str, arguments: list[str]) -> Any:
    """What the program returns, if it does not end by itself."""
    sys.argv = [program, *arguments]
    if program == "openstack":
        return import_module("openstackclient.shell").main(arguments)
    if program == "seed":
        return import_module("seeding.__main__").main(arguments)
    if program == "sweep":
        import_module("seeding.sweep").sweep(*arguments)
    elif arguments[:2] == ["-m", "migrate.cli.main"]:
        sys.argv = arguments[1:]
        return import_module("migrate.cli.main").main()
    elif arguments[:2] == ["-m", "tests.kill.launcher"]:
        sys.argv = arguments[1:]
        return import_module("tests.kill.launcher").main()
    elif arguments[0] == "-c":
        sys.argv = ["-c", *arguments[2:]]
        exec(compile(arguments[1], "<script>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = arguments
        runpy.run_path(arguments[0], run_name="__main__")
    return 0


def load() -> None:
    """What the programs import, most of it only once they are under way."""
    for name in ("openstack", "swiftclient", "keystoneauth1.identity", "keystoneauth1.loading"):
        import_module(name)
    if find_spec("openstackclient"):
        sys.path[0] = str(ROOT / "lab")
        _load_clients()
    else:
        sys.path[0] = str(ROOT)
        _load_decamp()
    gc.collect()
    gc.freeze()


def _load_clients() -> None:
    for name in ("seeding.__main__", "seeding.sweep", "cmd2"):
        import_module(name)
    for client in CLIENTS:
        package = import_module(f"openstackclient.{client}")
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(found.name)
    # It looks through all commands that are installed; this one asks no cloud.
    with redirect_stdout(io.StringIO()):
        import_module("openstackclient.shell").OpenStackShell().run(["module", "list", "-f", "json"])


def _load_decamp() -> None:
    table = import_module("migrate.cli.main").TABLE
    for module, _ in table.values():
        import_module(module.partition(":")[0])
    import_module("migrate.cli.connect")


def serve(path: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # Ctrl-C is for the tests: they end us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{path}.part")
        listener.listen()
        Path(f"{path}.part").rename(path)
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in ready:
                return
            asked, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                answer(asked)
                os._exit(0)
            asked.close()


def answer(asked: socket.socket) -> None:
    """One program: its request is a line of JSON, and so is what became of it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    line, out, err = asked.makefile("rwb"), tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
    request = json.loads(line.readline())
    child = os.fork()
    if child == 0:
        asked.close()
        become(request, out, err)
    # Who has gone away wants no answer, and no program that goes on.
    watched: list[int | socket.socket] = [os.pidfd_open(child), asked]
    ended, _, _ = select.select(watched, [], [])
    if asked in ended:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    told = {"code": os.waitstatus_to_exitcode(status), "out": _all_of(out), "err": _all_of(err)}
    line.write(json.dumps(told).encode() + b"\n")
    line.flush()


def become(request: dict[str, Any], out: BinaryIO, err: BinaryIO) -> NoReturn:
    """This process is that program from now on, and ends as one does."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    with tempfile.TemporaryFile() as given:
        given.write(request["input"].encode())
        given.seek(0)
        for file, number in ((given, 0), (out, 1), (err, 2)):
            os.dup2(file.fileno(), number)
    program, *arguments = request["command"]
    sys.exit(run(program, arguments))


def _all_of(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


if __name__ == "__main__":
    load()
    serve(sys.argv[1])
