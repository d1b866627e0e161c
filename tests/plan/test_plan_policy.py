"""Policies: what is read, and everything that is wrong at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.errors import ConfigError
from migrate.plan.policy import parse_policy, policy_seal
from migrate.plan.settings import Limits, Mappings, Policy
from migrate.plan.template import policy_template, render_policy
from tests.plan.tenants import MIGRATION, policy

HEAD = f'version: 1\nmigration: "{MIGRATION}"\nsource: {{cloud: old}}\ntarget: {{cloud: new}}\n'


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_policy(text)
    assert caught.value.code == "DCP-220"
    assert caught.value.facts["path"] == "policy.yaml"
    return str(caught.value.facts["problems"]).split("; ")


def test_what_init_writes_reads_back_as_the_defaults() -> None:
    assert parse_policy(policy_template(MIGRATION, "old", "new")) == policy()


def test_the_template_explains_every_key() -> None:
    lines = policy_template(MIGRATION, "old", "new").splitlines()
    keys = [i for i, line in enumerate(lines) if line and not line.startswith((" ", "#"))]
    explained = {lines[i].partition(":")[0] for i in keys if lines[i - 1].lstrip().startswith("#")}
    assert {"migration", "store", "deadline", "language", "mappings", "skip", "accept"} <= explained


def test_a_full_policy() -> None:
    text = HEAD + (
        "deadline: 2020-02-01T00:00:00+01:00\nlanguage: fr\nservers: {consistency: stopped, keep_mac: true}\n"
        "mappings:\n  flavors: {n1: b2-7}\n  external_networks: {public: Ext-Net}\n"
        'limits: {disks: 3}\nskip: ["server:old box"]\naccept: [DCP-643, "DCP-617:floating-ip:1.2.3.4", "volume:x"]\n'
    )
    assert parse_policy(text) == policy(
        deadline="2020-02-01T00:00:00+01:00",
        language="fr",
        consistency="stopped",
        keep_mac=True,
        mappings=Mappings(flavors={"n1": "b2-7"}, external_networks={"public": "Ext-Net"}),
        limits=Limits(disks=3),
        skip=("server:old box",),
        accept=("DCP-643", "DCP-617:floating-ip:1.2.3.4", "volume:x"),
    )


def test_sections_may_be_empty() -> None:
    assert parse_policy(HEAD + "servers:\nmappings:\nlimits:\nskip:\naccept:\ndeadline:\n") == policy()


@pytest.mark.parametrize(
    ("addition", "expected"),
    [
        ("limit: {disks: 1}\n", "limit: is not a key of the policy, did you mean limits?"),
        ("limits: {disk: 1}\n", "limits.disk: is not a key of the policy, did you mean disks?"),
        ("limits: {disks: 0}\n", "limits.disks: must be a whole number from 1 up, not 0"),
        ("limits: {reads: yes}\n", "limits.reads: must be a whole number from 1 up, not true"),
        ("limits: [1]\n", "limits: must be keys with values, not [1]"),
        ("language: de\n", "language: must be one of en, fr, not de"),
        ("servers: {consistency: warm}\n", "servers.consistency: must be one of auto, stopped, crash, not warm"),
        ("servers: {keep_mac: 1}\n", "servers.keep_mac: must be true or false, not 1"),
        ("mappings: {flavors: {a: 1.5}}\n", "mappings.flavors.a: must map a name to a name: put 1.5 in quotes"),
        ("mappings: {flavors: x}\n", "mappings.flavors: must be `source name: target name` lines, not x"),
        ("skip: server:x\n", "skip: must be a list, not server:x"),
        ("skip: [web-1]\n", "skip[0]: must be kind:id-or-name, not web-1"),
        ("skip: [DCP-643]\n", "skip[0]: must be kind:id-or-name, not DCP-643"),
        ("skip: ['servers:x']\n", "skip[0]: servers is no kind, did you mean server?"),
        ("accept: [7]\n", "accept[0]: must be kind:id-or-name, DCP-nnn or DCP-nnn:kind:id-or-name, in quotes, not 7"),
        ("store: 5\n", "store: must be text: put 5 in quotes"),
    ],
)
def test_a_mistake_is_named_by_its_path(addition: str, expected: str) -> None:
    assert problems(HEAD + addition) == [expected]


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
    [("a: [1\nb: 2\n", 2), ("skip: []\nskip: []\n", 2), ("a: !!python/object:os.system x\n", 1), ("a: \x07\n", 0)],
)
def test_broken_yaml_tells_the_line(text: str, line: int) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_policy(text, name="p.yaml")
    assert (caught.value.code, caught.value.facts["path"], caught.value.facts["line"]) == ("DCP-221", "p.yaml", line)


def test_the_seal_is_of_what_the_policy_says() -> None:
    commented = "# a comment\n" + HEAD + "limits: {disks: 2}\n"
    assert policy_seal(parse_policy(commented)) == policy_seal(policy())
    assert policy_seal(policy(language="fr")) != policy_seal(policy())


NAMES = st.text(min_size=1, max_size=12)
PAIRS = st.dictionaries(NAMES, NAMES, max_size=3)


@given(NAMES, PAIRS, st.lists(NAMES.map(lambda name: f"server:x{name}"), max_size=3), st.integers(1, 99))
def test_whatever_a_policy_says_is_written_and_read_back(
    cloud: str, pairs: dict[str, str], skip: list[str], disks: int
) -> None:
    said = policy(
        source_cloud=cloud,
        mappings=Mappings(flavors=pairs, volume_types=pairs),
        skip=tuple(skip),
        limits=Limits(disks=disks),
        deadline="2020-02-01T00:00:00Z",
    )
    assert parse_policy(render_policy(said)) == said


@given(st.text(max_size=200))
def test_no_text_makes_it_fall_over(text: str) -> None:
    try:
        assert isinstance(parse_policy(text), Policy)
    except ConfigError as err:
        assert err.code in {"DCP-220", "DCP-221"}
