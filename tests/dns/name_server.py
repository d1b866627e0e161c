"""A name server on this machine, over UDP and TCP, that answers as a test says."""

import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

Answer = Callable[[dns.message.Message], bytes | None]
"""What is sent back for a query; None for nothing."""


class NameServer:
    """Serves `records`: `name ttl type value` lines. `is_own`: as a zone's own server, else as a cache.

    `answer` is asked instead where a test wants something that no server says. `asked`: names and types so far.
    """

    def __init__(self, *records: str, is_own: bool = True, answer: Answer | None = None) -> None:
        self.records, self.is_own, self.asked = list(records), is_own, list[tuple[str, str]]()
        self._answer = answer or self._by_records
        self._tcp, self._udp = self._on_one_port()
        self.port: int = self._tcp.server_address[1]
        for server in (self._udp, self._tcp):
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def address(self) -> str:
        """As `dns.resolver` of the policy has it."""
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()

    def _on_one_port(self) -> tuple[socketserver.ThreadingTCPServer, socketserver.ThreadingUDPServer]:
        """A port that is free for TCP may be taken for UDP."""
        while True:
            tcp = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler(is_tcp=True))
            try:
                return tcp, socketserver.ThreadingUDPServer(tcp.server_address, self._handler(is_tcp=False))
            except OSError:
                tcp.server_close()

    def _handler(self, *, is_tcp: bool) -> type[socketserver.BaseRequestHandler]:
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                if is_tcp:
                    length = struct.unpack("!H", self.request.recv(2))[0]
                    sent = outer._answer(dns.message.from_wire(self.request.recv(length)))
                    if sent is not None:
                        self.request.sendall(struct.pack("!H", len(sent)) + sent)
                    return
                wire, sock = self.request
                sent = outer._answer(dns.message.from_wire(wire))
                if sent is not None:
                    sock.sendto(sent if len(sent) <= 1232 else _truncated(wire), self.client_address)

        return Handler

    def _by_records(self, query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        if self.is_own:
            response.flags |= dns.flags.AA
        question = query.question[0]
        self.asked.append((question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)))
        name, is_known = question.name, False
        for _ in range(20):
            found = self._found(name, question.rdtype)
            if found:
                response.answer.append(found)
                break
            alias = self._found(name, dns.rdatatype.CNAME)
            if alias is None:
                break
            is_known = True
            response.answer.append(alias)
            name = alias[0].target
        names = {line.split()[0] for line in self.records}
        if (
            not response.answer
            and not is_known
            and not any(
                one == (own := question.name.to_text(omit_final_dot=True)) or one.endswith(f".{own}") for one in names
            )
        ):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire(max_size=65535)

    def _found(self, name: dns.name.Name, rdtype: Any) -> dns.rrset.RRset | None:
        wanted, found = name.to_text(omit_final_dot=True), None
        for line in self.records:
            own, ttl, its_type, value = line.split(maxsplit=3)
            if own.lower() == wanted.lower() and its_type == dns.rdatatype.to_text(rdtype):
                found = found or dns.rrset.RRset(name, dns.rdataclass.IN, rdtype)
                found.add(dns.rrset.from_text(name, int(ttl), "IN", its_type, value)[0], int(ttl))
        return found


def _truncated(wire: bytes) -> bytes:
    response = dns.message.make_response(dns.message.from_wire(wire))
    response.flags |= dns.flags.TC
    return response.to_wire()


@contextmanager
def silent_server() -> Iterator[str]:
    """The address of a server that takes every question and never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{sock.getsockname()[1]}"
