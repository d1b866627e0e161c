"""Policies: what is read, and everything that is wrong at once."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.errors import ConfigError
from migrate.messages import codes
from migrate.policy.policy_records import Disks, Limits, Mappings, Passes, Policy, S3Target
from migrate.policy.rates import format_rate, parse_rate
from migrate.policy.reader import parse_policy
from migrate.policy.schema import Field, keys_of
from migrate.policy.seal import policy_seal
from migrate.policy.selectors import budget_of, fits, is_warm
from migrate.policy.template import policy_template, render_policy
from tests.examples import few_examples
from tests.plan.policies import HEAD, problems
from tests.plan.tenants import MIGRATION, policy

A_SERVER = "6ea98324-0f14-49f6-97c0-885d1b8dc517"
NO_FOLDER = "disks.devices: must be a folder's path from / on, not "
_NO_KEY_PLACE = "store.key: must say where the key is, file:/PATH or env:NAME, and is never the key itself"
_NO_OPTIONS = "ledger: must be a file after sqlite:///, without options: none of ? # %"
_NO_DATABASE = "ledger: must be the URL of a database, such as postgresql://decamp@db.example/decamp"


def test_what_init_writes_reads_back_as_the_defaults_but_for_warm_passes() -> None:
    assert policy().passes == Passes(warm=False)
    assert parse_policy(policy_template(MIGRATION, "old", "new")) == policy(passes=Passes(warm=True))


def test_a_server_takes_passes_as_its_line_says_and_no_wins() -> None:
    lines = '  warm: {"server:db-*": true, "server:db-2": false}'
    said = parse_policy(policy_template(MIGRATION, "old", "new").replace("  warm: true", lines))
    assert [is_warm(said, f"server:{i}", i) for i in ("db-1", "db-2", "web")] == [True, False, False]


def test_only_whether_passes_are_taken_is_sealed_and_no_plan_from_before_the_key_stops_fitting() -> None:
    assert policy_seal(policy(passes=Passes(warm=True))) != policy_seal(policy())
    assert policy_seal(policy(passes=Passes(warm=True, age_s=60))) == policy_seal(policy(passes=Passes(warm=True)))


def test_the_template_explains_every_key() -> None:
    lines = policy_template(MIGRATION, "old", "new").splitlines()
    keys = [i for i, line in enumerate(lines) if line and not line.lstrip().startswith("#")]
    assert [lines[i] for i in keys if not lines[i - 1].lstrip().startswith("#")] == []
    assert max(len(line) for line in lines) <= 120
    # What is not said stands in an example; `store: "store"` says the folder.
    words = {word for line in lines for word in line.split()}
    assert [key.path for key in keys_of(Policy) if f"{key.path[-1]}:" not in words] == [("store", "folder")]


def test_a_full_policy() -> None:
    text = f"""\
version: 1
migration: "{MIGRATION}"
source: {{cloud: old, region: fr1}}
target:
  cloud: new
  region: fr2
  profile: none
  objects:
    s3:
      endpoint: https://s3.example.com:9000/
      region: gra
      profile: new
      style: virtual
      bucket_prefix: acme-
      buckets: {{photos: acme-media/photos, "Logs 2019": acme-logs}}
objects: {{versions: current}}
disks: {{capture: attached, restore: glance, source_worker: {A_SERVER}, attachments: 8}}
ledger: postgresql+psycopg://decamp@db.example:5432/decamp?sslmode=require
deadline: 2020-02-01T00:00:00+01:00
language: fr
servers:
  consistency: stopped
  start: {{"server:web-1": twin}}
  keep_mac: true
  user_data: give
  user_data_files: {{web-1: user-data/web.yaml}}
snapshots: image
backups: volume
images: {{keep_properties: ["acme_*"]}}
network: {{rewrite_addresses: true}}
mappings:
  flavors: {{n1: b2-7}}
  external_networks: {{public: Ext-Net}}
  projects: {{p1: q1}}
limits:
  disks: 3
  source_requests_per_s: 5
  target_requests_per_s: 0.5
  bandwidth: 50 MiB/s
  windows: ["mon-fri 20:00-06:00 Europe/Paris"]
skip: ["server:old box", "load-balancer:front"]
accept: [DCP-643, "DCP-617:floating-ip:1.2.3.4", "volume:x"]
"""
    assert parse_policy(text) == policy(
        source_region="fr1",
        target_region="fr2",
        profile="none",
        ledger="postgresql+psycopg://decamp@db.example:5432/decamp?sslmode=require",
        deadline="2020-02-01T00:00:00+01:00",
        language="fr",
        consistency="stopped",
        start_by_server={"server:web-1": "twin"},
        keep_mac=True,
        user_data="give",
        user_data_files={"web-1": "user-data/web.yaml"},
        snapshots="image",
        backups="volume",
        keep_properties=("acme_*",),
        rewrite_addresses=True,
        s3=S3Target(
            endpoint="https://s3.example.com:9000",
            region="gra",
            profile="new",
            style="virtual",
            bucket_prefix="acme-",
            buckets={"photos": "acme-media/photos", "Logs 2019": "acme-logs"},
        ),
        versions="current",
        disks=Disks(capture="attached", source_worker=A_SERVER, attachments=8),
        mappings=Mappings(flavors={"n1": "b2-7"}, external_networks={"public": "Ext-Net"}, projects={"p1": "q1"}),
        limits=Limits(
            disks=3,
            source_requests_per_s=5.0,
            target_requests_per_s=0.5,
            bandwidth_bytes_per_s=50 << 20,
            windows=("mon-fri 20:00-06:00 Europe/Paris",),
        ),
        skip=("server:old box", "load-balancer:front"),
        accept=(codes.SNAPSHOTS_LEFT, "DCP-617:floating-ip:1.2.3.4", "volume:x"),
    )


def test_sections_may_be_empty() -> None:
    keys = ["servers", "mappings", "limits", "skip", "accept", "deadline", "images", "network", "objects", "ledger"]
    assert parse_policy(HEAD + "".join(f"{key}:\n" for key in keys)) == policy()


@pytest.mark.parametrize(
    ("addition", "expected"),
    [
        ("limit: {disks: 1}\n", "limit: is not a key of the policy, did you mean limits?"),
        ("limits: {disk: 1}\n", "limits.disk: is not a key of the policy, did you mean disks?"),
        ("limits: {disks: 0}\n", "limits.disks: must be a whole number from 1 up, not 0"),
        ("limits: {reads: yes}\n", "limits.reads: must be a whole number from 1 up, not true"),
        ("limits: [1]\n", "limits: must be keys with values, not [1]"),
        ("language: de\n", "language: must be one of en, fr, not de"),
        ("objects: {versions: all}\n", "objects.versions: must be one of keep, current, not all"),
        ("servers: {consistency: warm}\n", "servers.consistency: must be one of auto, stopped, crash, not warm"),
        ("servers: {start: copy}\n", "servers.start: must be one of cut-over, twin, not copy"),
        (
            "servers: {start: {'server:a': yes}}\n",
            "servers.start.server:a: must be one of cut-over, twin, not true",
        ),
        ("servers: {start: {web-1: twin}}\n", "servers.start.web-1: must be kind:id-or-name, not web-1"),
        (
            "servers: {start: {'volume:a': twin}}\n",
            "servers.start.volume:a: must name a server, such as server:web-1",
        ),
        ("servers: {keep_mac: 1}\n", "servers.keep_mac: must be true or false, not 1"),
        ("mappings: {flavors: {a: 1.5}}\n", "mappings.flavors.a: must map a name to a name: put 1.5 in quotes"),
        ("mappings: {flavors: x}\n", "mappings.flavors: must be `source name: target name` lines, not x"),
        ("skip: server:x\n", "skip: must be a list, not server:x"),
        ("skip: [web-1]\n", "skip[0]: must be kind:id-or-name, not web-1"),
        ("skip: [DCP-643]\n", "skip[0]: must be kind:id-or-name, not DCP-643"),
        ("skip: ['servers:x']\n", "skip[0]: servers is no kind, did you mean server?"),
        ("accept: [7]\n", "accept[0]: must be kind:id-or-name, DCP-nnn or DCP-nnn:kind:id-or-name, in quotes, not 7"),
        ("store: 5\n", "store: must be text: put 5 in quotes"),
        ("store: ''\n", "store: is missing"),
        ("store: [x]\n", "store: must be text: put ['x'] in quotes"),
        ("store: {}\n", "store.container: is missing"),
        ("store: {folder: ''}\n", "store.folder: is missing"),
        ("store: {key: acme.key}\n", _NO_KEY_PLACE),
        ("store: {key: 'file:acme.key'}\n", _NO_KEY_PLACE),
        ("store: {container: acme-disks, key: 'env:A B'}\n", _NO_KEY_PLACE),
        (
            "store: {folder: x, container: acme-disks}\n",
            "store: is a folder or a container, not both",
        ),
        (
            "store: {container: Acme_Disks}\n",
            "store.container: must be 3 to 63 small letters, digits and hyphens, not Acme_Disks",
        ),
        ("servers: {stale: maybe}\n", "servers.stale: must be one of refuse, accept, not maybe"),
        ("snapshots: keep\n", "snapshots: must be one of volume, image, leave, not keep"),
        ("backups: image\n", "backups: must be one of leave, volume, container, not image"),
        ("servers: {user_data: run}\n", "servers.user_data: must be one of keep, give, not run"),
        ("servers: {user_data_files: [x]}\n", "servers.user_data_files: must be `server: file` lines, not ['x']"),
        (
            "servers: {user_data_files: {web-1: ../x}}\n",
            "servers.user_data_files.web-1: must be a file below the workspace, not ../x",
        ),
        (
            "servers: {user_data_files: {web-1: /etc/x}}\n",
            "servers.user_data_files.web-1: must be a file below the workspace, not /etc/x",
        ),
        ("images: {keep_properties: acme}\n", "images.keep_properties: must be a list, not acme"),
        ("images: {keep_properties: [7]}\n", "images.keep_properties[0]: must be text: put 7 in quotes"),
        ("network: {rewrite: true}\n", "network.rewrite: is not a key of the policy, use one of rewrite_addresses"),
        ("mappings: {projects: {p: 7}}\n", "mappings.projects.p: must map a name to a name: put 7 in quotes"),
        ("limits: {source_requests_per_s: 0}\n", "limits.source_requests_per_s: must be a number above 0, not 0"),
        ("limits: {target_requests_per_s: .inf}\n", "limits.target_requests_per_s: must be a number above 0, not .inf"),
        ("limits: {target_requests_per_s: true}\n", "limits.target_requests_per_s: must be a number above 0, not true"),
        (
            "limits: {bandwidth: 50}\n",
            "limits.bandwidth: must be a rate such as 50 MiB/s, 10 MB/s or 100 Mbit/s, not 50",
        ),
        (
            "limits: {bandwidth: 50 Mb/s}\n",
            "limits.bandwidth: must be a rate such as 50 MiB/s, 10 MB/s or 100 Mbit/s, not 50 Mb/s",
        ),
        (
            "limits: {windows: [mon 1:00-2:00 Paris]}\n",
            "limits.windows[0]: Paris is no time zone: use one such as Europe/Paris or UTC",
        ),
        ("limits: {windows: [7]}\n", "limits.windows[0]: must be text: put 7 in quotes"),
        ("disks: attached\n", "disks: must be keys with values, not attached"),
        ("disks: {capture: nbd}\n", "disks.capture: must be one of glance, attached, not nbd"),
        ("disks: {worker: x}\n", "disks.worker: is not a key of the policy, did you mean target_worker?"),
        (
            "disks: {capture: attached}\n",
            "disks.source_worker: is missing: name the server that decamp runs on, or set capture to glance",
        ),
        (
            "disks: {restore: attached}\n",
            "disks.target_worker: is missing: name the server that decamp runs on, or set restore to glance",
        ),
        (
            "disks: {capture: attached, source_worker: worker-1}\n",
            f"disks.source_worker: must be the id of a server, such as {A_SERVER}, not worker-1",
        ),
        (f"disks: {{source_worker: {A_SERVER}, devices: by-id}}\n", NO_FOLDER + "by-id"),
        ("disks: {attachments: 21}\n", "disks.attachments: must be a whole number from 1 to 20, not 21"),
        ("disks: {attachments: 0}\n", "disks.attachments: must be a whole number from 1 to 20, not 0"),
        ("ledger: 7\n", _NO_DATABASE),
        ("ledger: ledger.db\n", _NO_DATABASE),
        ("ledger: mysql://x/y\n", _NO_DATABASE),
        ('ledger: "sqlite:///a\\0b"\n', "ledger: must not hold control characters"),
        ('ledger: "postgresql://db.example/a\\x1b"\n', "ledger: must not hold control characters"),
        *((f"ledger: 'sqlite:///{file}'\n", _NO_OPTIONS) for file in ("a?timeout=1", "a?uri=true", "a#b", "a%41")),
        *(
            (f"ledger: 'sqlite{way}'\n", _NO_OPTIONS)
            for way in (":///", "://", ":///:memory:", "+pysqlite:///", ":///a/")
        ),
        ("ledger: 'postgresql://[x/y'\n", _NO_DATABASE),
    ],
)
def test_a_mistake_is_named_by_its_path(addition: str, expected: str) -> None:
    assert problems(HEAD + addition) == [expected]


@pytest.mark.parametrize(
    ("addition", "expected"),
    [
        ("bandwidth: 1\n", "bandwidth: is not a key of the policy, did you mean limits.bandwidth?"),
        ("windows: []\n", "windows: is not a key of the policy, did you mean limits.windows or waves.windows?"),
        ("Limits: {}\n", "Limits: is not a key of the policy, did you mean limits?"),
        (
            "objects: {cloud: x}\n",
            "objects.cloud: is not a key of the policy, did you mean source.cloud or target.cloud?",
        ),
        ("deadlines: {}\n", "deadlines: is not a key of the policy, did you mean deadline or schedule.deadlines?"),
    ],
)
def test_an_unknown_key_is_looked_for_in_every_section(addition: str, expected: str) -> None:
    assert problems(HEAD + addition) == [expected]


def test_both_sides_of_a_line_are_told_at_once() -> None:
    assert problems(HEAD + "schedule: {tiers: {web-1: 5}}\n") == [
        "schedule.tiers.web-1: must be kind:id-or-name, not web-1",
        "schedule.tiers.web-1: must be 10, 3 or 1, not 5",
    ]


def test_a_mistake_is_told_with_its_line() -> None:
    """What is missing is told with the line of its section, and last where there is none."""
    text = """\
version: 1
source:
  region: r
skip:
  - server:a
  - web
mappings:
  flavors:
    a: b
    c:
      1
limits: {disks: 0,
  reads: 0}
"""
    with pytest.raises(ConfigError) as caught:
        parse_policy(text)
    assert caught.value.facts["problems"] == [
        "line 2, source.cloud: is missing",
        "line 6, skip[1]: must be kind:id-or-name, not web",
        "line 10, mappings.flavors.c: must map a name to a name: put 1 in quotes",
        "line 12, limits.disks: must be a whole number from 1 up, not 0",
        "line 13, limits.reads: must be a whole number from 1 up, not 0",
        "migration: must be the 32 hex digits that `decamp init` wrote, not nothing",
        "target.cloud: is missing",
    ]


WAVES = 'waves: {servers: {"server:db-*": database, "server:web-*": front}}\n'
BESIDE = {"waves.order": WAVES, "waves.windows": WAVES}
"""What an example must have beside it."""


@pytest.mark.parametrize("field", [key for key in keys_of(Policy) if key.key.example], ids=lambda key: key.key.path)
def test_the_example_of_a_key_is_read_and_is_not_its_default(field: Field) -> None:
    name, *inner = field.path
    example = field.key.example
    for part in reversed(inner):
        example = f"{{{part}: {example}}}"
    # HEAD has one key of each cloud.
    head = f"{HEAD}{BESIDE.get(field.key.path, '')}"
    beside = re.sub(rf"({name}: {{.*)}}\n", lambda found: f"{found[1]}, {example[1:]}\n", head)
    text = beside if beside != head else f"{head}{name}: {example}\n"
    said = parse_policy(text)
    assert said != policy() and parse_policy(render_policy(said)) == said


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://decamp:hunter2@db.example/decamp",
        "postgresql://decamp:@db.example/decamp",
        "postgresql+psycopg://db.example/decamp?user=decamp&password=hunter2",
        "postgresql://db.example/decamp?sslmode=require&PassWd=hunter2",
    ],
)
def test_a_password_in_the_ledgers_url_is_a_problem_that_does_not_repeat_it(url: str) -> None:
    (problem,) = problems(HEAD + f"ledger: {url}\n")
    assert problem.startswith("ledger: must not hold the password") and "PGPASSFILE" in problem
    assert "hunter2" not in problem


def test_an_unusable_ledger_is_never_shown() -> None:
    (problem,) = problems(HEAD + "ledger: {url: 'postgresql://decamp:hunter2@db/decamp'}\n")
    assert problem == _NO_DATABASE


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_region_is_text(side: str) -> None:
    lines = HEAD.replace(f"{side}: {{cloud:", f"{side}: {{region: 5, cloud:")
    assert problems(lines) == [f"{side}.region: must be text: put 5 in quotes"]


def test_only_a_profile_that_is_there_can_be_named() -> None:
    (problem,) = problems(HEAD.replace("cloud: new", "cloud: new, profile: best"))
    assert problem.startswith("target.profile: must be one of auto, none, ")
    assert problem.endswith(", not best")


@pytest.mark.parametrize(
    ("text", "bytes_per_s"),
    [
        ("50 MiB/s", 50 << 20),
        ("10 MB/s", 10_000_000),
        ("100 Mbit/s", 12_500_000),
        ("1.5 GiB/s", 3 << 29),
        ("7B/s", 7),
        ("0.3 kB/s", 300),
        ("0 MB/s", None),
        ("0.1 B/s", None),
        ("-5 MB/s", None),
        ("5 MB", None),
        ("5 Mb/s", None),
        ("5 mb/s", None),
        ("fast", None),
        ("", None),
    ],
)
def test_rates(text: str, bytes_per_s: int | None) -> None:
    assert parse_rate(text) == bytes_per_s


@given(st.integers(1, 1 << 50))
def test_a_rate_is_written_and_read_back(bytes_per_s: int) -> None:
    assert parse_rate(format_rate(bytes_per_s)) == bytes_per_s


@pytest.mark.parametrize("deadline", ["2020-02-01", "2020-02-01T00:00:00", "soon", "20200201", "12"])
def test_a_deadline_needs_its_offset(deadline: str) -> None:
    (problem,) = problems(HEAD + f"deadline: {deadline}\n")
    assert problem.startswith("deadline: must be a date and time with its offset")


def test_all_mistakes_at_once() -> None:
    text = "version: 2\nmigration: 12\nsource: {}\nlanguage: xx\nlimits: {disks: -1}\nextra: 1\n"
    paths = [problem.partition(":")[0] for problem in problems(text)]
    assert sorted(paths) == [
        "extra",
        "language",
        "limits.disks",
        "migration",
        "source.cloud",
        "target.cloud",
        "version",
    ]


@pytest.mark.parametrize("text", ["", "- a\n", "just text"])
def test_a_document_of_another_shape(text: str) -> None:
    assert problems(text) == ["the whole document: must be keys with values"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1\nb: 2\n", 2),
        ("skip: []\nskip: []\n", 2),
        ("a: !!python/object:os.system x\n", 1),
        ("a: \x07\n", 0),
        ("source: {cloud: {{ old }}}\n", 1),
        ("? [a]\n: b\n", 1),
        ("a: !!bool x\n", 0),
        ("a: !!int ''\n", 0),
        ("a: !!timestamp 2020\n", 1),
        ("a: &a [1]\nb: *a\n", 2),
        ("a: &a {b: 1}\nc: {<<: *a}\n", 2),
        ("[" * 100_000, 1),
        ("a: 1\nskip: " + "[" * 997 + "]" * 997, 2),
        ("a: 1\nb: " + "{c: " * 21 + "}" * 21, 2),
    ],
)
def test_broken_yaml_tells_the_line(text: str, line: int) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_policy(text, name="p.yaml")
    assert (caught.value.code, caught.value.facts["path"], caught.value.facts["line"]) == (
        codes.YAML_INVALID,
        "p.yaml",
        line,
    )


def test_the_seal_is_of_what_the_policy_says() -> None:
    commented = "# a comment\n" + HEAD + "limits: {disks: 2}\n"
    assert policy_seal(parse_policy(commented)) == policy_seal(policy())
    assert policy_seal(policy(language="fr")) != policy_seal(policy())


def test_a_plan_of_a_policy_that_says_nothing_of_objects_and_paths_still_fits() -> None:
    """Its seal is what it was when nothing could be said of them."""
    assert policy_seal(policy()) == policy_seal(policy(versions="keep", s3=None))
    sealed = {policy_seal(policy(**said)) for said in ({}, {"versions": "current"}, {"s3": S3Target()})}
    assert len({*sealed, policy_seal(policy(limits=Limits(objects=3)))}) == 4
    assert policy_seal(policy(disks=Disks(attachments=5))) not in sealed
    assert policy_seal(policy(disks=Disks())) == policy_seal(policy())
    before = "f875464292c0992ab60577d8f94f4cf017d977f5402bedc1dd4e2d0c8d1ada59"
    assert policy_seal(policy()) == before


# ---------------------------------------------------------------- DNS


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("müller.example", "must be in ASCII, as its zone has it (xn--mller-kva.example), not müller.example"),
        ("\u202eb.example", "must be a full name such as www.example.com, not "),
        ("*.example.com", "must be a full name such as www.example.com, not *.example.com"),
        ("localhost", "must be a full name such as www.example.com, not localhost"),
        ("192.0.2.1", "must be a full name such as www.example.com, not 192.0.2.1"),
        ("a..example", "must be a full name such as www.example.com, not a..example"),
        ("-a.example", "must be a full name such as www.example.com, not -a.example"),
        ("a b.example", "must be a full name such as www.example.com, not a b.example"),
        ("https://www.example.com/", "must be a full name such as www.example.com, not https://www.example.com/"),
        ("ü" * 300 + ".example", "must be a full name such as www.example.com, not "),
        ("a" * 64 + ".example", "must be a full name such as www.example.com, not "),
    ],
)
def test_what_is_no_name_of_the_dns_is_a_problem(name: str, expected: str) -> None:
    (found,) = problems(HEAD + f"dns: {{names: [ok.example.com, '{name}']}}\n")
    assert found.startswith(f"dns.names[1]: {expected}") and len(found) < 200


@pytest.mark.parametrize(
    "name", ["www.example.com", "www.example.com.", "WWW.Example.COM", "_x.a1.example", "1.example"]
)
def test_what_a_zone_may_have_is_a_name(name: str) -> None:
    assert parse_policy(HEAD + f"dns: {{names: ['{name}']}}\n").dns.names == (name,)


def test_more_names_than_there_is_time_for_are_a_problem() -> None:
    names = ", ".join(f"n{number}.example.com" for number in range(201))
    assert problems(HEAD + f"dns: {{names: [{names}]}}\n") == ["dns.names: has 201 names, of 200 at most"]


@pytest.mark.parametrize(
    "text", ["192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]", "[2001:db8::53]:53"]
)
def test_a_resolver_is_an_address_with_or_without_a_port(text: str) -> None:
    assert parse_policy(HEAD + f"dns: {{resolver: '{text}'}}\n").dns.resolver == text


@pytest.mark.parametrize(
    "text", ["ns.example.com", "192.0.2", "192.0.2.53:0", "192.0.2.53:99999", "[::1", "::1]:53", "1:2"]
)
def test_another_resolver_is_a_problem(text: str) -> None:
    (found,) = problems(HEAD + f"dns: {{resolver: '{text}'}}\n")
    assert found.startswith("dns.resolver: must be an IP address such as 192.0.2.53 or [2001:db8::53]:5353, not ")


def test_names_do_not_change_what_a_plan_is_bound_to() -> None:
    said = parse_policy(HEAD + "dns: {names: [www.example.com], ttl_limit: 1 hour, resolver: 192.0.2.53}\n")
    assert policy_seal(said) == policy_seal(parse_policy(HEAD))


# ---------------------------------------------------------------- cut-over


@pytest.mark.parametrize(
    ("said", "server", "seconds"),
    [
        ("{}", "web-1", None),
        ("{budget: 45 seconds}", "web-1", 45),
        ("{budget: 2 hours}", "web-1", 7200),
        ("{budget: {'server:web-*': 10 minutes}}", "web-1", 600),
        ("{budget: {'server:web-*': 10 minutes}}", "db", None),
        ("{budget: {'server:w*': 2 hours, 'server:web-*': 10 minutes}}", "web-1", 600),
        ("{budget: {'server:web-1': 2 hours, 'server:web-*': 10 minutes}}", "web-1", 7200),
    ],
)
def test_the_budget_of_a_server(said: str, server: str, seconds: int | None) -> None:
    found = parse_policy(HEAD + f"cut_over: {said}\n")
    assert budget_of(found, "server:1", server) == seconds
    assert parse_policy(render_policy(found)) == found
    assert policy_seal(found) == policy_seal(parse_policy(HEAD)), "a plan fits whatever the budget"


@pytest.mark.parametrize("text", ["soon", "0 minutes", "7", "400 days", "-5 minutes"])
def test_what_is_no_budget_is_a_problem(text: str) -> None:
    (found,) = problems(HEAD + f"cut_over: {{budget: '{text}'}}\n")
    assert found == (
        f"cut_over.budget: must be a span of a year at most, such as 45 seconds, 30 minutes or 2 hours, not {text}"
    )


# ---------------------------------------------------------------- S3


def s3_problems(lines: str) -> list[str]:
    return problems(HEAD.replace("{cloud: new}", f"{{cloud: new, objects: {{s3: {lines}}}}}"))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("{endpoint: s3.example.com}", "endpoint: must be a URL of scheme, host and port alone"),
        ("{endpoint: 'https://s3.example.com/bucket'}", "endpoint: must be a URL of scheme, host and port alone"),
        ("{endpoint: 'https://s3.example.com:port'}", "endpoint: must be a URL of scheme, host and port alone"),
        ("{style: dns}", "style: must be one of path, virtual, not dns"),
        ("{regoin: gra}", "regoin: is not a key of the policy, did you mean region?"),
        ("{bucket_prefix: Acme_}", "bucket_prefix: must be at most 32 small letters"),
        ("{bucket_prefix: xn--a}", "bucket_prefix: must be at most 32 small letters"),
        ("{bucket_prefix: sthree-}", "bucket_prefix: must be at most 32 small letters"),
        ("{buckets: [a]}", "buckets: must be `container: bucket or bucket/prefix` lines"),
        ("{buckets: {a: My_Bucket}}", "buckets.a: must be 3 to 63 small letters"),
        ("{buckets: {a: 10.0.0.1}}", "buckets.a: must be 3 to 63 small letters"),
        ("{buckets: {a: 'media//x'}}", "buckets.a: must have a prefix without the parts"),
        ("{buckets: {a: media/../x}}", "buckets.a: must have a prefix without the parts"),
        ("{buckets: {a: media/a, b: media}}", "buckets.b: must not lie where a lies, in media/a"),
        ("{buckets: {a: media/a/b, b: media/a}}", "buckets.b: must not lie where a lies, in media/a/b"),
    ],
)
def test_a_mistake_about_s3_is_named_by_its_path(said: str, expected: str) -> None:
    (found,) = s3_problems(said)
    assert found.startswith(f"target.objects.s3.{expected}")


@pytest.mark.parametrize(
    "key", ["access_key", "secret", "secretKey", "aws-secret-access-key", "session_token", "password"]
)
def test_no_key_of_access_stands_in_a_policy_and_none_is_repeated(key: str) -> None:
    (found,) = s3_problems(f"{{{key}: AKIA0000}}")
    assert found.startswith(f"target.objects.s3.{key}: must not stand here") and "AKIA" not in found


@pytest.mark.parametrize("url", ["https://AKIA0:s3cr3t@s3.example.com", "https://AKIA0@s3.example.com"])
def test_a_login_in_the_endpoint_is_a_problem_that_does_not_repeat_it(url: str) -> None:
    (found,) = s3_problems(f"{{endpoint: '{url}'}}")
    assert "must not hold a login" in found and "AKIA" not in found and "s3cr3t" not in found


def test_all_mistakes_about_s3_at_once() -> None:
    found = s3_problems("{endpoint: x, style: y, secret: z, buckets: {a: B}, bucket_prefix: '-'}")
    assert len(found) == 5


def test_prefixes_that_merely_begin_alike_are_apart() -> None:
    said = HEAD.replace("{cloud: new}", "{cloud: new, objects: {s3: {buckets: {a: media/a, ab: media/ab/}}}}")
    assert parse_policy(said).s3 == S3Target(buckets={"a": "media/a", "ab": "media/ab/"})


NAMES = st.text(min_size=1, max_size=12)
PAIRS = st.dictionaries(NAMES, NAMES, max_size=3)


@few_examples(40)
@given(
    NAMES,
    PAIRS,
    st.lists(NAMES.map(lambda name: f"server:x{name}"), max_size=3),
    st.integers(1, 99),
    st.one_of(st.none(), st.floats(min_value=0, exclude_min=True, allow_infinity=False)),
    st.one_of(st.none(), st.integers(1, 1 << 50)),
    st.dictionaries(NAMES, st.sampled_from(["a.yaml", "user data/é.sh"]), max_size=2),
    st.lists(st.sampled_from(["daily 22:00-05:00 UTC", "sat,sun Europe/Paris"]), max_size=2),
)
def test_whatever_a_policy_says_is_written_and_read_back(
    name: str,
    pairs: dict[str, str],
    skip: list[str],
    disks: int,
    pace: float | None,
    bandwidth: int | None,
    files: dict[str, str],
    windows: list[str],
) -> None:
    said = policy(
        source_cloud=name,
        source_region=name,
        target_region=name,
        profile="none",
        ledger="postgresql://decamp@db.example/decamp",
        user_data="give",
        user_data_files=files,
        snapshots="leave",
        backups="container",
        keep_properties=tuple(pairs),
        rewrite_addresses=True,
        s3=S3Target(region=name, profile=name, buckets={name: "acme-media/x y", f"{name}.": "acme-logs"}),
        versions="current",
        stale="accept",
        store_container="acme-disks",
        store_key="env:ACME_KEY",
        disks=Disks(
            capture="attached", restore="attached", source_worker=A_SERVER, target_worker=A_SERVER, devices=f"/{name}"
        ),
        mappings=Mappings(flavors=pairs, volume_types=pairs, projects=pairs),
        skip=tuple(skip),
        limits=Limits(
            disks=disks,
            source_requests_per_s=pace,
            target_requests_per_s=pace,
            bandwidth_bytes_per_s=bandwidth,
            windows=tuple(windows),
        ),
        deadline="2020-02-01T00:00:00Z",
    )
    assert parse_policy(render_policy(said)) == said


@given(st.text(max_size=200))
def test_no_text_makes_it_fall_over(text: str) -> None:
    try:
        assert isinstance(parse_policy(text), Policy)
    except ConfigError as err:
        assert err.code in {codes.POLICY_INVALID, codes.YAML_INVALID}


def test_a_selector_names_things_of_its_own_kind_alone() -> None:
    assert fits("server:db", "server:1", "db") and fits("server:1", "server:1", "db")
    assert not fits("server:db", "volume:1", "db") and not fits("server:d*", "volume:1", "db")
    assert not fits("server:db", "", "db")
