"""English texts of the findings; the item and its name stand beside them, so a text speaks of "it"."""

FINDINGS: dict[str, str] = {
    # ------------------------------------------------ the whole migration
    "DCP-601": "the deadline {deadline} had passed when the source was scanned ({taken_at}): correct it in policy.yaml",
    "DCP-602": (
        "the target's quota {resource} is too small: {need} needed, {used} of {limit} used, {short} short; "
        "ask the target for more, or skip something in policy.yaml"
    ),
    "DCP-603": (
        "the source's quota {resource} leaves no room to copy even the largest disk: {need} needed, {used} of {limit} "
        "used, {short} short; free some, or ask the source for more"
    ),
    "DCP-604": (
        "the source's quota {resource} ({used} of {limit} used, {need} wanted) has room for {disks} captures at once: "
        "lower limits.disks in policy.yaml"
    ),
    "DCP-605": (
        "the target's quota {resource} ({used} of {limit} used, {need} needed) leaves room for {disks} restores at "
        "once: lower limits.disks in policy.yaml, or ask for more"
    ),
    "DCP-606": (
        "user data cannot be read back from the source, so moved servers get none (servers: {servers}): keep yours "
        "if a first boot needs it"
    ),
    "DCP-607": "{selector} under {list} in policy.yaml fits nothing: correct its spelling or take it out",
    # ------------------------------------------------ a place at the target
    "DCP-610": (
        "no flavor of the target is as large as {flavor} ({vcpus} vCPU, {ram_mib} MiB, {disk_gib} GiB of disk): "
        "ask the target for one, or skip the server in policy.yaml"
    ),
    "DCP-611": "it gets the flavor {target} instead of {source} ({what}): set mappings.flavors for another one",
    "DCP-612": "policy.yaml maps {source} to {wanted} ({mapping}), which the target does not have: use one of {known}",
    "DCP-613": (
        "policy.yaml maps the flavor {source} ({source_gib} GiB) to {target}, whose disk is too small "
        "({target_gib} GiB): choose a larger one"
    ),
    "DCP-614": "it gets the volume type {target} instead of {source}: set mappings.volume_types for another one",
    "DCP-615": "it gets the availability zone {target} instead of {source}: set the zone's mapping for another one",
    "DCP-616": (
        "it is not clear which external network of the target stands for {source}: set mappings.external_networks to "
        "one of {known}"
    ),
    "DCP-617": (
        "the address {address} cannot move: a new one is taken on {network}; plan the change of DNS names and firewalls"
    ),
    "DCP-618": (
        "the MAC address {mac} of {address} is not kept: set keep_mac in policy.yaml if the target allows it, "
        "else look for it in the guest"
    ),
    # ------------------------------------------------ servers
    "DCP-620": "a server in the state {status} cannot be moved: mend it at the source and scan again, or skip it",
    "DCP-621": "the server is in the middle of something ({status}, {task}): wait for its end and scan again",
    "DCP-622": "the server is locked and would have to be stopped: unlock it, or set consistency: crash in policy.yaml",
    "DCP-623": (
        "the server boots from the volume {volume}: the volume moves and the server does not; "
        "make the server by hand from the moved volume"
    ),
    "DCP-624": (
        "the server is stopped while its {disks} disks are captured, so that they agree with each other, "
        "once a person approves it"
    ),
    "DCP-625": "the server is {status} at the source and will run at the target: stop it there if it must not run",
    "DCP-626": "the key pair {key} is another user's or left out: the server is made without it; keep the private key",
    "DCP-627": "its volume {volume} is left out and will not be attached: attach one by hand if it is needed",
    "DCP-628": "it has two ports on the network {network}, whose order is not certain: look at its interfaces",
    "DCP-629": (
        "its image {image} is gone or another project's, so its properties (disk bus, firmware) come from the captured "
        "disk's image alone: check how the server boots"
    ),
    # ------------------------------------------------ images, volumes, snapshots
    "DCP-630": "the image is {status} and not active: there is nothing that could be moved",
    "DCP-631": "the image is empty and only stands for volume snapshots: it is not moved",
    "DCP-632": "the image ({size}) is larger than the target takes ({limit}): ask the target to raise it, or skip it",
    "DCP-633": (
        "the disk ({size}) may become an image larger than {cloud} takes ({limit}): if it fails there, "
        "ask that cloud to raise the limit"
    ),
    "DCP-634": "the image is {visibility} at the source and private at the target: share it again by hand",
    "DCP-640": "the volume is encrypted and cannot be read as a plain disk: copy its content by hand, or skip it",
    "DCP-641": "the volume is attached to several servers, or may be: copy its content by hand, or skip it",
    "DCP-642": "a volume in the state {status} cannot be captured: mend it at the source and scan again, or skip it",
    "DCP-643": (
        "the snapshot of the volume {volume} ({size_gib} GiB) is not moved: "
        "make a volume out of it at the source and scan again to keep it"
    ),
    # ------------------------------------------------ in the way at the target
    "DCP-650": "another key pair of this name is at the target ({other}): rename or remove one of the two",
    "DCP-651": (
        "another security group of this name is at the target ({other}): rename it, or accept a second one under "
        "accept in policy.yaml"
    ),
    "DCP-652": (
        "another network of this name is at the target ({other}): rename it, or accept a second one under accept in "
        "policy.yaml"
    ),
    "DCP-653": (
        "its range {cidr} overlaps {other_cidr} of the subnet {other} at the target: remove that one, or accept it "
        "under accept in policy.yaml"
    ),
    "DCP-654": (
        "another container of this name is at the target, with {objects} objects: empty or remove it, or accept the "
        "mixture under accept in policy.yaml"
    ),
    "DCP-655": "the target has no object store: skip the container in policy.yaml and keep its objects elsewhere",
    "DCP-656": (
        "the access list {header} names projects or users of the source ({value}): set it again by hand at the target"
    ),
    # ------------------------------------------------ network
    "DCP-660": (
        "no router leads from {address} to its port in the subnet {subnet}: connect the subnet to a router with a "
        "gateway, or skip the address"
    ),
    "DCP-661": "it names the floating address {address}, which will change: correct it by hand at the target",
    "DCP-662": "its network {network} is not yours: choose a network of your own for it, or skip it",
    "DCP-663": "the network is shared with other projects at the source and no longer at the target",
    "DCP-664": "the router loses its interface in the subnet {subnet}, which does not move",
    "DCP-665": "the port belongs to a service that does not move ({owner}): set that service up again by hand",
    "DCP-666": "a rule that names the group {group} is dropped, since that group does not move",
    # ------------------------------------------------ left out for another reason
    "DCP-670": "policy.yaml skips it ({selector})",
    "DCP-671": "something that it needs is left out ({because}): settle that one first",
}
