"""Debian's headless Chromium, driven over a pipe with its own protocol: no driver, no port, nothing downloaded.

Source: Chrome DevTools Protocol; `--remote-debugging-pipe` reads commands from descriptor 3 and writes to 4, each a
JSON text that a zero byte ends.
"""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from select import select
from typing import Any

PROGRAM = "chromium"
_ANSWER_S = 60.0


def is_installed() -> bool:
    return shutil.which(PROGRAM) is not None


@dataclass
class Seen:
    """What a page did while it was shown: console messages and errors, and every request but the one for itself."""

    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


class Browser:
    """One headless Chromium with one page. A context manager: its process and its profile end with it."""

    def __enter__(self) -> "Browser":
        self._profile = tempfile.mkdtemp(prefix="decamp-chromium-")
        (read_end, self._write), (self._read, write_end) = os.pipe(), os.pipe()
        # The shell puts the pipe's ends where Chromium looks for them, whatever their numbers are here.
        command = f'exec {PROGRAM} "$@" 3<&{read_end} 4>&{write_end}'
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        flags += ["--remote-debugging-pipe", "--hide-scrollbars", f"--user-data-dir={self._profile}"]
        self._process = subprocess.Popen(
            ["bash", "-c", command, PROGRAM, *flags, "about:blank"],
            pass_fds=(read_end, write_end),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(read_end)
        os.close(write_end)
        self._buffer, self._number, self._session = b"", 0, ""
        self._events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_error: object) -> None:
        with contextlib.suppress(OSError):
            self._send({"id": 0, "method": "Browser.close"})
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
        os.close(self._write)
        os.close(self._read)
        shutil.rmtree(self._profile, ignore_errors=True)

    # ---------------------------------------------------------------- the protocol

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command's result. What happens meanwhile is kept for `show`."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        self._send({**message, "sessionId": self._session} if self._session else message)
        for answer in self._messages():
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result
            self._events.append(answer)
        raise RuntimeError(f"{method}: Chromium went away")

    def _send(self, message: dict[str, Any]) -> None:
        rest = json.dumps(message).encode() + b"\0"
        while rest:
            rest = rest[os.write(self._write, rest) :]

    def _messages(self) -> Iterator[dict[str, Any]]:
        while True:
            while b"\0" in self._buffer:
                raw, self._buffer = self._buffer.split(b"\0", 1)
                yield json.loads(raw)
            if not select([self._read], [], [], _ANSWER_S)[0]:
                raise TimeoutError(f"Chromium has said nothing for {_ANSWER_S} s")
            piece = os.read(self._read, 1 << 20)
            if not piece:
                return
            self._buffer += piece

    # ---------------------------------------------------------------- pages

    def show(self, path: Path, width: int, *, dark: bool = False) -> Seen:
        """Loads a file at a width in CSS pixels, and says what it did until it stood."""
        is_phone = width < 600
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=844 if is_phone else 900,
            deviceScaleFactor=1,
            mobile=is_phone,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self._events.clear()
        url = path.resolve().as_uri()
        self.call("Page.navigate", url=url)
        self._wait_for("Page.loadEventFired")
        self.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")
        return _seen(self._events, url)

    def _wait_for(self, event: str) -> None:
        if any(one.get("method") == event for one in self._events):
            return
        for message in self._messages():
            self._events.append(message)
            if message.get("method") == event:
                return

    def evaluate(self, script: str) -> Any:
        """The value of an expression on the page; a promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """A screenshot as PNG: of the first screen, or of the whole page."""
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))

    def paper(self, path: Path) -> None:
        """The page as PDF, as it would be printed."""
        data = self.call("Page.printToPDF", printBackground=False, preferCSSPageSize=True)["data"]
        path.write_bytes(base64.b64decode(data))


def _seen(events: list[dict[str, Any]], url: str) -> Seen:
    seen = Seen()
    for event in events:
        params = event.get("params", {})
        match event.get("method"):
            case "Runtime.consoleAPICalled" | "Runtime.exceptionThrown":
                seen.messages.append(json.dumps(params))
            case "Log.entryAdded":
                seen.messages.append(params["entry"]["text"])
            case "Network.requestWillBeSent" if not params["request"]["url"].startswith((url, "data:")):
                seen.requests.append(params["request"]["url"])
    return seen
