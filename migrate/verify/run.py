"""The whole plan against the target: one row for everything it moves, read back by our own code.

The source is not asked: it may be gone. Disks are held against their sealed manifests, containers against the
listings recorded at copy time, everything else against the plan's own records.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from migrate.clouds.ports import Cloud
from migrate.documents import seal_of
from migrate.errors import ConfigError, IntegrityError, ItemError, TransientError
from migrate.model import FloatingIp, Kind, Network, Port, Router, RouterInterface, SecurityGroup, Server, Subnet
from migrate.monitor import Monitor, SilentMonitor, StopFlag
from migrate.plan.steps import (
    AddInterface,
    AttachVolume,
    CopyContainer,
    ImportKeypair,
    MakeFloatingIp,
    MakeNetwork,
    MakePort,
    MakeRouter,
    MakeSecurityGroup,
    MakeServer,
    MakeSubnet,
    Plan,
    RestoreImage,
    RestoreServerImage,
    RestoreVolume,
    SetRules,
    Step,
)
from migrate.store.manifest import DiskManifest
from migrate.units import iso, utc_now
from migrate.verify import fields
from migrate.verify.evidence import Evidence, EvidenceRow, Proof, Verdict
from migrate.verify.fields import TargetOf
from migrate.verify.objects import listing_path, verify_container
from migrate.verify.proofs import DiskProof, disk_item, read_proofs, write_proof
from migrate.verify.prove import prove_disk
from migrate.verify.state import TargetState, read_state, surplus
from migrate.verify.volumes import untold

T = TypeVar("T")

_NetworkRecord = SecurityGroup | Network | Subnet | Router | Port | FloatingIp

Reread = Literal["auto", "all"]

GUEST_MAY_HAVE_WRITTEN = "DCP-701"
NO_MANIFEST = "DCP-702"


def verify_plan(
    plan: Plan,
    target: Cloud,
    target_of: TargetOf,
    manifests: Callable[[str], DiskManifest | None],
    evidence_dir: Path,
    spool_dir: Path,
    *,
    reread: Reread = "auto",
    proofs: Mapping[str, DiskProof] | None = None,
    made: Callable[[Kind, str, str], None] | None = None,
    removed: Callable[[Kind, str], None] = untold,
    monitor: Monitor | None = None,
    stop: StopFlag | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Evidence:
    """Goes over everything that the plan moves, and returns the evidence (`write_evidence` keeps it).

    `auto` reads every disk back but those that a server has held since they were proved: there the guest may have
    written, and the earlier proof stands (NOT_REREAD, DCP-701). `all` reads those too. An item that cannot be read
    is a row that says so, never the end of the verification. A disk found the same is kept as its new proof.

    Args:    target_of: what a source id became; a server's root image is asked for as (IMAGE, server id).
             manifests: by disk name, `volume:ID`, `image:ID`, `server:ID`.   proofs: None for those in `evidence_dir`.
             made: (kind, id, source id) of every temporary at the target.   removed: (kind, id) once it is gone.
    Raises:  Cancelled, AccessError, FatalError; TransientError, ItemError: the target's listings cannot be read.
    """
    containers = any(isinstance(step.action, CopyContainer) for step in plan.steps)
    work = _Verification(
        plan=plan,
        target=target,
        target_of=target_of,
        manifests=manifests,
        evidence_dir=evidence_dir,
        spool_dir=spool_dir,
        reread=reread,
        proofs=read_proofs(evidence_dir) if proofs is None else proofs,
        made=made,
        removed=removed,
        monitor=monitor or SilentMonitor(),
        stop=stop or StopFlag(),
        now=now,
        state=read_state(target, objects=containers),
    )
    rows: list[EvidenceRow] = []
    for step in plan.steps:
        work.stop.check()
        rows += work.rows_of(step)
    rows += surplus(work.state, plan.migration, target_of, work.at())
    return Evidence(migration=plan.migration, plan_seal=seal_of(plan), at=work.at(), rows=tuple(rows))


@dataclass(frozen=True)
class _Verification:
    """One verification; every method gives rows and changes nothing but temporaries and proofs."""

    plan: Plan
    target: Cloud
    target_of: TargetOf
    manifests: Callable[[str], DiskManifest | None]
    evidence_dir: Path
    spool_dir: Path
    reread: Reread
    proofs: Mapping[str, DiskProof]
    made: Callable[[Kind, str, str], None] | None
    removed: Callable[[Kind, str], None]
    monitor: Monitor
    stop: StopFlag
    now: Callable[[], datetime]
    state: TargetState

    def at(self) -> str:
        return iso(self.now())

    def rows_of(self, step: Step) -> list[EvidenceRow]:
        """The rows of the step that makes a thing; none for steps that only add to it, or read it."""
        match step.action:
            case RestoreImage() as restored:
                return [self._image(restored)]
            case RestoreVolume() as restored_volume:
                return [self._volume(restored_volume)]
            case RestoreServerImage() as root:
                return [self._root_image(root)]
            case MakeServer() as server:
                return [self._server(server)]
            case CopyContainer() as copied:
                return [self._container(copied)]
            case _:
                return self._small(step)

    # ------------------------------------------------------------ fields alone

    def _small(self, step: Step) -> list[EvidenceRow]:
        net, of = self.state.network, self.target_of
        match step.action:
            case ImportKeypair(keypair=key):
                same_name = self.state.keypairs.get(key.name)
                return [self._row(Kind.KEYPAIR, key.name, key.name, key.name, same_name, partial(fields.keypair, key))]
            case MakeSecurityGroup(want=group):
                return [self._found(Kind.SECURITY_GROUP, group, net.security_groups, self._group(group))]
            case MakeNetwork(want=network):
                return [self._found(Kind.NETWORK, network, net.networks, partial(fields.network, network))]
            case MakeSubnet(want=subnet):
                return [self._found(Kind.SUBNET, subnet, net.subnets, partial(fields.subnet, of, subnet))]
            case MakeRouter() as router:
                compare = partial(fields.router, of, router, self._interfaces(router.want.id))
                return [self._found(Kind.ROUTER, router.want, net.routers, compare)]
            case MakePort() as port:
                return [self._found(Kind.PORT, port.want, net.ports, partial(fields.port, of, port))]
            case MakeFloatingIp() as address:
                compare_address = partial(fields.floating_ip, of, address)
                return [self._found(Kind.FLOATING_IP, address.want, net.floating_ips, compare_address)]
            case _:
                return []

    def _group(self, made: SecurityGroup) -> Callable[[SecurityGroup], tuple[str, ...]]:
        """The rules come with a later step of the same group; a group without one is compared as it was made."""
        actions = (step.action for step in self.plan.steps)
        ruled = (a.want for a in actions if isinstance(a, SetRules) and a.want.id == made.id)
        return partial(fields.security_group, self.target_of, next(ruled, made))

    def _interfaces(self, router_id: str) -> list[RouterInterface]:
        actions = (step.action for step in self.plan.steps)
        return [a.interface for a in actions if isinstance(a, AddInterface) and a.router_id == router_id]

    def _found(
        self, kind: Kind, source: _NetworkRecord, there: Iterable[T], compare: Callable[[T], tuple[str, ...]]
    ) -> EvidenceRow:
        """The row of a network resource: `source` says its id and name."""
        target_id = self.target_of(kind, source.id)
        found = next((record for record in there if getattr(record, "id", None) == target_id), None)
        name = source.address if isinstance(source, FloatingIp) else source.name
        return self._row(kind, source.id, name, target_id, found, compare)

    def _row(
        self,
        kind: Kind,
        source_id: str,
        name: str,
        target_id: str | None,
        found: T | None,
        compare: Callable[[T], tuple[str, ...]],
    ) -> EvidenceRow:
        differences = ("present ≠ missing",) if found is None else compare(found)
        verdict = Verdict.MISSING if found is None else Verdict.DIFFERENT if differences else Verdict.SAME
        return EvidenceRow(
            item=f"{kind.value}:{source_id}",
            kind=kind,
            name=name,
            verdict=verdict,
            proof=Proof.FIELDS,
            target_id=target_id,
            differences=differences,
            at=self.at(),
        )

    # ------------------------------------------------------------ servers

    def _server(self, action: MakeServer) -> EvidenceRow:
        server = action.server
        actions = (step.action for step in self.plan.steps)
        attached = [a for a in actions if isinstance(a, AttachVolume) and a.server_id == server.id]
        target_id = self.target_of(Kind.SERVER, server.id)
        found = self.state.servers.get(target_id or "")
        compare = partial(fields.server, self.target_of, action, attached, self._group_names(server))
        return self._row(Kind.SERVER, server.id, server.name, target_id, found, compare)

    def _group_names(self, server: Server) -> set[str]:
        """Names of the groups that the plan puts on the server's ports."""
        actions = [step.action for step in self.plan.steps]
        names = {a.want.id: a.want.name for a in actions if isinstance(a, MakeSecurityGroup)}
        ports = [a.want for a in actions if isinstance(a, MakePort) and a.want.id in server.port_ids]
        return {names.get(group_id, group_id) for port in ports for group_id in port.security_group_ids}

    # ------------------------------------------------------------ disks: fields and bytes

    def _image(self, action: RestoreImage) -> EvidenceRow:
        image = action.image
        found = self.state.images.get(self.target_of(Kind.IMAGE, image.id) or "")
        if found is None:
            return self._no_disk(Kind.IMAGE, image.id, image.name)
        disk = self._disk(Kind.IMAGE, image.id, image.name, found.id, held=False)
        return _with(disk, fields.image(image, found))

    def _root_image(self, action: RestoreServerImage) -> EvidenceRow:
        server = action.server
        found = self.state.images.get(self.target_of(Kind.IMAGE, server.id) or "")
        if found is None:
            return self._no_disk(Kind.SERVER, server.id, server.name)
        disk = self._disk(Kind.SERVER, server.id, server.name, found.id, held=False)
        return _with(disk, fields.root_image(action.properties, found))

    def _volume(self, action: RestoreVolume) -> EvidenceRow:
        volume = action.volume
        found = self.state.volumes.get(self.target_of(Kind.VOLUME, volume.id) or "")
        if found is None:
            return self._no_disk(Kind.VOLUME, volume.id, volume.name)
        held = bool(found.attachments) or found.status == "in-use"
        disk = self._disk(Kind.VOLUME, volume.id, volume.name, found.id, held=held)
        return _with(disk, fields.volume(action, found))

    def _no_disk(self, of: Kind, source_id: str, name: str) -> EvidenceRow:
        kind = Kind.IMAGE if of is Kind.SERVER else of
        row: EvidenceRow = self._row(kind, source_id, name, self.target_of(kind, source_id), None, _never)
        return msgspec.structs.replace(row, item=disk_item(of, source_id))

    def _disk(self, of: Kind, source_id: str, name: str, target_id: str, *, held: bool) -> EvidenceRow:
        """The bytes of one disk that is there. `held`: a server has it, and may have written to it."""
        manifest, trouble = self._manifest(f"{of.value}:{source_id}")
        earlier = self._earlier(disk_item(of, source_id), manifest, target_id)
        unread = EvidenceRow(
            item=disk_item(of, source_id),
            kind=Kind.IMAGE if of is Kind.SERVER else of,
            name=name,
            verdict=Verdict.NOT_REREAD,
            proof=earlier.proof if earlier else Proof.MANIFEST,
            target_id=target_id,
            size_bytes=manifest.size_bytes if manifest else 0,
            consistency=manifest.origin.consistency if manifest else None,
            at=earlier.at if earlier else self.at(),
        )
        if manifest is None:
            return msgspec.structs.replace(unread, note_code=trouble)
        if held and earlier and self.reread == "auto":
            return msgspec.structs.replace(unread, note_code=GUEST_MAY_HAVE_WRITTEN)
        try:
            row = self._read_back(manifest, unread, of, source_id)
        except (ItemError, TransientError, IntegrityError) as err:
            return msgspec.structs.replace(unread, note_code=err.code)
        if row.verdict is Verdict.SAME:
            write_proof(self.evidence_dir, DiskProof(row=row, tree_digest=manifest.tree_digest))
        elif held:
            return msgspec.structs.replace(row, note_code=GUEST_MAY_HAVE_WRITTEN)
        return row

    def _manifest(self, disk: str) -> tuple[DiskManifest | None, str]:
        """The sealed manifest, or why there is none that counts."""
        try:
            return self.manifests(disk), NO_MANIFEST
        except (ConfigError, IntegrityError, ItemError, TransientError) as err:
            return None, err.code

    def _earlier(self, item: str, manifest: DiskManifest | None, target_id: str) -> EvidenceRow | None:
        """The proof that this very disk was the same once, taken against the very manifest that counts now."""
        proof = self.proofs.get(item)
        if proof is None or proof.row.verdict is not Verdict.SAME or proof.row.target_id != target_id:
            return None
        return proof.row if manifest is None or proof.tree_digest == manifest.tree_digest else None

    def _read_back(self, manifest: DiskManifest, row: EvidenceRow, of: Kind, source_id: str) -> EvidenceRow:
        self.monitor.item_started(row.item, row.name, manifest.size_bytes)
        outcome = "failed"
        try:
            read = prove_disk(
                self.target,
                manifest,
                of=of,
                source_id=source_id,
                target_id=row.target_id or "",
                name=row.name,
                migration=self.plan.migration,
                spool_dir=self.spool_dir,
                reread=True,
                made=lambda kind, made: self.made(kind, made, source_id) if self.made else None,
                removed=self.removed,
                advanced=partial(self.monitor.item_advanced, row.item),
                stop=self.stop,
                now=self.now,
            )
            outcome = "done" if read.verdict is Verdict.SAME else "failed"
            return read
        finally:
            self.monitor.item_finished(row.item, outcome)

    # ------------------------------------------------------------ containers

    def _container(self, action: CopyContainer) -> EvidenceRow:
        row = EvidenceRow(
            item=f"{Kind.CONTAINER.value}:{action.name}",
            kind=Kind.CONTAINER,
            name=action.name,
            verdict=Verdict.SAME,
            proof=Proof.LISTING,
            target_id=action.name,
            objects=action.objects,
            at=self.at(),
        )
        if action.name not in self.state.containers:
            return _with(row, ("present ≠ missing",), Verdict.MISSING)
        try:
            check = verify_container(
                self.target.objects,
                action.name,
                listing_path(self.evidence_dir, action.name),
                headers=action.headers,
                now=self.now().timestamp(),
                stop=self.stop,
            )
        except (ConfigError, ItemError, TransientError) as err:
            return msgspec.structs.replace(row, verdict=Verdict.NOT_REREAD, proof=Proof.MANIFEST, note_code=err.code)
        counted = msgspec.structs.replace(row, objects=check.objects, size_bytes=check.size_bytes)
        return _with(counted, check.differences)


def _with(row: EvidenceRow, differences: tuple[str, ...], verdict: Verdict = Verdict.DIFFERENT) -> EvidenceRow:
    """The row with more differences, if there are any; whatever else it says stays."""
    if not differences:
        return row
    return msgspec.structs.replace(row, verdict=verdict, differences=differences + row.differences)


def _never(_: object) -> tuple[str, ...]:
    return ()
