"""English texts of the findings; the item and its name stand beside them, so a text speaks of "it"."""

from migrate.messages.containers_en import CONTAINERS

FINDINGS: dict[str, str] = {
    **CONTAINERS,
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
        "the target's quota {resource} ({used} of {limit} used, {need} needed) has room for {disks} temporary "
        "copies at once, through which volumes are restored or read back: lower limits.target in policy.yaml, or ask "
        "for more"
    ),
    "DCP-606": (
        "the user data of some servers is not known, as no cloud shows it to a member (servers: {servers}): ask their "
        "owner, and if it must be kept, name it under servers.user_data_files in policy.yaml, then scan again"
    ),
    "DCP-607": "{selector} under {list} in policy.yaml fits nothing: correct its spelling or take it out",
    "DCP-608": (
        "the login at {cloud} is a token that ends at {ends_at} and cannot renew itself, which is before the work "
        "ends: use a password or an application credential in clouds.yaml"
    ),
    "DCP-609": (
        "the plan relies on something that is {proof}: {what} (items: {items}); move one of them first and verify it "
        "before the rest"
    ),
    # ------------------------------------------------ a place at the target
    "DCP-610": (
        "no flavor of the target is as large as {flavor} ({vcpus} vCPU, {ram_mib} MiB, {disk_gib} GiB of disk): "
        "ask the target for one, or skip the server in policy.yaml"
    ),
    "DCP-611": (
        "it gets the flavor {target} instead of {source} ({what}), which is {size}: set mappings.flavors for another "
        "one"
    ),
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
    "DCP-619": (
        "{what} cannot be kept: the target's service would have to speak version {needs} and speaks {has}; do without "
        "it, or ask the target for a newer one"
    ),
    # ------------------------------------------------ servers
    "DCP-620": "a server in the state {status} cannot be moved: mend it at the source and scan again, or skip it",
    "DCP-621": "the server is in the middle of something ({status}, {task}): wait for its end and scan again",
    "DCP-622": "the server is locked and would have to be stopped: unlock it at the source and scan again, or skip it",
    "DCP-623": (
        "the server boots from a volume that cannot be told or does not move ({volume}): settle that volume first, or "
        "skip the server too"
    ),
    "DCP-624": (
        "once a person approves it, the server is stopped at the source for the capture of its disks ({disks}), so "
        "that they agree and it does not run at both ends: tell its users when; set servers.start to twin for it if "
        "both are to run"
    ),
    "DCP-625": "the server is {status} at the source and will run at the target: stop it there if it must not run",
    "DCP-626": "the key pair {key} is another user's or left out: the server is made without it; keep the private key",
    "DCP-627": "its volume {volume} is left out and will not be attached: attach one by hand if it is needed",
    "DCP-628": "it has two ports on the network {network}, whose order is not certain: look at its interfaces",
    "DCP-629": (
        "its image {image} is gone or another project's, so its properties (disk bus, firmware) come from the captured "
        "disk's image alone: check how the server boots"
    ),
    # ------------------------------------------------ images, volumes, snapshots, backups
    "DCP-630": "the image is {status} and not active: there is nothing that could be moved",
    "DCP-631": (
        "the image is empty and only stands for volume snapshots ({snapshots}): the image is not moved, the snapshots "
        "are as policy.yaml says under snapshots"
    ),
    "DCP-632": "the image ({size}) is larger than the target takes ({limit}): ask the target to raise it, or skip it",
    "DCP-633": (
        "the disk ({size}) may become an image larger than {cloud} takes ({limit}): if it fails there, read volumes, "
        "their snapshots and backups as devices (disks.capture: attached in policy.yaml), or ask that cloud for more"
    ),
    "DCP-634": "the image is {visibility} at the source and private at the target: share it again by hand",
    "DCP-635": (
        "properties that only mean something to the old cloud are dropped ({properties}): name those to keep under "
        "images.keep_properties in policy.yaml"
    ),
    "DCP-636": (
        "the image is shared with projects that have no counterpart at the target yet ({projects}): name them under "
        "mappings.projects in policy.yaml, or share it again by hand"
    ),
    "DCP-637": (
        "the server is {status}, and its memory cannot be moved: resume it and scan again, or accept in policy.yaml "
        "that its disk moves as it is and its memory is lost"
    ),
    "DCP-638": (
        "the server is shelved ({status}) and has no disk to copy: unshelve it at the source and scan again, or skip it"
    ),
    "DCP-639": (
        "the server is in rescue mode, and the disk that runs is not its own: end the rescue at the source and scan "
        "again, or skip it"
    ),
    "DCP-640": (
        "the volume is encrypted, and an image of it could be read by nobody: run Decamp on a server in that cloud "
        "with `disks.capture: attached` in policy.yaml, or skip it"
    ),
    "DCP-641": (
        "several servers may hold the volume ({servers} do): one copy is made of it, of the volume type {type}, and "
        "all that hold it get it. What they write to it without agreement is lost there as it is here"
    ),
    "DCP-642": "a volume in the state {status} cannot be captured: mend it at the source and scan again, or skip it",
    "DCP-643": (
        "policy.yaml leaves volume snapshots behind, this one of the volume {volume} ({size_gib} GiB) too: set "
        "`snapshots: volume` or `snapshots: image` to keep them"
    ),
    "DCP-644": (
        "the snapshot of the volume {volume} ({size_gib} GiB) becomes {becomes} of its own, as no cloud takes a "
        "snapshot in: choose otherwise under snapshots in policy.yaml"
    ),
    "DCP-645": (
        "policy.yaml leaves backups behind, this one of the volume {volume} ({size_gib} GiB) too: set `backups: "
        "volume` to keep what they hold"
    ),
    "DCP-646": (
        "the backup of the volume {volume} ({size_gib} GiB) becomes a volume of its own, and takes as much room at "
        "both clouds: set `backups: leave` to do without"
    ),
    "DCP-647": (
        "the backup service's container holds {backups} volume backups in a form that only the old cloud can read, and "
        "nothing in it is copied: "
        "`backups: volume` moves what they hold, `backups: container` copies it all the same"
    ),
    "DCP-648": (
        "the ephemeral disk ({ephemeral_gib} GiB) and the swap disk ({swap_mib} MiB) of its flavor are not captured: "
        "copy what matters from them to a volume first"
    ),
    "DCP-649": (
        "the volume belongs to the volume group {group}, which is not made at the target: group the volumes again by "
        "hand if they must be kept together"
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
        "another container of this name is at the target, with {objects} objects, and nothing is put into it: remove "
        "it there, or skip this one in policy.yaml"
    ),
    "DCP-655": "the target has no object store: skip the container in policy.yaml and keep its objects elsewhere",
    "DCP-656": (
        "the access list {header} is set with its names of projects or users ({value}), as accepted: see that they are "
        "at the target whom you mean, or take DCP-880 for this container out of accept in policy.yaml"
    ),
    "DCP-657": (
        "a snapshot or backup in the state {status} cannot be read: mend it at the source and scan again, or skip it"
    ),
    "DCP-658": (
        "the target's own group of this name would get the source's rules (removed: {removed}; added: {added}; ports "
        "that use it there: {ports}): see that nothing there needs it as it is, then accept it under accept in "
        "policy.yaml"
    ),
    "DCP-659": (
        "the container holds {backups} volume backups, and which of its {objects} objects they are cannot be told: "
        "nothing in it is copied, whatever else it holds; `backups: container` copies all of it, and `backups: volume` "
        "moves what the backups hold"
    ),
    # ------------------------------------------------ network
    "DCP-660": (
        "no router leads from {address} to its port in the subnet {subnet}: connect the subnet to a router with a "
        "gateway, or skip the address"
    ),
    "DCP-661": "it names the floating address {address}, which will change: {rewrite}",
    "DCP-662": (
        "its network {network} is not yours: name the network of the target that it becomes under mappings.networks "
        "({known}), or skip it"
    ),
    "DCP-663": "the network is shared with other projects at the source and no longer at the target",
    "DCP-664": "the router loses its interface in the subnet {subnet}, which does not move",
    "DCP-665": "the port belongs to a service that does not move ({owner}): set that service up again by hand",
    "DCP-666": "a rule that names the group {group} is dropped, since that group does not move",
    "DCP-667": (
        "no router leads from it to the subnet {subnet} at the source, and the target gives no address without one: a "
        "router to {network} is made, and the servers of that subnet can then reach the outside"
    ),
    "DCP-668": "its quality-of-service policy {policy} is not carried: ask the target for one like it",
    "DCP-669": (
        "the router translates no addresses at the source (SNAT off) and will at the target, where a member cannot "
        "choose: ask the target to turn it off if others must see the inner addresses"
    ),
    # ------------------------------------------------ left out for another reason
    "DCP-670": "policy.yaml skips it ({selector})",
    "DCP-671": "something that it needs is left out ({because}): settle that one first",
    "DCP-672": (
        "it does not move as things are, so its disk is captured and kept in the store alone: settle what keeps it, "
        "or skip it in policy.yaml if nobody needs it"
    ),
    # ------------------------------------------------ network, continued
    "DCP-673": (
        "the port is of the kind {vnic_type} at the source and will be an ordinary one at the target: ask the target "
        "whether it has such ports, and look at the guest's driver"
    ),
    "DCP-674": (
        "a rule that names the address group {group} is dropped: write its addresses as rules of their own by hand"
    ),
    "DCP-675": (
        "the port forwarding {forwarding} is not carried ({why}): give the server an address of its own, or forward "
        "the port by other means"
    ),
    "DCP-676": (
        "the target has no trunks: this one is left out, and the server moves without its VLANs; give it a port on "
        "each network by hand"
    ),
    "DCP-677": (
        "its static route to {destination} through {nexthop} is dropped, as that next hop does not move: set it "
        "again by hand at the target"
    ),
    "DCP-678": "it loses its VLAN {vlan}, as the port {port} does not move: settle that port first",
    "DCP-679": (
        "{what} cannot be kept, as the target's network service has no {extension}: do without it, or ask the "
        "target for it"
    ),
    # ------------------------------------------------ advice for the guest
    "DCP-680": (
        "its disks may get other names in the guest ({source_device} → {target_device}): let fstab and the boot loader "
        "name them by UUID or LABEL before the last capture"
    ),
    "DCP-681": (
        "its network interfaces may get other names in the guest, as their MAC addresses change ({nics}): look for MAC "
        "addresses in its network settings and udev rules"
    ),
    "DCP-682": (
        "packets on the network {network} may be {target_mtu} bytes long at the target instead of {source_mtu} (MTU): "
        "look for a fixed MTU in the guests on it and in their tunnels"
    ),
    "DCP-683": (
        "cloud-init takes the moved server for a new one and may make new host keys, reset passwords and run "
        "first-boot scripts again: turn it off in the guest before the last capture if it must not"
    ),
    "DCP-684": (
        "a licence of its system ({system}) may be bound to the old machine: ask its vendor, and have the key at hand "
        "for the cut-over"
    ),
    "DCP-685": (
        "it answers for addresses that may move between servers ({addresses}): see after the cut-over that each is "
        "answered, and by one server alone"
    ),
    # ------------------------------------------------ a place at the target, and network, continued
    "DCP-686": (
        "its flavor {flavor} is gone from the source, and nobody knows how large it was: name one of the target's "
        "under mappings.flavors, or skip the server in policy.yaml"
    ),
    "DCP-687": (
        "the port loses the security group {group}, which is another project's: give it a group of your own that lets "
        "the same traffic through"
    ),
    "DCP-688": (
        "{servers} servers hold the volume, which the volume type {type} of the target does not allow: map its type to "
        "one that does under mappings.volume_types (the target tells of {known}), or skip it"
    ),
    "DCP-689": (
        "several servers may hold the volume, and one at most can where it becomes one of the volume type {type}: map "
        "its type under mappings.volume_types where more are to come"
    ),
    # ------------------------------------------------ unused
    "DCP-690": "the volume ({size_gib} GiB) is attached to nothing: skip it in policy.yaml if nobody needs it",
    "DCP-691": "no server was made of the image ({size}): skip it in policy.yaml if nobody needs it",
    "DCP-692": "no port uses the security group: skip it in policy.yaml if nobody needs it",
    "DCP-693": "no server has the port ({address}): skip it in policy.yaml if nobody needs it",
    "DCP-694": "the address {address} leads to nothing: skip it in policy.yaml if nobody needs it",
    # ------------------------------------------------ servers that would run at both ends
    "DCP-695": (
        "the server is not started at the target, as it would run at both ends (consistency: crash leaves it running "
        "at the source): cron jobs and mailers would work twice, a licence key be used twice, third parties hear from "
        "two machines of one name. Set servers.consistency to auto or stopped, so that it is stopped first, or "
        "servers.start to twin for it, if a copy beside it is wanted"
    ),
    "DCP-696": (
        "it will run at both ends, as servers.start says (twin), from a copy that is taken {copy}: what it writes at "
        "the source after that stays there. Keep the two apart (cron jobs, mailers, licence keys, addresses that "
        "third parties know)"
    ),
    "DCP-697": (
        "its copy {target} at the target is older than what it has, as it runs at the source: once a person approves "
        "its stop, its disks are captured anew and {target} and its disks are replaced, if nobody has used them; "
        "what was written to them is lost. Set servers.start to twin for it to keep both"
    ),
    "DCP-698": (
        "it runs at both ends: here and, made of an older copy, as {target} at the target, and nobody has chosen "
        "that. Set servers.consistency to auto or stopped, so that it is stopped and {target} replaced once a person "
        "approves, or servers.start to twin for it to keep both"
    ),
    # ------------------------------------------------ what no tool carries
    "DCP-801": "a load balancer cannot be moved ({details}): set it up again by hand at the target",
    "DCP-802": (
        "a stack cannot be moved, what it owns moves as single resources (servers: {servers}): freeze it, with no "
        "update and no deletion, until the source is off, and keep its template"
    ),
    "DCP-803": (
        "a DNS zone cannot be moved ({details}): export its records, set it up again where it is to be, then change "
        "the delegation"
    ),
    "DCP-804": (
        "a secret cannot be moved, and its value is never read ({details}): store it again by hand at the target"
    ),
    "DCP-805": (
        "a shared file system cannot be moved ({details}): make one at the target, and copy its files from a server "
        "that mounts it"
    ),
    "DCP-806": (
        "a cluster cannot be moved as such ({details}): set up a new one by hand, move its workload, and skip its "
        "servers in policy.yaml"
    ),
    "DCP-807": (
        "what belongs to the service {service} cannot be moved ({details}): set it up again by hand at the target"
    ),
    "DCP-808": (
        "the service {service} is in the source's catalogue, and what you have there cannot be listed ({why}): look "
        "there yourself"
    ),
    # ------------------------------------------------ what was not listed
    "DCP-818": (
        "the target does not list {listing} ({service}: {why}), so this cannot be made there, and the rest goes on "
        "without it: ask for the role that may list them, then scan and plan again, or accept DCP-818 in policy.yaml "
        "to leave it; `run --only evacuate` reads the source meanwhile"
    ),
    "DCP-816": (
        "{listing} of the source were not listed ({service}: {why}): what there is of them is unknown and will NOT "
        "move, and what depends on them is left out; ask for the role that may list them and scan again, or leave "
        "them out on purpose under scan.skip in policy.yaml"
    ),
    "DCP-817": (
        "{listing} of the source were not asked for, as scan.skip in policy.yaml says {selector}: they stay behind; "
        "take the word out and scan again if they are to move"
    ),
    "DCP-819": (
        "{cloud} does not tell {listing} ({service}: {why}): what they would hold up was not looked at; ask for the "
        "role that may list them, and scan again"
    ),
    "DCP-900": (
        "it names something that was not listed ({listing}: {why}) and would be moved half, so it is left out: ask "
        "for the role that may list that, then scan and plan again"
    ),
    "DCP-910": (
        "it carries the mark of a temporary copy of another migration ({mark}), and will NOT move; if it is your own, "
        "give it another name and metadata and scan again, else have that migration's `decamp clean` remove it"
    ),
    "DCP-907": (
        "{what} ({listing}) cannot be read as {service} lists it ({why}): it will NOT move, and what names it is left "
        "out; ask the provider to mend it and scan again, or accept DCP-907 in policy.yaml to leave it behind"
    ),
    "DCP-908": (
        "{cloud}: {what} ({listing}) cannot be read as {service} lists it ({why}), and was not looked at: look at it "
        "by hand"
    ),
    "DCP-909": (
        "{what} ({listing}) is listed oddly by {service} ({why}), and moves all the same: look at it by hand once it "
        "is moved"
    ),
    "DCP-901": (
        "its headers cannot be read ({why}), so neither what it allows nor, most likely, its objects: ask its owner "
        "for the right to read it and scan again, or skip it in policy.yaml"
    ),
    # ------------------------------------------------ room in the target's object store
    "DCP-902": (
        "the container that is there at the target may hold {limit} ({header}), and this one holds {need}: raise its "
        "quota there and scan again, or skip it in policy.yaml"
    ),
    "DCP-903": (
        "the target's object store is too small for the containers that move: they need {need}, {used} of {limit} "
        "used, {short} short; ask the target for more, or skip containers in policy.yaml"
    ),
    "DCP-904": (
        "at {cloud} all images of the project may hold {limit} MiB together ({used} used), and those that disks pass "
        "through may take {need} at once: less where disks are partly empty, which is not known before they are read. "
        "Ask for more, let fewer pass at once (limits in policy.yaml), or set {key} to attached, so that volumes pass "
        "through no image"
    ),
    "DCP-905": (
        "the container {container} at the target has room for {room} by its quotas, and the captured disks that are "
        "to be stored in it take up to {disks}: less where they are empty or alike, which is not known before they "
        "are read; ask the target for more, or name a folder under store in policy.yaml"
    ),
    "DCP-906": (
        "the disk ({size}) may become an image larger than {cloud} takes ({limit}), so it is not restored: set "
        "disks.restore to attached in policy.yaml, which writes volumes without an image (for a root disk servers.boot "
        "to volume too, for a snapshot snapshots to volume), ask that cloud for more, or accept DCP-906 for it if what "
        "it holds is smaller"
    ),
    # ------------------------------------------------ rules of the target, found before it refuses
    "DCP-820": (
        "the target ({profile}) takes subnets in {limit} only, not {cidr}: give the network another range at the "
        "source and scan again, or skip the subnet"
    ),
    "DCP-821": (
        "the target ({profile}) takes no subnet smaller than a {limit}, and {cidr} is: use a larger one at the source "
        "and scan again, or skip the subnet"
    ),
    "DCP-822": (
        "the target ({profile}) keeps {address} in the subnet {subnet} for itself ({limit}): use another address at "
        "the source and scan again, or skip the item"
    ),
    "DCP-823": (
        "the target ({profile}) takes IPv6 subnets as {limit} only, which {cidr} is not: change it at the source and "
        "scan again, or skip the subnet"
    ),
    "DCP-824": (
        "the target ({profile}) takes no port without a security group, so the port of {address} gets the default one: "
        "see that its rules let the traffic through"
    ),
    "DCP-825": (
        "the target ({profile}) takes no address pair {address}: narrow it at the source and scan again, or skip the "
        "port"
    ),
    "DCP-826": (
        "the target ({profile}) lets nobody choose the MAC address of a port ({mac}): set `keep_mac: false` in "
        "policy.yaml"
    ),
    "DCP-827": (
        "the target ({profile}) takes images below {limit} only, and this one has {size}: make it smaller at the "
        "source and scan again, or skip it"
    ),
    "DCP-828": (
        "the target ({profile}) takes such disks of {limit} GiB only, and this one has {size_gib}: change its size at "
        "the source and scan again, or skip it"
    ),
    "DCP-829": (
        "the target ({profile}) takes metadata of {limit} bytes at most, and {key} has {length}: shorten it at the "
        "source and scan again, or skip the item"
    ),
    "DCP-830": (
        "the target ({profile}) takes user data of {limit} bytes at most, and this server's has {length}: shorten it, "
        "or set `user_data: keep` in policy.yaml"
    ),
    "DCP-831": (
        "the volume has {count} snapshots, and the target ({profile}) keeps {limit} of one volume: plan fewer for the "
        "time after the move"
    ),
    "DCP-832": (
        "the limits of {provider} (profile {profile}) are documented by {source}: see whether they "
        "still hold, or set `profile: none` under target in policy.yaml"
    ),
    "DCP-833": (
        "the target ({profile}) takes no port without a security group, and the port of {address} has none to get (its "
        "port security is off, or no `default` group moves): change that at the source and scan again, or skip the port"
    ),
    "DCP-813": (
        "the address {address} leads to a port on {becomes}, which others own: only a router of theirs can lead there; "
        "ask whether there is one, or skip the address"
    ),
    "DCP-814": (
        "under mappings.{mapping} these lines fit it alike and name different targets: {lines}. Make one of them "
        "narrower, or give it a line of its own"
    ),
    "DCP-834": (
        "its network {network} is not yours and does not move: it becomes a port on {becomes}; name another one under "
        "mappings.networks"
    ),
    "DCP-835": (
        "the address {address} is not kept: {becomes} gives a new one, which the report shows beside it; plan the "
        "change of DNS names, firewalls and what is set in guests"
    ),
    "DCP-836": (
        "its address pairs ({pairs}) are not kept: nobody may set them on {becomes}, a network of others; ask its "
        "owner, or name a network of your own under mappings.networks"
    ),
    "DCP-837": (
        "its port security was off, and on {becomes}, a network of others, nobody may turn it off: the port gets the "
        "default security group, and what the server forwards for others is dropped"
    ),
    "DCP-838": (
        "a rule names {address}, the address of a port that does not keep it: put the new one there by hand once the "
        "report shows it"
    ),
    "DCP-839": (
        "policy.yaml wants it on {wanted}, but an earlier run has put it on {becomes}, where it stays: to change that, "
        "attach another port at the target by hand, or take the line out"
    ),
    "DCP-840": (
        "the target has no {service} service, which {items} items of the tenant need: ask the target for it, or skip "
        "them in policy.yaml"
    ),
    "DCP-841": (
        "the target takes no image in the format {format}, only {known}: convert it at the source and scan again, or "
        "skip it"
    ),
    "DCP-842": (
        "its disk would pass through an image in the format {format}, and the target takes {known} only: ask the "
        "target to take that format, or skip it"
    ),
    "DCP-843": (
        "{key} in policy.yaml names the server {server}, which {cloud} has not shown: correct the id, or scan again"
    ),
    "DCP-844": (
        "Decamp runs on this server, as disks.source_worker says, and would move it too: skip it in policy.yaml"
    ),
    "DCP-845": (
        "volumes in {others} are to be attached to the server {server} in {zone}, and not every cloud attaches across "
        "zones: try one by hand, or run Decamp on a server in their zone"
    ),
    "DCP-846": (
        "the volume is encrypted at the source, and what is kept of it in the store is not: nobody else must be able "
        "to read the store"
    ),
    "DCP-847": (
        "the volume is encrypted, and what it becomes at the target is not ({becomes}): choose a volume type that "
        "encrypts under mappings.volume_types in policy.yaml, or accept that"
    ),
    "DCP-848": (
        "the volume is encrypted, and the target tells no member whether its volume type {type} encrypts: make an "
        "empty volume of that type there and scan again, or accept in policy.yaml that it may be kept without"
    ),
    "DCP-849": (
        "volumes of the type {type} are encrypted at the target and cannot be read back through an image: run Decamp "
        "on a server there with `disks.restore: attached`, or choose another type under mappings.volume_types"
    ),
    # ------------------------------------------------ root disks that become boot volumes
    "DCP-890": (
        "its root disk becomes a boot volume of {size_gib} GiB, of the type {type}, which goes when the server is "
        "deleted, and counts as a volume: set servers.boot or servers.boot_volume_type for another way"
    ),
    "DCP-891": (
        "it gets the flavor {target}, which has a disk; {nearer} has none and is nearer to the old one: to get it set "
        "servers.boot to volume for this server"
    ),
    "DCP-892": "{selector} under servers.boot changes nothing, as this server boots from a volume already: take it out",
    # ------------------------------------------------ limits of a provider profile, continued
    "DCP-893": (
        "it had a config drive, and the target ({profile}) makes none: see that its cloud-init asks the metadata "
        "service"
    ),
    "DCP-894": (
        "the target ({profile}) takes a name of at most {limit} letters, digits, `_`, `-` and `.` here: rename it "
        "at the source and scan again, or skip it"
    ),
    "DCP-895": (
        "the target ({profile}) takes a server's description of {limit} characters at most, without < and >, and "
        "this one has {length}: change it at the source and scan again, or skip the server"
    ),
    "DCP-896": (
        "the target ({profile}) takes images of the formats {known}, not {format}: convert it at the source and "
        "scan again, or skip it"
    ),
    "DCP-897": (
        "the target ({profile}) takes a volume's {what} of {limit} bytes at most, and this one has {length}: "
        "shorten it at the source and scan again, or skip the volume"
    ),
    "DCP-898": (
        "the target ({profile}) lets {limit} servers at most hold one volume, and {servers} hold this one: take it"
        " off some at the source and scan again, or skip it"
    ),
    "DCP-899": (
        "the target ({profile}) boots no server from a volume that others hold too: take it off the others at the "
        "source and scan again, or skip it"
    ),
    "DCP-809": (
        "the target ({profile}) takes no bucket name with two hyphens in a row, as {bucket} has: name another one "
        "under target.objects.s3.buckets in policy.yaml"
    ),
}
