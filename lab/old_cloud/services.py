"""The services behind, and where they are to be found in front."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, field
from typing import Any

from openstack_lab.config import Cloud

Json = dict[str, Any]

# As the access logs call them, in the order of the catalogue: the type there, and the path of its addresses.
CATALOGUE = {
    "keystone": ("identity", "/v2.0"),
    "nova": ("compute", "/v2.1/{project}"),
    "cinder": ("volumev2", "/v2/{project}"),
    "glance": ("image", ""),
    "neutron": ("network", ""),
    "swift": ("object-store", "/v1/AUTH_{project}"),
}
SERVICES = tuple(CATALOGUE)


@dataclass
class Addresses:
    """Ports in front and behind, by service."""

    cloud: Cloud
    ports: dict[str, int] = field(default_factory=dict)

    def front(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    def behind(self, service: str) -> tuple[str, int]:
        return "127.0.0.1", self.cloud.port(service)

    def in_front(self, text: bytes) -> bytes:
        """The same bytes with the addresses in front, as in links and Location."""
        cinder = f"http://127.0.0.1:{self.cloud.port('cinder')}"
        text = text.replace(f"{cinder}/v3".encode(), f"{self.front('cinder')}/v2".encode())
        for service in SERVICES:
            text = text.replace(f"http://127.0.0.1:{self.cloud.port(service)}".encode(), self.front(service).encode())
        return text

    def ask(
        self, service: str, method: str, path: str, document: Json | None = None, token: str = ""
    ) -> tuple[int, Json, http.client.HTTPMessage]:
        """One request of our own to a service behind: status, answer, headers. Raises OSError."""
        host, port = self.behind(service)
        connection = http.client.HTTPConnection(host, port, timeout=60)
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "lab-old-cloud"}
        try:
            body = json.dumps(document) if document is not None else None
            connection.request(method, path, body, headers | ({"X-Auth-Token": token} if token else {}))
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(text) if text.startswith(b"{") else {}, answer.headers
