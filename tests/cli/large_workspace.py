"""A workspace of thousands of names."""

import json


def plan(*steps: tuple[str, str]) -> str:
    told = [{"id": step_id, "name": name} for step_id, name in steps]
    ids = [step_id.split(":")[1] for step_id, _ in steps if step_id.startswith("server:")]
    return json.dumps({"steps": told, "waves": [{"name": "web", "servers": ids}]})


LARGE = plan(*((f"server:{n}:stop", f"web-{n}") for n in range(20_000)))
