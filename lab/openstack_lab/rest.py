"""A small client of a cloud's APIs: logs in once, JSON in and out. Standard library only."""

from __future__ import annotations

import http.client
import json
from typing import Any

from openstack_lab.config import PASSWORD, Cloud, LabError

Json = dict[str, Any]


class RestError(LabError):
    """The cloud answered with an error."""

    def __init__(self, method: str, url: str, status: int, text: str) -> None:
        super().__init__(f"{method} {url}: {status} {text[:300]}")
        self.status = status


class Rest:
    """Requests to one cloud as one user. Endpoints are the lab's own; the catalog is not asked."""

    def __init__(self, cloud: Cloud, user: str = "admin", project: str = "admin", *, timeout_s: float = 60) -> None:
        self.cloud, self.user, self.project, self.timeout_s = cloud, user, project, timeout_s
        self.project_id = self.user_id = ""
        self._token = ""

    def get(self, service: str, path: str) -> Json:
        return self.call("GET", service, path)

    def post(self, service: str, path: str, body: Json) -> Json:
        return self.call("POST", service, path, body)

    def put(self, service: str, path: str, body: Json | None = None) -> Json:
        return self.call("PUT", service, path, body)

    def delete(self, service: str, path: str) -> Json:
        return self.call("DELETE", service, path)

    def call(self, method: str, service: str, path: str, body: Json | None = None) -> Json:
        headers = {"X-Auth-Token": self.token()}
        return self._send(method, service, path, body, headers)[0]

    def token(self) -> str:
        if not self._token:
            domain = {"domain": {"id": "default"}}
            body = {
                "auth": {
                    "identity": {
                        "methods": ["password"],
                        "password": {"user": {"name": self.user, "password": PASSWORD, **domain}},
                    },
                    "scope": {"project": {"name": self.project, **domain}},
                }
            }
            answer, self._token = self._send("POST", "keystone", "/auth/tokens", body, {})
            self.project_id, self.user_id = answer["token"]["project"]["id"], answer["token"]["user"]["id"]
        return self._token

    def _send(self, method: str, service: str, path: str, body: Json | None, headers: Json) -> tuple[Json, str]:
        prefix = self.cloud.url(service).split("/", 3)[3:]
        url = "".join(f"/{part}" for part in prefix) + path
        # http.client knows nothing of proxies, and the lab is always on loopback.
        connection = http.client.HTTPConnection("127.0.0.1", self.cloud.port(service), timeout=self.timeout_s)
        try:
            connection.request(
                method,
                url,
                json.dumps(body) if body is not None else None,
                {"Content-Type": "application/json", "Accept": "application/json", **headers},
            )
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
        finally:
            connection.close()
        if response.status >= 400:
            raise RestError(method, url, response.status, text)
        return json.loads(text) if text.strip().startswith("{") else {}, response.headers.get("X-Subject-Token", "")
