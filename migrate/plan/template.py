"""Writes a policy as the commented YAML that `decamp init` leaves for people to edit."""

from migrate.plan.settings import Policy

_TEMPLATE = """\
# The policy of this migration: the only file here to edit. Everything else is made from it, and says so.
# After an edit: `decamp check`, then `decamp plan`. Keys that are left out have the default that is told below.

version: 1

# Names this migration in the marks of everything it makes. Made once: leave it as it is.
migration: {migration}

# The two clouds, as your clouds.yaml calls them.
source:
  cloud: {source}
target:
  cloud: {target}

# Where the content of disks is kept on its way: a folder, relative to this one. Default: store
store: {store}

# When the source is switched off, with its offset from UTC: 2020-02-01T00:00:00+01:00. Default: none
deadline: {deadline}

# The language of reports and messages: en or fr. Default: en
language: {language}

servers:
  # How well the disks of one server agree with each other:
  #   auto     a server with several disks is stopped for its capture, after your approval; others run on
  #   stopped  every server is stopped for its capture, after your approval
  #   crash    none is stopped: each disk is as after a power cut, and disks may differ by minutes
  # Default: auto
  consistency: {consistency}
  # Ask the target for the same MAC addresses; many clouds refuse. Default: false
  keep_mac: {keep_mac}

# Source name: target name. What is not named here is proposed: the same name, else the nearest that is not smaller.
mappings:
  # for example   n1.cw.standard-1: b2-7
  flavors:{flavors}
  volume_types:{volume_types}
  compute_zones:{compute_zones}
  volume_zones:{volume_zones}
  # for example   public: Ext-Net
  external_networks:{external_networks}

# How much may run at once.
limits:
  # steps that load the source. Default: 4
  source: {limit_source}
  # steps that load the target. Default: 4
  target: {limit_target}
  # disks being captured: each takes a snapshot and a temporary volume at the source. Default: 2
  disks: {limit_disks}
  # parallel reads of one disk. Default: 4
  reads: {limit_reads}

# What stays behind on purpose: kind:id or kind:name, for example   - "server:old-build-box"
skip:{skip}

# Findings that are accepted: kind:id, DCP-nnn, or DCP-nnn:kind:id, for example   - "DCP-643"
accept:{accept}
"""


def policy_template(
    migration: str, source_cloud: str, target_cloud: str, *, deadline: str | None = None, language: str = "en"
) -> str:
    """The policy of a new migration, everything else at its default."""
    return render_policy(
        Policy(
            migration=migration,
            source_cloud=source_cloud,
            target_cloud=target_cloud,
            deadline=deadline,
            language=language,
        )
    )


def render_policy(policy: Policy) -> str:
    """Commented YAML that reads back as exactly this policy."""
    mappings, limits = policy.mappings, policy.limits
    return _TEMPLATE.format(
        migration=_quoted(policy.migration),
        source=_quoted(policy.source_cloud),
        target=_quoted(policy.target_cloud),
        store=_quoted(policy.store),
        deadline=_quoted(policy.deadline) if policy.deadline else "",
        language=policy.language,
        consistency=policy.consistency,
        keep_mac="true" if policy.keep_mac else "false",
        flavors=_pairs(mappings.flavors),
        volume_types=_pairs(mappings.volume_types),
        compute_zones=_pairs(mappings.compute_zones),
        volume_zones=_pairs(mappings.volume_zones),
        external_networks=_pairs(mappings.external_networks),
        limit_source=limits.source,
        limit_target=limits.target,
        limit_disks=limits.disks,
        limit_reads=limits.reads,
        skip=_list(policy.skip),
        accept=_list(policy.accept),
    )


def _pairs(names: dict[str, str]) -> str:
    if not names:
        return " {}"
    return "".join(f"\n    {_quoted(source)}: {_quoted(names[source])}" for source in sorted(names))


def _list(selectors: tuple[str, ...]) -> str:
    return "".join(f"\n  - {_quoted(selector)}" for selector in selectors) if selectors else " []"


def _quoted(text: str) -> str:
    """A double-quoted YAML string, readable in any language, with what cannot be seen escaped."""
    return '"' + "".join(_escaped(c) for c in text) + '"'


def _escaped(char: str) -> str:
    if char in {'"', "\\"}:
        return "\\" + char
    return char if char.isprintable() else f"\\U{ord(char):08x}"
