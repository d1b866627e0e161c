"""Container headers that a bucket can express: CORS and website. Pure: handles headers only.

Both sides use the same form, so that a bucket's settings can be read back and compared.
"""

from collections.abc import Mapping

_CORS, _WEB = "x-container-meta-access-control-", "x-container-meta-web-"
ORIGINS, MAX_AGE, EXPOSED = f"{_CORS}allow-origin", f"{_CORS}max-age", f"{_CORS}expose-headers"
INDEX, ERROR = f"{_WEB}index", f"{_WEB}error"
CORS_HEADERS, WEB_HEADERS = (ORIGINS, MAX_AGE, EXPOSED), (INDEX, ERROR)


def bucket_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that a bucket can express, in the form in which they are read back.

    In Swift, CORS needs an origin, and an S3 website needs an index. Swift combines `404` and the error page's name;
    S3 has no pages for other statuses. A max age of zero equals none.
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
