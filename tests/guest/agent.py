"""Runs inside the guest, from its boot on: does what comes in lines of JSON over the second serial port."""

import json
import os
import traceback
import tty
from typing import Any

PORT = "/dev/ttyS1"


def main() -> None:
    port = os.open(PORT, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(port)  # a terminal would cut long lines, and send each back
    with open(port, "rb", closefd=False) as asked:
        print("guest agent is up", flush=True)
        for line in asked:
            _write(port, json.dumps(_answer(json.loads(line))).encode() + b"\n")


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    names = dict(request["names"])
    try:
        exec(request["code"], names)
    except Exception:
        return {"error": traceback.format_exc()}
    return {"result": names.get("result")}


def _write(port: int, data: bytes) -> None:
    while data:
        data = data[os.write(port, data) :]


main()
