"""A migration in which everything happened."""

from migrate.findings.finding import finding
from migrate.ledger.ledger_records import Effect, JournalLine, State, StepState
from migrate.messages import codes
from migrate.model import FixedIp, Flavor, FloatingIp, Identity, Kind, Port, Role, Server, Volume
from migrate.model.steps import (
    CaptureVolume,
    Gate,
    LeftOut,
    MakeFloatingIp,
    MakePort,
    MakeServer,
    Plan,
    RestoreVolume,
    Step,
    StopServer,
)
from migrate.report.summary import Inputs
from migrate.verify.evidence import Evidence, EvidenceRow, Proof, Verdict

AT = "2020-01-02T03:04:05Z"


def identity(cloud: str) -> Identity:
    return Identity(cloud=cloud, auth_url="u", region="r", project_id=cloud, project_name="shop", user_id="me")


SERVER = Server(id="s1", name="web|1", status="ACTIVE", flavor=Flavor(name="n1", vcpus=1, ram_mib=1, disk_gib=1))
VOLUME = Volume(id="v1", name="data", size_gib=1, status="in-use", volume_type="fast")
PORT = Port(id="p1", network_id="n1", name="eth0", fixed_ips=(FixedIp(subnet_id="x", ip_address="10.0.0.5"),))
FLOATING = FloatingIp(id="f1", address="203.0.113.7", external_network_id="x")


def step(step_id: str, action: object, size_bytes: int = 0, gate: str | None = None) -> Step:
    return Step(id=step_id, name=step_id, action=action, sides=(), size_bytes=size_bytes, gate=gate)  # type: ignore[arg-type]


PLAN = Plan(
    migration="0123456789abcdef0123456789abcdef",
    source=identity("old"),
    target=identity("new"),
    inputs={},
    steps=(
        step("server:s1:stop", StopServer(server_id="s1", name="web|1"), gate="cut-over"),
        step("volume:v1:capture", CaptureVolume(volume=VOLUME), 1000),
        step("volume:v1:restore", RestoreVolume(volume=VOLUME, volume_type="classic"), 1000),
        step("port:p1", MakePort(want=PORT)),
        step("floating-ip:f1", MakeFloatingIp(want=FLOATING, external_network_id="e")),
        step("server:s1", MakeServer(server=SERVER, flavor_id="9", flavor_name="b2-7")),
    ),
    gates=(Gate(name="cut-over", why=codes.SERVER_STOPPED_FOR_CAPTURE, steps=("server:s1:stop",)),),
    left_out=(LeftOut(kind=Kind.SNAPSHOT, id="n1", name="old", code=codes.SNAPSHOTS_LEFT),),
)


def states(**by_id: State) -> dict[str, StepState]:
    given = {key.replace("__", ":").replace("_", "-"): state for key, state in by_id.items()}
    return {s.id: StepState(step_id=s.id, digest=s.digest, state=given.get(s.id, State.DONE)) for s in PLAN.steps}


def effect(step_id: str, kind: Kind, resource_id: str, **more: object) -> Effect:
    values: dict[str, object] = {"side": "target", "role": Role.MOVED, "source_id": "x", **more}
    return Effect(step_id=step_id, kind=kind, resource_id=resource_id, **values)  # type: ignore[arg-type]


EFFECTS = (
    effect("volume:v1:restore", Kind.VOLUME, "V1"),
    effect("floating-ip:f1", Kind.FLOATING_IP, "F1"),
    effect("server:s1", Kind.SERVER, "S1"),
    effect("port:p1", Kind.PORT, "gone", removed=True),
    effect("volume:v1:capture", Kind.SNAPSHOT, "T1", side="source", role=Role.TEMPORARY),
)
EVIDENCE = Evidence(
    migration=PLAN.migration,
    plan_seal="seal",
    at=AT,
    rows=(
        EvidenceRow(item="server:s1", kind=Kind.SERVER, name="web|1", verdict=Verdict.SAME, proof=Proof.FIELDS),
        EvidenceRow(
            item="volume:v1",
            kind=Kind.VOLUME,
            name="data",
            verdict=Verdict.DIFFERENT,
            proof=Proof.REREAD,
            differences=("bytes 0-511: a ≠ b",),
        ),
        EvidenceRow(
            item="image:i1",
            kind=Kind.IMAGE,
            name="base",
            verdict=Verdict.NOT_REREAD,
            proof=Proof.MANIFEST,
            note_code=codes.USED_SINCE_PROVED,
        ),
    ),
)
FULL = Inputs(
    plan=PLAN,
    states={
        **states(),
        "server:s1": StepState(
            step_id="server:s1",
            digest=PLAN.steps[-1].digest,
            state=State.FAILED,
            code=codes.QUOTA_EXCEEDED,
            facts={"resource": "cores"},
        ),
    },
    effects=EFFECTS,
    journal=(
        JournalLine(step_id="a", stage="volume.capture", size_bytes=1000, started_at=10.0, ended_at=20.0, retries=1),
        JournalLine(step_id="b", stage="volume.capture", size_bytes=3000, started_at=15.0, ended_at=30.0),
    ),
    findings=(
        finding(codes.ADDRESS_CHANGES, "floating-ip:f1", "203.0.113.7", address="203.0.113.7", network="Ext-Net"),
        finding(codes.SNAPSHOTS_LEFT, "snapshot:n1", "old", volume="data", size_gib=1),
        finding(codes.USER_DATA_UNKNOWN, servers=1),
    ),
    evidence=EVIDENCE,
    plan_seal="seal",
    addresses={"F1": "198.51.100.9"},
    deadline="2020-02-01T00:00:00+01:00",
)
