"""English texts by code: what, where, what to do."""

from migrate.messages.findings_en import FINDINGS

TEXTS: dict[str, str] = {
    # ------------------------------------------------ 1xx: this machine
    "DCP-100": (
        "something happened that Decamp did not foresee ({error}): nothing done so far is lost, "
        "and the same command goes on"
    ),
    "DCP-111": "cannot write {path} ({why}): make room or mend the permissions, then run the same command again",
    "DCP-112": (
        "the store of captured disks has {size} left, and a single pack of what is to be captured takes {limit}: "
        "make room, then run the same command again; nothing was changed"
    ),
    "DCP-130": "stopped on request: what is done is recorded, and the same command goes on from there",
    "DCP-132": (
        "the key of the store, {key}, cannot be read ({why}): bring it back, or correct store.key in policy.yaml; "
        "without the key nothing that the store holds can be read"
    ),
    "DCP-133": (
        "the store {store} is encrypted with the key {found}, and policy.yaml names none: set store.key to where that "
        "key is, or name another place for the store"
    ),
    "DCP-134": (
        "the store {store} is encrypted with the key {found}, and store.key in policy.yaml leads to the key {key}: "
        "name the right one, or another place for the store"
    ),
    "DCP-135": (
        "the store {store} holds what is not encrypted, and policy.yaml names the key {key} for it: name an empty "
        "place, where what is still needed is captured again, or leave store.key out; nothing was changed"
    ),
    "DCP-136": (
        "others can read the key of the store, {key}: close it with chmod 600 {path}, and where somebody may have read "
        "it begin another store, with a new key"
    ),
    "DCP-137": (
        "{key} leads to no key of a store, which is 32 random bytes in base64 or hex: name the right place in "
        "policy.yaml, or make a key with `decamp store key FILE`"
    ),
    # ------------------------------------------------ 2xx: input and documents
    "DCP-200": "{what}; see `decamp --help`",
    "DCP-201": "no cloud {cloud} can be used: name one of your clouds.yaml (it has: {known}), or mend its entry there",
    "DCP-202": "source and target are both {cloud}: name two different clouds, or two regions of it in policy.yaml",
    "DCP-203": "{path} exists already and is left as it is: go on with `decamp -C` and this folder, or name another",
    "DCP-204": "no gate is called {gate}: the plan has {known}",
    "DCP-205": "{value} is no deadline: write a date with its time zone, for example 2020-02-01T00:00:00+01:00",
    "DCP-206": "{path} is not a folder that Decamp can use: make one with `decamp init`, or name another with -C",
    "DCP-207": "{option} is missing and nobody can be asked here: give it on the command line",
    "DCP-208": "an approval needs a name: say who approves with --who",
    "DCP-209": "no step of the plan is called {step}: `decamp plan` lists them",
    "DCP-210": (
        "{path} does not exist: `decamp init` makes policy.yaml, `decamp scan` the inventories, `decamp plan` the plan"
    ),
    "DCP-211": (
        "{path} is damaged or cut short ({why}): run the command that makes it again, or bring back an intact copy"
    ),
    "DCP-212": "{path} is not a document that this Decamp reads (expected {expected}): make it again with this version",
    "DCP-213": (
        "{path} was edited by hand and is refused: edit policy.yaml instead, and run the command that makes it again"
    ),
    "DCP-214": (
        "the plan no longer fits the policy and the inventories ({what}): run `decamp plan` again and read what changed"
    ),
    "DCP-215": (
        "the ledger {path} is damaged ({why}): bring back an intact copy, or move it away and run again; "
        "Decamp then finds what it made by its marks"
    ),
    "DCP-216": "{cloud} has several regions ({known}): name yours in policy.yaml, or as region_name in clouds.yaml",
    "DCP-217": (
        "the ledger {path} cannot be reached ({why}): see that its server runs and can be reached from here, then "
        "run the same command again"
    ),
    "DCP-218": (
        "the ledger {path} refuses us ({why}): check user, database and rights; the password is taken from "
        "PGPASSFILE or PGPASSWORD"
    ),
    "DCP-219": (
        "no ledger can be kept at {path} ({why}): write sqlite:///FILE or postgresql://USER@HOST/DATABASE under "
        "ledger in policy.yaml, and install decamp[postgresql] for the latter"
    ),
    "DCP-220": "{path} has mistakes, and nothing was changed: {problems}",
    "DCP-221": "{path} is not valid YAML ({why}): mend the line and run the same command again",
    "DCP-222": (
        "findings block ({count} of them), and nothing was changed: `decamp check` lists them; mend them, or skip or "
        "accept them in policy.yaml, then plan again"
    ),
    "DCP-223": (
        "{path} cannot be read ({why}), and servers.user_data_files in policy.yaml names it: put the file there, or "
        "correct its name"
    ),
    "DCP-224": "no server that the gate {gate} stops is called {server}: `decamp approve` lists them",
    "DCP-225": (
        "{path} lies in the current folder and nobody has named it, so that whoever put it there would choose where "
        "passwords go: read it, then set OS_CLIENT_CONFIG_FILE={clouds}, or go to another folder and name this one "
        "with -C"
    ),
    "DCP-226": (
        "the source {source} and the target {target} are the same project, {project} ({id}, region {region}), and "
        "nothing was changed: it would be moved onto itself, and all of it would be lost at the switch-off. Name "
        "another project, region or cloud as the target in policy.yaml, or mend its entry in clouds.yaml, then scan "
        "both again"
    ),
    "DCP-227": (
        "the regions {source} and {target} share the project's {service} service ({address}), and nothing was "
        "changed: what is there is at both ends already. Move to a region that has its own, or to another project"
    ),
    "DCP-228": (
        "the S3 endpoint {endpoint} is an address of the source ({address}), and nothing was changed: what is moved "
        "there is lost at the switch-off. Name the target's own S3 service under target.objects.s3 in policy.yaml, "
        "or leave it out to use the target's Swift, then scan again"
    ),
    "DCP-229": (
        "values of metadata or headers that look like secrets are concealed by {path}, which is missing or another "
        "one: copy private/ of this workspace here too, or run `decamp scan` and `decamp plan` again"
    ),
    # ------------------------------------------------ 3xx: where a step stands
    "DCP-301": "waits for the approval of the gate {gate}: read it with `decamp approve`, then `decamp approve {gate}`",
    "DCP-302": "blocked by {step}: settle that one first, then run again",
    "DCP-303": "another run took {step} over: this one let go of it, and nothing needs to be done",
    "DCP-304": (
        "waits for the time window of policy.yaml, which opens at {opens_at}: a run that stays goes on by itself"
    ),
    "DCP-305": (
        "waits for {cloud}, which refuses the login for now ({why}): the run tries it again by itself; if the login "
        "itself has changed, correct clouds.yaml, stop the run and start it again"
    ),
    "DCP-306": (
        "waits until the servers that are down are up again: limits.servers_down in policy.yaml allows {limit} at "
        "once; `decamp status` names them, and a run goes on by itself"
    ),
    "DCP-307": (
        "not stopped, as {servers} cannot come up again before {step} is settled: `decamp status` says why; settle it "
        "and run again, or raise limits.servers_down in policy.yaml and plan again"
    ),
    "DCP-308": (
        "not stopped before {servers} may be too, as they share volumes: read it with `decamp approve`, then "
        "`decamp approve {gate} --server` with each of them"
    ),
    "DCP-309": (
        "{url} sends us on to {to}, which neither the catalogue nor clouds.yaml names: nothing was sent there; if that "
        "address is right, write it into clouds.yaml (auth_url, or the service's endpoint_override)"
    ),
    "DCP-310": (
        "the file of logins {path} cannot be read ({why}), and no other one is taken in its place: mend it, or name "
        "another with OS_CLIENT_CONFIG_FILE"
    ),
    "DCP-311": (
        "{path} is {why}, as no file of a workspace is, and was neither read nor written: find out who put it there, "
        "remove it or bring back an intact copy, then run the same command again"
    ),
    # ------------------------------------------------ 4xx: the clouds
    "DCP-400": "the cloud refuses the request as wrong ({what}): look at the item in question, then run again",
    "DCP-401": "{cloud} refused the login (user: {user}): check the name, the password and the project in clouds.yaml",
    "DCP-402": "{url} cannot be reached: check the network, the proxy and the address in clouds.yaml",
    "DCP-403": "the cloud does not allow it ({what}): ask its support for the right, or skip the item in policy.yaml",
    "DCP-404": "{kind} {id} is not there any more: scan and plan again",
    "DCP-405": "{cloud} has no region {region}, only {known}: correct it in policy.yaml or clouds.yaml",
    "DCP-406": "{cloud} has no {interface} address for {service}, only {known}: correct the interface in clouds.yaml",
    "DCP-407": "the certificate of {url} is not trusted: name its authority's file as cacert in clouds.yaml",
    "DCP-409": "something is in the way at the cloud ({what}): look at it, then run again",
    "DCP-410": (
        "no keys for S3 were found (profile {profile}: {why}): set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
        "or name a profile of ~/.aws in policy.yaml"
    ),
    "DCP-411": (
        "the S3 store at {url} refuses our login ({why}): "
        "check the access key, its secret and the region in policy.yaml"
    ),
    "DCP-413": "the quota for {resource} is used up: ask the cloud for more or free some, then run again",
    "DCP-415": "this is not supported ({what}): skip the item in policy.yaml, or move it by hand",
    "DCP-416": "the cloud has no {service} service: what needs it cannot move there; skip it in policy.yaml",
    "DCP-417": (
        "{path} has room for {size_bytes} bytes, and the disk has {wanted_bytes}: nothing was written; "
        "take a larger volume, then run again"
    ),
    "DCP-418": "{path} cannot be used as a disk ({why}): see that it is there, free and whole, then run again",
    "DCP-422": (
        "the bytes differ from what they should be ({what}): the copy is not used; run again, and if it "
        "stays so, delete it where it is stored first"
    ),
    "DCP-423": (
        "{item} differs from what was captured ({what}): no server is made of it; remove it at the target and run again"
    ),
    "DCP-424": (
        "{item} was made of a copy that is older than the one of {taken_at}, and is not replaced unasked: scan, plan "
        "and approve again while the server {server} runs at the source, or accept DCP-424:server:{server} in "
        "policy.yaml"
    ),
    "DCP-425": (
        "{item} was made of an older copy, and somebody has used it since ({what}): it is left as it is. Remove "
        "that, or remove it yourself, or accept DCP-425:server:{server} in policy.yaml to lose what a server of ours "
        "holds"
    ),
    "DCP-426": (
        "{item} is a copy of {taken_at}, and its server has run on at the source since: what was written "
        "there after that is not in it. Scan, plan and approve its stop to have it captured anew, or set "
        "servers.start to twin for it"
    ),
    "DCP-451": (
        "Decamp's own guard of the source stopped {method} {path} ({service}): nothing was sent, "
        "and the source is unchanged"
    ),
    "DCP-452": (
        "a command that only reads was about to change a cloud or the store ({method} {path}, {service}) and was "
        "stopped: nothing was sent; please report this mistake of ours"
    ),
    # ------------------------------------------------ 5xx: plan and world
    "DCP-501": (
        "{path} was taken of the project {found}, and you are logged in to {expected}: check clouds.yaml, or scan again"
    ),
    "DCP-502": "the plan belongs to {found}, and you are logged in to {expected}: use the workspace of this tenant",
    "DCP-503": "the cloud does not answer as it should for now ({what}): run again later, it goes on from there",
    "DCP-504": "the ledger {path} belongs to another migration: use the workspace that it came from",
    "DCP-505": "{item} changed since it was scanned ({what}): scan and plan again",
    "DCP-506": (
        "{kind} {name} exists at the target with other content, and Decamp did not make it: "
        "rename or remove one of the two, then run again"
    ),
    "DCP-507": "{item} still has to read the source, which cannot be reached: bring its login back, or skip it",
    "DCP-508": "{kind} {id} no longer carries the mark of this migration: it is left as it is; look at it by hand",
    "DCP-509": "the volume {volume} is attached to another server ({server}): detach it there, then run again",
    "DCP-510": "{item} ended in the state {status} at the cloud: look at it there, then run again",
    "DCP-511": "{item} is still {status} after {seconds} s: run again later, it goes on waiting for the same one",
    "DCP-512": "no complete copy of {disk} is in the store: run again, so that its capture ends first",
    "DCP-513": "{item} broke off at the cloud and was removed: run again, it is made anew",
    "DCP-514": "{item} has gone from the target: it is restored again",
    "DCP-515": (
        "the disks of the server {server} were captured in different stops, as it ran in between: stop it at the "
        "source and run again, those of an earlier stop are captured anew"
    ),
    "DCP-516": (
        "the volume {volume} is still {status} after {seconds} s (server {server}): run again later, it goes on from "
        "there; if it stays so, ask the cloud to reset the state of that volume"
    ),
    "DCP-517": (
        "the volume {volume} is attached to the server {server}, and its device is not to be had here ({what}): run "
        "Decamp on that very server, as root, and look at disks.devices in policy.yaml"
    ),
    "DCP-518": (
        "next to nothing moves over the network any more ({what}): it is tried again over a fresh connection; "
        "if this stays, look at the line to that cloud"
    ),
    "DCP-519": (
        "the cloud did not attach the volume {volume} to the server {server}, it is {status} again: it is tried once "
        "more; if it stays so, look at that server"
    ),
    # ------------------------------------------------ 52x: why clean leaves something
    "DCP-520": "stays: it was moved and is yours now",
    "DCP-521": "stays: it carries our mark and is no temporary of ours; perhaps you made it out of one",
    "DCP-522": "stays for now: a run is working with it; clean again when that run has ended",
    "DCP-523": "stays: a second one of the same origin that the ledger does not know; look at both, remove one by hand",
    "DCP-524": "a run is working on {step}: prune the store when that run has ended",
    "DCP-526": "a run has begun since it was worked out what may go: prune the store anew when no run works",
    "DCP-527": (
        "the server {server} runs at the source ({status}), and its disks were captured while it ran ({taken_at}): "
        "it would run at both ends, from an older copy. Plan again and approve its stop, or set servers.start to "
        "twin for it"
    ),
    "DCP-528": (
        "{item} is a twin, as servers.start says: a copy of {taken_at}, and what its original has written since "
        "stays at the source"
    ),
    "DCP-525": (
        "the server {server} has run at the source since its disks were captured in a stop of it ({taken_at}; it is "
        "{status} now): they are older than what it has. Set servers.stale to accept to make it of them all the same, "
        "or skip it"
    ),
    "DCP-815": (
        "an earlier run has put the port {port} on the network {network}, and the plan wants it on {wanted}: it stays "
        "there, as a server may use it; scan and plan again"
    ),
    # ------------------------------------------------ 7xx: verification
    "DCP-701": (
        "a server has held this disk since it was proved and may have written to it: the earlier proof stands; "
        "`decamp verify --reread all` compares it all the same"
    ),
    "DCP-702": "no complete copy of {disk} is in the store, so there is nothing to hold it against: run again first",
    "DCP-703": "{path} is missing, so nothing says what was copied: run `decamp run --execute` again, then verify",
    "DCP-704": "{kind} {id} went to the state {status} while it was read back: verify again",
    "DCP-705": "{kind} {id} is still {status} after {waited_s} s: verify again later",
    "DCP-706": "the disk came back in a format that verify does not read ({format}): compare it by hand",
    "DCP-707": "the copy that was read back is cut short or damaged ({id}: {why}): verify again",
    "DCP-708": "the manifest of {disk} contradicts itself and proves nothing: capture the disk again",
    "DCP-709": "the source has changed since it was listed for this copy: `scan`, `plan`, `run --execute` bring it",
    "DCP-710": (
        "the source could not be asked whether it has changed since: what is said holds for the listing of the copy; "
        "`verify --source` again when it answers"
    ),
    "DCP-712": "made at the source since its scan, and in no plan: `scan`, `plan`, `run --execute` bring it",
    "DCP-713": (
        "the cloud answers what nobody can read ({what}): run again; if it stays so, show the provider this sentence"
    ),
    "DCP-711": (
        "{what} cannot be done again: --again works for containers (`container:NAME`) alone, --set-again for those, "
        "for security groups and for floating addresses"
    ),
    "DCP-714": (
        "{item}: somebody has changed at the target what was set there, and it stays so ({what}); to have it as at the "
        "source again: `decamp run --execute --set-again {item}`"
    ),
    **FINDINGS,
}
