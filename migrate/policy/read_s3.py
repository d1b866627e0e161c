"""Takes the S3 service that containers go to out of the policy's decoded YAML: `target.objects.s3`."""

from urllib.parse import SplitResult, urlsplit

from migrate.model import S3Place
from migrate.policy.buckets import BUCKET_PREFIX, SHARED, is_bucket_name, overlaps, place_of
from migrate.policy.settings import S3Target
from migrate.policy.values import PolicyReader, Section, shown

STYLES = ("path", "virtual")
_PATH = "target.objects.s3"
_KEYS = ("endpoint", "region", "profile", "style", "bucket_prefix", "buckets")
# Words of keys under which people put what must not stand in a file that is shown, sent around and sealed.
_SECRET = ("access_key", "accesskey", "secret", "token", "password", "passwd", "credential")


def read_s3(reader: PolicyReader, target: Section) -> S3Target | None:
    """The service, with what is wrong with it noted; None where the policy names none."""
    objects = reader.section(target, "target.objects", ("s3",))
    if objects.get("s3") is None:
        return None
    section = reader.section({"s3": _without_secrets(reader, objects["s3"])}, _PATH, _KEYS)
    return S3Target(
        endpoint=_endpoint(reader, section),
        region=reader.text(section, f"{_PATH}.region", ""),
        profile=reader.text(section, f"{_PATH}.profile", ""),
        style=reader.one_of(section, f"{_PATH}.style", STYLES),
        bucket_prefix=_bucket_prefix(reader, section),
        buckets=_buckets(reader, section),
    )


def _without_secrets(reader: PolicyReader, given: object) -> object:
    """A secret is told by its key, and never repeated."""
    if not isinstance(given, dict):
        return given
    kept: Section = {}
    for key, value in given.items():
        if any(word in str(key).lower().replace("-", "_") for word in _SECRET):
            reader.problem(
                f"{_PATH}.{key}",
                "must not stand here: put the keys into ~/.aws/credentials, and their section's name under profile",
            )
        else:
            kept[key] = value
    return kept


def _endpoint(reader: PolicyReader, section: Section) -> str:
    path, text = f"{_PATH}.endpoint", reader.text(section, f"{_PATH}.endpoint", "")
    if not text:
        return ""
    parts = _url(text)
    if parts is not None and (parts.username is not None or parts.password is not None):
        reader.problem(path, "must not hold a login: put the keys into ~/.aws/credentials")
        return ""
    is_whole = parts is not None and parts.scheme in {"http", "https"} and bool(parts.hostname)
    if parts is None or not is_whole or parts.path not in {"", "/"} or parts.query or parts.fragment:
        reader.problem(path, "must be a URL of scheme, host and port alone, such as https://s3.example.com")
        return ""
    return text.rstrip("/")


def _url(text: str) -> SplitResult | None:
    """Its parts, None where it is no URL. What is wrong with a port is told as late as it is looked at."""
    try:
        parts = urlsplit(text)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def _bucket_prefix(reader: PolicyReader, section: Section) -> str:
    text = reader.text(section, f"{_PATH}.bucket_prefix", "")
    if text and not (BUCKET_PREFIX.fullmatch(text) and is_bucket_name(f"{text}{SHARED}")):
        what = "must be at most 32 small letters, digits and single hyphens, a letter or digit first"
        reader.problem(f"{_PATH}.bucket_prefix", f"{what}, not {shown(text)}")
        return ""
    return text


def _buckets(reader: PolicyReader, section: Section) -> dict[str, str]:
    """Those that are right: each a legal name, and none within another's."""
    named = reader.names(section, f"{_PATH}.buckets", "container: bucket or bucket/prefix")
    kept: dict[str, str] = {}
    places: dict[str, S3Place] = {}
    for container, text in named.items():
        place, path = place_of(text), f"{_PATH}.buckets.{container}"
        if not is_bucket_name(place.bucket):
            what = "must be 3 to 63 small letters, digits, hyphens and dots, and no address"
            reader.problem(path, f"{what}, with a prefix behind a slash or without, not {shown(text)}")
        elif {"", ".", ".."} & set(place.prefix.split("/")[:-1]):
            reader.problem(path, f"must have a prefix without the parts . and .. and empty ones, not {shown(text)}")
        elif other := next((name for name, one in places.items() if overlaps(one, place)), None):
            reader.problem(path, f"must not lie where {shown(other)} lies, in {shown(named[other])}")
        else:
            kept[container], places[container] = text, place
    return kept
