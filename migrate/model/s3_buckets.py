"""What of a container's headers a bucket of its own can have: CORS and web site. Pure: it knows headers, no request.

The headers are spelt one way on both sides, so that a bucket's settings can be read back and held against them.
"""

from collections.abc import Mapping

_CORS, _WEB = "x-container-meta-access-control-", "x-container-meta-web-"
ORIGINS, MAX_AGE, EXPOSED = f"{_CORS}allow-origin", f"{_CORS}max-age", f"{_CORS}expose-headers"
INDEX, ERROR = f"{_WEB}index", f"{_WEB}error"
CORS_HEADERS, WEB_HEADERS = (ORIGINS, MAX_AGE, EXPOSED), (INDEX, ERROR)


def bucket_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Those that a bucket can have, as they are read back.

    Swift lets no other site in without an origin, and S3 has no web site without an index. Swift asks for `404` and the
    error page's name in one; of any other status S3 has no page. No seconds are the same as none said.
    """
    found: dict[str, str] = {}
    if origins := _words(headers.get(ORIGINS, "")):
        found[ORIGINS] = " ".join(origins)
        if headers.get(MAX_AGE, "").isdecimal() and int(headers[MAX_AGE]):
            found[MAX_AGE] = str(int(headers[MAX_AGE]))
        if exposed := _words(headers.get(EXPOSED, "")):
            found[EXPOSED] = " ".join(exposed)
    index = headers.get(INDEX, "")
    if index and "/" not in index:
        found[INDEX] = index
        if headers.get(ERROR):
            found[ERROR] = headers[ERROR]
    return found


def _words(value: str) -> list[str]:
    return value.replace(",", " ").split()
