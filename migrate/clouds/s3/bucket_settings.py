"""CORS rules and website settings of a bucket, expressed as container headers (`migrate.model.bucket_headers`).

Settings made by somebody else are left alone. A store may lack such settings: they are read back after writing, so that
missing ones can be reported.
"""

from collections.abc import Callable, Mapping
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from migrate.clouds.http import TRANSIENT_STATUSES
from migrate.clouds.s3.bucket_table import Places
from migrate.clouds.s3.signed_client import S3Client
from migrate.clouds.s3.xml_answers import document, problem_of, xml_headers
from migrate.errors import TransientError
from migrate.model.bucket_headers import CORS_HEADERS, ERROR, EXPOSED, INDEX, MAX_AGE, ORIGINS, WEB_HEADERS
from migrate.monitor import log

_RULE_ID = "decamp"
_METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")
"""The methods that Swift allows for every permitted origin."""
_ERROR_STATUS = "404"
_NONE = {"cors": "NoSuchCORSConfiguration", "website": "NoSuchWebsiteConfiguration"}
_ROOTS = {"cors": "CORSConfiguration", "website": "WebsiteConfiguration"}
_SPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


class S3BucketSettings:
    """ports.BucketSettings."""

    def __init__(self, client: S3Client, places: Places) -> None:
        self._client, self._places = client, places

    def there(self, container: str) -> dict[str, str]:
        bucket = self._places.of(container).bucket
        cors, site = self._read(bucket, "cors"), self._read(bucket, "website")
        return {**_cors_headers(cors), **_web_headers(site)}

    def put(self, container: str, headers: Mapping[str, str]) -> None:
        bucket = self._places.of(container).bucket
        if ORIGINS in headers:
            self._set(bucket, "cors", CORS_HEADERS, headers, _cors_body(headers), _is_ours)
        if INDEX in headers:
            self._set(bucket, "website", WEB_HEADERS, headers, _web_body(headers), lambda _: False)

    def _set(
        self,
        bucket: str,
        what: str,
        names: tuple[str, ...],
        headers: Mapping[str, str],
        body: bytes,
        is_ours: Callable[[Element], bool],
    ) -> None:
        found = self._read(bucket, what)
        if found is None or (len(found) and not is_ours(found)):
            return
        there = _cors_headers(found) if what == "cors" else _web_headers(found)
        if there == {name: headers[name] for name in names if name in headers}:
            return
        answer = self._client.ask("PUT", bucket, query={what: ""}, headers=xml_headers(body), body=body)
        if answer.status in TRANSIENT_STATUSES:
            raise self._client.fault(answer, ("bucket", bucket))
        answer.close()
        if answer.status >= 300:
            log.info("no %s bucket=%s status=%d", what, bucket, answer.status)

    def _read(self, bucket: str, what: str) -> Element | None:
        """The bucket's document, empty if it has none; None if the store does not support it."""
        answer = self._client.ask("GET", bucket, query={what: ""})
        if answer.status in TRANSIENT_STATUSES:
            raise self._client.fault(answer, ("bucket", bucket))
        with answer:
            body = answer.read()
        try:
            root = document(body, f"{what} of {bucket}")
        except TransientError:
            return None
        if problem_of(root).code == _NONE[what]:
            return Element(_ROOTS[what])
        return root if answer.status < 300 and root.tag == _ROOTS[what] else None


def _is_ours(cors: Element) -> bool:
    return [rule.findtext("ID") for rule in cors.iterfind("CORSRule")] == [_RULE_ID]


def _cors_headers(cors: Element | None) -> dict[str, str]:
    """The headers for a single CORS rule; None if there are several, as those cannot come from a container."""
    rules = [] if cors is None else cors.findall("CORSRule")
    if len(rules) != 1:
        return {}
    told = {
        ORIGINS: " ".join(one.text or "" for one in rules[0].iterfind("AllowedOrigin")),
        MAX_AGE: rules[0].findtext("MaxAgeSeconds") or "",
        EXPOSED: " ".join(one.text or "" for one in rules[0].iterfind("ExposeHeader")),
    }
    # SeaweedFS returns 0 for a missing value.
    return {name: value for name, value in told.items() if value and (name, value) != (MAX_AGE, "0")}


def _web_headers(site: Element | None) -> dict[str, str]:
    if site is None:
        return {}
    error = (site.findtext("ErrorDocument/Key") or "").removeprefix(_ERROR_STATUS)
    told = {INDEX: site.findtext("IndexDocument/Suffix") or "", ERROR: error}
    return {name: value for name, value in told.items() if value}


def _cors_body(headers: Mapping[str, str]) -> bytes:
    parts = [f"<ID>{_RULE_ID}</ID>"]
    parts += [f"<AllowedOrigin>{escape(origin)}</AllowedOrigin>" for origin in headers[ORIGINS].split()]
    parts += [f"<AllowedMethod>{method}</AllowedMethod>" for method in _METHODS]
    parts += ["<AllowedHeader>*</AllowedHeader>"]
    parts += [f"<ExposeHeader>{escape(name)}</ExposeHeader>" for name in headers.get(EXPOSED, "").split()]
    parts += [f"<MaxAgeSeconds>{headers[MAX_AGE]}</MaxAgeSeconds>"] if MAX_AGE in headers else []
    return f'<CORSConfiguration xmlns="{_SPACE}"><CORSRule>{"".join(parts)}</CORSRule></CORSConfiguration>'.encode()


def _web_body(headers: Mapping[str, str]) -> bytes:
    parts = f"<IndexDocument><Suffix>{escape(headers[INDEX])}</Suffix></IndexDocument>"
    if ERROR in headers:
        parts += f"<ErrorDocument><Key>{_ERROR_STATUS}{escape(headers[ERROR])}</Key></ErrorDocument>"
    return f'<WebsiteConfiguration xmlns="{_SPACE}">{parts}</WebsiteConfiguration>'.encode()
