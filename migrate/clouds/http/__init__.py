"""A thin blocking HTTP/1.1 client for bodies, plus pacing, proxies and resending, shared by both HTTP layers.

Other rooms import only from this package, not from its modules.
"""

from migrate.clouds.http.client import HttpClient, OnRequest
from migrate.clouds.http.connection import MOST_ANSWER_BYTES, Crawling, Response, crawling, within_parts
from migrate.clouds.http.dial import Network
from migrate.clouds.http.exchange import MOST_INTERIM
from migrate.clouds.http.headers import encoded
from migrate.clouds.http.login_probe import Probe, probe_address
from migrate.clouds.http.pace import Pacer, Pause, Throttle, stoppable_sleep
from migrate.clouds.http.page_limit import MOST_NAMES, Pages
from migrate.clouds.http.resend import SAFE_METHODS, TRANSIENT_STATUSES, RetryPolicy, Tries, retry_after_s
from migrate.clouds.http.trim_body import exactly

__all__ = [
    "MOST_ANSWER_BYTES",
    "MOST_INTERIM",
    "MOST_NAMES",
    "SAFE_METHODS",
    "TRANSIENT_STATUSES",
    "Crawling",
    "HttpClient",
    "Network",
    "OnRequest",
    "Pacer",
    "Pages",
    "Pause",
    "Probe",
    "Response",
    "RetryPolicy",
    "Throttle",
    "Tries",
    "crawling",
    "encoded",
    "exactly",
    "probe_address",
    "retry_after_s",
    "stoppable_sleep",
    "within_parts",
]
