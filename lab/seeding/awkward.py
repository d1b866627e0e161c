"""Objects that copying tools lose or change: names, empty bodies and headers.  A fixed list, equal in every tenant."""

import gzip
from dataclasses import dataclass, field

# 2040-01-01: an expiry that is there to be kept, and does not come while anybody looks.
FAR_FUTURE = "2208988800"


@dataclass(frozen=True)
class Awkward:
    name: str
    body: bytes = b"x"
    headers: dict[str, str | bytes] = field(default_factory=dict)


NAMES = (
    Awkward("name with spaces.txt"),
    Awkward("\u00e9t\u00e9-composed.txt", b"NFC"),
    Awkward("e\u0301te\u0301-decomposed.txt", b"NFD"),
    Awkward("emoji-\U0001f600.txt"),
    Awkward("double//slash.txt"),
    Awkward("/leading.txt"),
    Awkward("trailing/slash/", b""),
    Awkward("folder", b"", {"Content-Type": "application/directory"}),
    Awkward("folder/", b"", {"Content-Type": "application/directory"}),
    Awkward("folder/child.txt"),
    Awkward("up/../dots.txt"),
    Awkward("marks #?% &+=;:@'\"<>.txt"),
    Awkward("percent%2Fencoded.txt"),
    Awkward("tab\tand\nnewline.txt"),
    Awkward("long-" + "\u00e9" * 490 + ".bin"),
    Awkward("UPPER.TXT", b"upper"),
    Awkward("upper.txt", b"lower"),
)

HEADERS = (
    Awkward("zero.txt", b"", {"Content-Type": "text/plain"}),
    Awkward(
        "metadata.txt",
        b"see my headers",
        {
            "Content-Type": "text/plain; charset=utf-8",
            "X-Object-Meta-Owner": "ops",
            "X-Object-Meta-MiXed-CaSe": "MiXed VaLue",
            "X-Object-Meta-Unicode": "\u00e9t\u00e9 \u2713".encode(),
            "X-Object-Meta-Mtime": "1480000000.123456",
        },
    ),
    Awkward(
        "encoded.json.gz",
        gzip.compress(b'{"encoded": true}' * 64, mtime=0),
        {
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "Content-Disposition": 'attachment; filename="encoded.json"',
            "Cache-Control": "max-age=60, public",
            "Content-Language": "fr",
            "Expires": "Sun, 01 Jan 2040 00:00:00 GMT",
        },
    ),
    Awkward("expiring.txt", b"not yet", {"Content-Type": "text/plain", "X-Delete-At": FAR_FUTURE}),
    Awkward("untyped", b"\x00\x01\x02", {"Content-Type": "application/x-lab-unheard-of"}),
)

ALL = NAMES + HEADERS
