"""A source of 2014: identity 2.0, no microversions, no tags, no ranges, no filters, and routers nobody sees."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from migrate.cli.connect import connect
from migrate.clouds.guard import SourceGuard
from migrate.errors import AccessError
from migrate.inventory.scan_project import scan
from migrate.messages import codes
from tests.lab.harness import LAB, ROOT, Witness, Workspace, facts, fresh, openstack_all, run, wait_until
from tests.lab.old_cloud import OldCloud, ask

pytestmark = pytest.mark.lab

PROJECT = "test-old-cloud"
SOURCE, TARGET = f"source-{PROJECT}", f"target-{PROJECT}"
PAGE = 1

NETWORK_QUOTAS = ("floating_ips", "networks", "ports", "routers", "security_group_rules", "security_groups", "subnets")
UNTOLD = (
    # Another address, and other versions behind it.
    "identity.cloud",
    "identity.auth_url",
    "facts.versions",
    "facts.services",
    "facts.endpoints",
    # Two scans, two moments.
    "facts.clock",
    # Identity 2.0 knows no domains.
    "identity.project_domain_id",
    "facts.network_extensions",
    # Neutron told how much was allowed, and not how much of it was used.
    *(f"facts.quotas.{name}.used" for name in NETWORK_QUOTAS),
    # Nova had neither before microversions 2.19 and 2.26, nor the last before 2.3.
    "servers.tags",
    "servers.description",
    "servers.attachments.delete_on_termination",
    # Glance had MD5 alone. (Tags it had: this old cloud has none, as the strictest of its kind.)
    "images.hash_algo",
    "images.hash_value",
    "images.tags",
    # Neutron described nothing but security groups.
    "networks.description",
    "floating_ips.description",
)
"""All that the old cloud cannot tell of a tenant, or tells otherwise."""


@pytest.fixture(scope="module")
def tenant(lab: None) -> None:
    fresh(str(ROOT / "tests/lab/old_tenant.json"), PROJECT, "--target-quota", "generous")
    client = (LAB / ".venv/bin/openstack", "--os-cloud", SOURCE, "--os-compute-api-version", "2.90")
    run(*client, "server", "set", "--tag", "precious", "--description", "a shop", "server")
    run(*client, "server", "volume", "update", "--delete-on-termination", "server", "data")


@pytest.fixture(scope="module")
def old(tenant: None) -> Iterator[OldCloud]:
    cloud = OldCloud.up("test-old", PROJECT, "--page", str(PAGE))
    yield cloud
    cloud.down()


@pytest.fixture(scope="module")
def hidden(tenant: None) -> Iterator[OldCloud]:
    """The same tenant where nobody sees a router."""
    cloud = OldCloud.up("test-hidden", PROJECT, "--hide-routers")
    yield cloud
    cloud.down()


@pytest.fixture
def names_of(old: OldCloud, monkeypatch: pytest.MonkeyPatch) -> OldCloud:
    """Clouds are found by the names that the old cloud's clouds.yaml has."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(old.clouds))
    return old


# ---------------------------------------------------------------- logging in


def test_identity_2_is_all_there_is(old: OldCloud) -> None:
    versions = ask("GET", old.url).json["versions"]["values"]
    assert [one["id"] for one in versions] == ["v2.0"]
    for path in ("/v3", "/v3/auth/tokens"):
        assert ask("POST", old.url + path, body={}).status == 404
    _, catalogue = old.login()
    assert catalogue["compute"].split("/")[3] == "v2.1" and catalogue["volumev2"].split("/")[3] == "v2"
    assert "volumev3" not in catalogue


def test_a_login_by_version_2(names_of: OldCloud) -> None:
    seen = names_of.witness()
    identity = connect(f"{names_of.name}-{PROJECT}", SourceGuard()).identity()
    assert (identity.project_name, identity.region) == (PROJECT, "fr1")
    wait_until(lambda: bool(seen.requests()), "the login is in the log")
    assert {(r.method, r.path) for r in seen.requests()} == {("POST", "/v2.0/tokens")}


@pytest.mark.parametrize("auth_type", ["v2token", "token"])
def test_a_bare_token(names_of: OldCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, auth_type: str) -> None:
    token, _ = names_of.login()
    auth = {"auth_url": f"{names_of.url}/v2.0", "token": token, "tenant_name": PROJECT}
    entry = {"auth_type": auth_type, "auth": auth, "region_name": "fr1"}
    (tmp_path / "clouds.yaml").write_text(yaml.safe_dump({"clouds": {"shop": entry}}))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    cloud = connect("shop", SourceGuard())
    assert cloud.identity().project_name == PROJECT
    assert cloud.facts().login_ends_at


def test_a_wrong_password(names_of: OldCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clouds = yaml.safe_load(names_of.clouds.read_text())
    clouds["clouds"][f"{names_of.name}-{PROJECT}"]["auth"]["password"] = "hunter2"
    (tmp_path / "clouds.yaml").write_text(yaml.safe_dump(clouds))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    with pytest.raises(AccessError) as caught:
        connect(f"{names_of.name}-{PROJECT}", SourceGuard()).identity()
    assert caught.value.code == codes.LOGIN_REFUSED


# ---------------------------------------------------------------- is it old?


def test_nova_is_of_version_2_1_whatever_is_asked(old: OldCloud) -> None:
    token, found = old.login()
    root = found["compute"].rsplit("/", 1)[0]
    document = ask("GET", f"{root}/").json["version"]
    assert (document["id"], document["version"], document["min_version"]) == ("v2.1", "", "")
    newest = {"X_OpenStack_Nova_API_Version": "2.79", "OpenStack_API_Version": "compute 2.79"}
    answer = ask("GET", f"{found['compute']}/servers/detail", token, **newest)
    server = answer.json["servers"][0]
    assert set(server["flavor"]) == {"id", "links"}
    assert not {"tags", "description", "locked"} & set(server)
    assert [set(one) for one in server["os-extended-volumes:volumes_attached"]] == [{"id"}]
    assert not [name for name in answer.headers if "api-version" in name]
    assert server["links"][0]["href"].startswith(root)
    assert "type" not in ask("GET", f"{found['compute']}/os-keypairs", token, **newest).json["keypairs"][0]["keypair"]
    assert ask("GET", f"{found['compute']}/servers/{server['id']}/tags", token, **newest).status == 404


def test_cinder_is_of_version_2(old: OldCloud) -> None:
    token, found = old.login()
    root, project = found["volumev2"].rsplit("/v2/", 1)
    versions = ask("GET", f"{root}/v2/").json["versions"]
    assert [(one["id"], one.get("version")) for one in versions] == [("v2.0", None)]
    assert ask("GET", f"{root}/v3/{project}/volumes", token).status == 404
    volume = ask("GET", f"{found['volumev2']}/volumes/detail", token, OpenStack_API_Version="volume 3.59").json[
        "volumes"
    ][0]
    assert volume["links"][0]["href"] == f"{found['volumev2']}/volumes/{volume['id']}"
    assert not {"group_id", "shared_targets", "service_uuid", "provider_id"} & set(volume)


def test_neutron_has_no_tags_and_no_filters(old: OldCloud) -> None:
    token, found = old.login()
    networks = ask("GET", f"{found['network']}/v2.0/networks?name=no-such-name&tags=x", token).json["networks"]
    assert {"net", "public"} <= {network["name"] for network in networks}
    assert not {"tags", "description", "project_id", "created_at"} & set(networks[0])
    assert ask("PUT", f"{found['network']}/v2.0/networks/{networks[0]['id']}/tags/x", token).status == 404
    groups = ask("GET", f"{found['network']}/v2.0/security-groups", token).json["security_groups"]
    assert "whoever may read" in {group["description"] for group in groups}


def test_glance_lists_little_at_once_and_sends_whole_files(old: OldCloud) -> None:
    token, found = old.login()
    listing = ask("GET", f"{found['image']}/v2/images?limit=200&tag=no-such-tag&owner=nobody", token).json
    assert len(listing["images"]) == PAGE and listing["next"]
    image = listing["images"][0]
    assert not {"tags", "os_hidden", "os_hash_value"} & set(image)
    answer = ask("GET", f"{found['image']}/v2/images/{image['id']}/file", token, Range="bytes=5-9")
    assert (answer.status, len(answer.body)) == (200, image["size"])
    assert hashlib.md5(answer.body, usedforsecurity=False).hexdigest() == image["checksum"]
    assert "content-range" not in answer.headers


# ---------------------------------------------------------------- what is read of it


def test_a_scan_finds_what_a_scan_of_the_cloud_behind_finds(names_of: OldCloud) -> None:
    behind, through = (
        msgspec.to_builtins(scan(connect(name, SourceGuard()), "source")) | {"taken_at": ""}
        for name in (SOURCE, f"{names_of.name}-{PROJECT}")
    )
    assert len(behind["images"]) == 2 and len(behind["volumes"]) == 2 and behind["servers"] and behind["floating_ips"]
    for path in UNTOLD:
        assert taken(behind, path.split(".")) != taken(through, path.split(".")), f"{path} is told after all"
    assert through == behind


def taken(value: Any, path: list[str]) -> list[Any]:
    """Takes the field off wherever the path leads, through lists too, and returns what it held."""
    if isinstance(value, list | tuple):
        return [found for inner in value for found in taken(inner, path)]
    head, *rest = path
    return taken(value[head], rest) if rest else [value.pop(head, None)]


def test_no_routers_are_seen_where_none_are_shown(
    names_of: OldCloud, hidden: OldCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(hidden.clouds))
    state = connect(f"{hidden.name}-{PROJECT}", SourceGuard()).network.state()
    assert state.routers == ()
    assert [port.device_owner for port in state.ports] == ["compute:nova"]
    assert [address.port_id for address in state.floating_ips] == [state.ports[0].id]


# ---------------------------------------------------------------- moving off it


@pytest.fixture(scope="module")
def moved(hidden: OldCloud, tmp_path_factory: pytest.TempPathFactory) -> tuple[OldCloud, Witness]:
    """The tenant, moved off the cloud where no router is seen."""
    root = tmp_path_factory.mktemp("moved-off") / "ws"
    workspace = Workspace(root, PROJECT, source=hidden.name, clouds=hidden.clouds)
    workspace.prepare()
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    seen = hidden.witness()
    workspace.decamp("run", "--execute")
    seen = seen.ended()
    workspace.decamp("verify", "--reread", "all")
    return hidden, seen


@pytest.mark.full
def test_disks_are_equal(moved: tuple[OldCloud, Witness]) -> None:
    both = facts(PROJECT)
    assert both["source"]["volumes"] and both["source"]["root_disks"]
    for kind in ("volumes", "root_disks"):
        assert set(both["source"][kind]) == set(both["target"][kind])
        for name, source in both["source"][kind].items():
            target = both["target"][kind][name]
            assert target["fsck_clean"] == source["fsck_clean"], name
            assert target["tree_sha256"] == source["tree_sha256"], name


@pytest.mark.full
def test_whole_files_come_over_the_line_once(moved: tuple[OldCloud, Witness]) -> None:
    """What the first ranges began together, before it was known that there are none, is given up at once."""
    _, seen = moved
    reads = [r for r in seen.requests() if r.method == "GET" and r.path.endswith("/file")]
    assert len({r.path for r in reads}) == 5, "two images, a root disk and two volumes"
    assert {r.status for r in reads} == {200}
    for path in {r.path for r in reads}:
        sent = sorted(r.response_bytes for r in reads if r.path == path)
        assert sum(sent[:-1]) < sent[-1] / 2, f"{path} was sent several times: {sent}"


@pytest.mark.full
def test_the_address_leads_to_its_port_through_a_router_made_for_it(moved: tuple[OldCloud, Witness]) -> None:
    routers, addresses, servers = openstack_all(TARGET, "router list", "floating ip list", "server list")
    assert [router["Name"].startswith("decamp-") for router in routers] == [True]
    assert [address["Fixed IP Address"] for address in addresses] == ["10.81.0.20"]
    assert [server["Status"] for server in servers] == ["ACTIVE"]


@pytest.mark.full
def test_nothing_newer_than_the_cloud_was_asked_for(moved: tuple[OldCloud, Witness]) -> None:
    """Version documents are looked at; all work is done in the versions that they name."""
    _, seen = moved
    first = {
        service: {r.path.split("?")[0].strip("/").split("/")[0] for r in seen.requests() if r.service == service}
        for service in ("keystone", "nova", "cinder", "neutron", "glance")
    }
    allowed = {"keystone": "v2.0", "nova": "v2.1", "cinder": "v2", "neutron": "v2.0", "glance": "v2"}
    for service, found in first.items():
        assert found - {"", allowed[service]} == set(), service
