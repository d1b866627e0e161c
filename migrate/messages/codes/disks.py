"""Findings: volumes, snapshots, backups and images."""

from migrate.messages.codes.registry import Level, Rule, finding

VOLUME_TYPE_CHANGES = finding(
    "DCP-614",
    Level.CHANGES,
    facts=("source", "target"),
    meaning="the volume type changes",
    en="the volume type changes from {source} to {target}: set mappings.volume_types to choose another one",
    fr="le type de volume {source} devient {target} : choisissez-en un autre par mappings.volume_types",
)
IMAGE_NOT_ACTIVE = finding(
    "DCP-630",
    Level.LOSES,
    facts=("status",),
    rules=Rule.LEAVES_OUT,
    meaning="the image is not active",
    en=(
        "the image is {status}, not active, so it has no data to move: make it active at the source and scan again, or "
        "skip it in policy.yaml"
    ),
    fr=(
        "l'image est {status} et non active ; elle n'a donc pas de données à déplacer : rendez-la active à la source "
        "et relancez `decamp scan`, ou excluez-la dans policy.yaml"
    ),
)
IMAGE_OF_SNAPSHOTS = finding(
    "DCP-631",
    Level.CHANGES,
    facts=("snapshots",),
    rules=Rule.LEAVES_OUT,
    meaning="the image is an empty placeholder for volume snapshots, which move instead",
    en=(
        "the image is an empty placeholder for volume snapshots ({snapshots}) and does not move: set snapshots in "
        "policy.yaml to choose what becomes of them"
    ),
    fr=(
        "l'image est vide et ne fait que représenter des instantanés de volume ({snapshots}) ; elle n'est pas déplacée "
        ": indiquez sous snapshots, dans policy.yaml, ce que deviennent ces instantanés"
    ),
)
IMAGE_TOO_LARGE = finding(
    "DCP-632",
    Level.BLOCKS,
    facts=("size", "limit"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the image exceeds the target's size limit",
    en=(
        "the image ({size:bytes}) exceeds the target's size limit ({limit:bytes}): ask the provider to raise the "
        "limit, or skip the image"
    ),
    fr=(
        "l'image ({size:bytes}) dépasse la taille maximale de la cible ({limit:bytes}) : faites relever cette limite, "
        "ou excluez l'image"
    ),
)
DISK_IMAGE_MAY_BE_TOO_LARGE = finding(
    "DCP-633",
    Level.ADVICE,
    facts=("size", "limit", "cloud"),
    meaning="the disk may become an image that exceeds the source's size limit",
    en=(
        "the disk ({size:bytes}) may become an image that exceeds the size limit of {cloud} ({limit:bytes}): if the "
        "upload fails, read volumes, snapshots and backups as attached devices (disks.capture: attached in "
        "policy.yaml), or ask the provider to raise the limit"
    ),
    fr=(
        "le disque ({size:bytes}) peut donner une image qui dépasse la taille maximale du cloud {cloud} "
        "({limit:bytes}) : si cela échoue, lisez les volumes, instantanés et sauvegardes comme des périphériques "
        "attachés (`disks.capture: attached` dans policy.yaml), ou faites relever cette limite"
    ),
)
IMAGE_BECOMES_PRIVATE = finding(
    "DCP-634",
    Level.CHANGES,
    facts=("visibility",),
    meaning="the image becomes private",
    en="the image is {visibility} at the source and will be private at the target: share it again by hand",
    fr="l'image est {visibility} à la source et sera privée sur la cible : partagez-la de nouveau à la main",
)
IMAGE_PROPERTIES_DROPPED = finding(
    "DCP-635",
    Level.CHANGES,
    facts=("properties",),
    meaning="image properties that only apply to the old cloud are dropped",
    en=(
        "image properties that only apply to the old cloud are dropped ({properties}): list those to preserve under "
        "images.keep_properties in policy.yaml"
    ),
    fr=(
        "des propriétés d'image qui n'ont de sens que sur l'ancien cloud sont supprimées ({properties}) : indiquez "
        "celles à conserver sous images.keep_properties dans policy.yaml"
    ),
)
IMAGE_SHARING_UNMAPPED = finding(
    "DCP-636",
    Level.CHANGES,
    facts=("projects",),
    meaning="the image is shared with projects that the policy does not map",
    en=(
        "the image is shared with projects that are not mapped to the target ({projects}): map them under "
        "mappings.projects in policy.yaml, or share it again by hand"
    ),
    fr=(
        "l'image est partagée avec des projets qui ne sont associés à rien sur la cible ({projects}) : associez-les "
        "sous mappings.projects dans policy.yaml, ou partagez-la de nouveau à la main"
    ),
)
VOLUME_ENCRYPTED = finding(
    "DCP-640",
    Level.BLOCKS,
    rules=Rule.LEAVES_OUT,
    meaning="the volume is encrypted, and an image of it would be unreadable",
    en=(
        "the volume is encrypted, and an image of it would be unreadable: run Decamp on a server in that cloud with "
        "`disks.capture: attached` in policy.yaml, or skip the volume"
    ),
    fr=(
        "le volume est chiffré, et une image de ce volume serait illisible : lancez Decamp sur un serveur de ce cloud "
        "avec `disks.capture: attached` dans policy.yaml, ou excluez le volume"
    ),
)
VOLUME_SHARED = finding(
    "DCP-641",
    Level.CHANGES,
    facts=("servers", "type"),
    meaning="a multi-attach volume: Decamp makes one copy, and all its servers get that copy",
    en=(
        "this is a multi-attach volume (servers attached: {servers}); Decamp makes one copy of it, with the volume "
        "type {type}, and attaches that copy to all of its servers: check that they coordinate their writes, as at the "
        "source"
    ),
    fr=(
        "c'est un volume à attachements multiples (serveurs attachés : {servers}) ; Decamp en fait une seule copie, de "
        "type de volume {type}, attachée à tous ses serveurs : vérifiez qu'ils coordonnent leurs écritures, comme à la "
        "source"
    ),
)
VOLUME_STATE_UNCAPTURABLE = finding(
    "DCP-642",
    Level.BLOCKS,
    facts=("status",),
    rules=Rule.LEAVES_OUT,
    meaning="a volume in this state cannot be captured",
    en="a volume in the state {status} cannot be captured: fix it at the source and scan again, or skip it",
    fr=(
        "un volume dans l'état {status} ne peut pas être capturé : réparez-le à la source et relancez `decamp scan`, "
        "ou excluez-le"
    ),
)
SNAPSHOTS_LEFT = finding(
    "DCP-643",
    Level.LOSES,
    facts=("volume", "size_gib"),
    rules=Rule.LEAVES_OUT,
    meaning="the policy leaves volume snapshots behind",
    en=(
        "policy.yaml leaves volume snapshots behind, including this one of the volume {volume} ({size_gib} GiB): set "
        "`snapshots: volume` or `snapshots: image` to move them"
    ),
    fr=(
        "policy.yaml laisse les instantanés de volume à la source, dont celui-ci, du volume {volume} ({size_gib} Gio) "
        ": mettez `snapshots: volume` ou `snapshots: image` pour les déplacer"
    ),
)
SNAPSHOT_CONVERTED = finding(
    "DCP-644",
    Level.CHANGES,
    facts=("volume", "size_gib", "becomes"),
    meaning="the volume snapshot becomes a volume or an image",
    en=(
        "the snapshot of the volume {volume} ({size_gib} GiB) becomes {becomes}, as no cloud can import a snapshot: "
        "set snapshots in policy.yaml to choose otherwise"
    ),
    fr=(
        "l'instantané du volume {volume} ({size_gib} Gio) devient {becomes} à part entière, car aucun cloud ne sait "
        "importer un instantané : pour un autre choix, changez snapshots dans policy.yaml"
    ),
)
BACKUP_LEFT = finding(
    "DCP-645",
    Level.LOSES,
    facts=("volume", "size_gib"),
    rules=Rule.LEAVES_OUT,
    meaning="the policy leaves the volume backup behind",
    en=(
        "policy.yaml leaves volume backups behind, including this one of the volume {volume} ({size_gib} GiB): set "
        "`backups: volume` to move its content"
    ),
    fr=(
        "policy.yaml laisse les sauvegardes de volume à la source, dont celle-ci, du volume {volume} ({size_gib} Gio) "
        ": mettez `backups: volume` pour déplacer leur contenu"
    ),
)
BACKUP_CONVERTED = finding(
    "DCP-646",
    Level.CHANGES,
    facts=("volume", "size_gib"),
    meaning="the volume backup becomes a volume",
    en=(
        "the backup of the volume {volume} ({size_gib} GiB) becomes a separate volume and uses that much space on both "
        "clouds: set `backups: leave` to leave it behind"
    ),
    fr=(
        "la sauvegarde du volume {volume} ({size_gib} Gio) devient un volume distinct et occupe cette place sur les "
        "deux clouds : mettez `backups: leave` pour la laisser à la source"
    ),
)
EPHEMERAL_DISKS_LOST = finding(
    "DCP-648",
    Level.LOSES,
    facts=("ephemeral_gib", "swap_mib"),
    meaning="the flavor's ephemeral and swap disks are not captured",
    en=(
        "its flavor's ephemeral disk ({ephemeral_gib} GiB) and swap disk ({swap_mib} MiB) are not captured: first copy "
        "what you need from them to a volume"
    ),
    fr=(
        "le disque éphémère ({ephemeral_gib} Gio) et le disque d'échange ({swap_mib} Mio) de son gabarit ne sont pas "
        "capturés : copiez d'abord sur un volume ce dont vous avez besoin"
    ),
)
VOLUME_GROUP_LOST = finding(
    "DCP-649",
    Level.LOSES,
    facts=("group",),
    meaning="the volume loses its volume group",
    en=(
        "the volume belongs to the volume group {group}, which does not move: create the group again by hand at the "
        "target if the volumes must stay together"
    ),
    fr=(
        "le volume appartient au groupe de volumes {group}, qui n'est pas déplacé : recréez ce groupe à la main sur la "
        "cible si les volumes doivent rester ensemble"
    ),
)
SNAPSHOT_UNREADABLE = finding(
    "DCP-657",
    Level.LOSES,
    facts=("status",),
    rules=Rule.LEAVES_OUT,
    meaning="a snapshot or backup in this state cannot be read",
    en="a snapshot or backup in the state {status} cannot be read: fix it at the source and scan again, or skip it",
    fr=(
        "un instantané ou une sauvegarde dans l'état {status} ne peut pas être lu : réparez-le à la source et relancez "
        "`decamp scan`, ou excluez-le"
    ),
)
SHARED_VOLUME_UNSUPPORTED = finding(
    "DCP-688",
    Level.BLOCKS,
    facts=("servers", "type", "known"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="several servers use the volume, but the target's volume type does not support multi-attach",
    en=(
        "{servers} servers use the volume, but the target's volume type {type} does not support multi-attach: map its "
        "type to one that does under mappings.volume_types (the target reports {known}), or skip the volume"
    ),
    fr=(
        "{servers} serveurs utilisent le volume, mais le type de volume {type} de la cible ne permet pas les "
        "attachements multiples : associez son type à un type qui les permet sous mappings.volume_types (la cible "
        "annonce {known}), ou excluez le volume"
    ),
)
SHARED_VOLUME_BECOMES_SINGLE = finding(
    "DCP-689",
    Level.CHANGES,
    facts=("type",),
    meaning="the volume is multi-attach at the source and single-attach at the target",
    en=(
        "the volume is multi-attach at the source, but its volume type at the target, {type}, is not: map its type "
        "under mappings.volume_types if several servers will use it"
    ),
    fr=(
        "le volume est à attachements multiples à la source, mais son type de volume sur la cible, {type}, ne les "
        "permet pas : associez son type sous mappings.volume_types si plusieurs serveurs doivent l'utiliser"
    ),
)
VOLUME_UNUSED = finding(
    "DCP-690",
    Level.ADVICE,
    facts=("size_gib",),
    meaning="the volume is not attached",
    en="the volume ({size_gib} GiB) is not attached to a server: skip it in policy.yaml if nobody needs it",
    fr=(
        "le volume ({size_gib} Gio) n'est attaché à aucun serveur : excluez-le dans policy.yaml si personne n'en a "
        "besoin"
    ),
)
IMAGE_UNUSED = finding(
    "DCP-691",
    Level.ADVICE,
    facts=("size",),
    meaning="no server uses the image",
    en="no server was created from the image ({size:bytes}): skip it in policy.yaml if nobody needs it",
    fr=(
        "aucun serveur n'a été créé à partir de l'image ({size:bytes}) : excluez-la dans policy.yaml si personne n'en "
        "a besoin"
    ),
)
IMAGE_OVER_PROVIDER_LIMIT = finding(
    "DCP-827",
    Level.BLOCKS,
    facts=("size", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the image exceeds the provider's size limit",
    en=(
        "the target ({profile}) only accepts images smaller than {limit:bytes}, but this one has {size:bytes}: make a "
        "smaller one at the source and scan again, or skip it"
    ),
    fr=(
        "la cible ({profile}) n'accepte que des images de moins de {limit:bytes}, mais celle-ci fait {size:bytes} : "
        "faites-en une plus petite à la source et relancez `decamp scan`, ou excluez-la"
    ),
)
DISK_SIZE_REFUSED = finding(
    "DCP-828",
    Level.BLOCKS,
    facts=("size_gib", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the disk is smaller or larger than the provider accepts",
    en=(
        "the target ({profile}) only accepts disks of {limit} GiB of this kind, but this one has {size_gib} GiB: "
        "extend it, or copy it to a smaller one, at the source and scan again, or skip it"
    ),
    fr=(
        "pour ce type de disque, la cible ({profile}) n'accepte que {limit} Gio, mais celui-ci fait {size_gib} Gio : "
        "étendez-le, ou copiez-le vers un plus petit, à la source et relancez `decamp scan`, ou excluez-le"
    ),
)
TOO_MANY_SNAPSHOTS = finding(
    "DCP-831",
    Level.ADVICE,
    facts=("count", "limit", "profile"),
    meaning="the volume has more snapshots than the provider allows",
    en=(
        "the volume has {count} snapshots, but the target ({profile}) allows {limit} per volume: plan to keep fewer "
        "after the move"
    ),
    fr=(
        "le volume a {count} instantanés, mais la cible ({profile}) en permet {limit} par volume : prévoyez d'en "
        "garder moins après le déplacement"
    ),
)
IMAGE_FORMAT_REFUSED = finding(
    "DCP-841",
    Level.BLOCKS,
    facts=("format", "known"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the target does not accept this image format",
    en=(
        "the target does not accept the image format {format}, only {known}: convert the image at the source and scan "
        "again, or skip it"
    ),
    fr=(
        "la cible n'accepte pas le format d'image {format}, seulement {known} : convertissez l'image à la source et "
        "relancez `decamp scan`, ou excluez-la"
    ),
)
DISK_FORMAT_REFUSED = finding(
    "DCP-842",
    Level.BLOCKS,
    facts=("format", "known"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the target does not accept the image format that the disk would pass through",
    en=(
        "its disk would pass through an image in the format {format}, but the target only accepts {known}: ask the "
        "provider to accept that format, or skip the disk"
    ),
    fr=(
        "son disque passerait par une image au format {format}, mais la cible n'accepte que {known} : faites accepter "
        "ce format par le fournisseur, ou excluez ce disque"
    ),
)
VOLUME_ZONE_DIFFERS = finding(
    "DCP-845",
    Level.ADVICE,
    facts=("server", "zone", "others"),
    meaning="volumes are in a different zone from their server",
    en=(
        "volumes in {others} will be attached to the server {server} in {zone}, and not every cloud attaches volumes "
        "across zones: try one by hand, or run Decamp on a server in their zone"
    ),
    fr=(
        "des volumes de {others} seront attachés au serveur {server} de {zone}, et tous les clouds n'attachent pas un "
        "volume d'une zone à l'autre : essayez-en un à la main, ou lancez Decamp sur un serveur de leur zone"
    ),
)
ENCRYPTED_STORED_PLAIN = finding(
    "DCP-846",
    Level.ADVICE,
    meaning="the volume is encrypted at the source, but its data in the store is not",
    en=(
        "the volume is encrypted at the source, but its data in the store is not: make sure that nobody else can read "
        "the store, or encrypt it with store.key in policy.yaml"
    ),
    fr=(
        "le volume est chiffré à la source, mais ses données dans le dépôt ne le sont pas : assurez-vous que personne "
        "d'autre ne peut lire le dépôt, ou chiffrez-le au moyen de store.key dans policy.yaml"
    ),
)
ENCRYPTED_BECOMES_PLAIN = finding(
    "DCP-847",
    Level.LOSES,
    facts=("becomes",),
    rules=Rule.LEAVES_OUT | Rule.CAN_GO_ON,
    meaning="the volume is encrypted, but not at the target",
    en=(
        "the volume is encrypted, but what it becomes at the target ({becomes}) is not: choose a volume type that "
        "encrypts under mappings.volume_types in policy.yaml, or accept DCP-847"
    ),
    fr=(
        "le volume est chiffré, mais ce qu'il devient sur la cible ({becomes}) ne l'est pas : choisissez un type de "
        "volume qui chiffre sous mappings.volume_types dans policy.yaml, ou acceptez DCP-847"
    ),
)
ENCRYPTION_UNKNOWN = finding(
    "DCP-848",
    Level.LOSES,
    facts=("type",),
    rules=Rule.LEAVES_OUT | Rule.CAN_GO_ON,
    meaning="the volume is encrypted, and whether its volume type at the target encrypts is unknown",
    en=(
        "the volume is encrypted, but the target does not show members whether its volume type {type} encrypts: create "
        "an empty volume of that type there and scan again, or accept DCP-848 in policy.yaml, as it may be stored "
        "unencrypted"
    ),
    fr=(
        "le volume est chiffré, mais la cible ne montre pas aux membres si son type de volume {type} chiffre : créez-y "
        "un volume vide de ce type et relancez `decamp scan`, ou acceptez DCP-848 dans policy.yaml, au risque qu'il "
        "soit stocké en clair"
    ),
)
ENCRYPTED_UNREADABLE = finding(
    "DCP-849",
    Level.BLOCKS,
    facts=("type",),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the target's volume type encrypts, so the volume cannot be read back through an image",
    en=(
        "volumes of the type {type} are encrypted at the target and cannot be read back through an image: run Decamp "
        "on a server there with `disks.restore: attached`, or choose another type under mappings.volume_types"
    ),
    fr=(
        "les volumes du type {type} sont chiffrés sur la cible et ne peuvent pas être relus par une image : lancez "
        "Decamp sur un serveur de la cible avec `disks.restore: attached`, ou choisissez un autre type sous "
        "mappings.volume_types"
    ),
)
ROOT_DISK_BECOMES_VOLUME = finding(
    "DCP-890",
    Level.CHANGES,
    facts=("size_gib", "type"),
    meaning="the server's root disk becomes a boot volume",
    en=(
        "its root disk becomes a boot volume of {size_gib} GiB and the type {type}, which counts towards the volume "
        "quota and is deleted with the server: set servers.boot or servers.boot_volume_type to choose otherwise"
    ),
    fr=(
        "son disque racine devient un volume de démarrage de {size_gib} Gio, de type {type}, compté dans le quota de "
        "volumes et supprimé avec le serveur : pour un autre choix, changez servers.boot ou servers.boot_volume_type"
    ),
)
PROVIDER_IMAGE_FORMAT_REFUSED = finding(
    "DCP-896",
    Level.BLOCKS,
    facts=("format", "known", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the provider does not accept this image format",
    en=(
        "the target ({profile}) only accepts images in the formats {known}, not {format}: convert it at the source and "
        "scan again, or skip it"
    ),
    fr=(
        "la cible ({profile}) n'accepte que des images aux formats {known}, pas {format} : convertissez-la à la source "
        "et relancez `decamp scan`, ou excluez-la"
    ),
)
VOLUME_TEXT_TOO_LONG = finding(
    "DCP-897",
    Level.BLOCKS,
    facts=("what", "length", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the volume's name or description exceeds the provider's limit",
    en=(
        "the target ({profile}) accepts up to {limit} bytes for the {what} of a volume, but this one has {length}: "
        "shorten it at the source and scan again, or skip the volume"
    ),
    fr=(
        "la cible ({profile}) accepte {limit} octets au plus dans le champ {what} d'un volume, mais celui-ci en a "
        "{length} : raccourcissez-le à la source et relancez `decamp scan`, ou excluez le volume"
    ),
)
TOO_MANY_HOLDERS = finding(
    "DCP-898",
    Level.BLOCKS,
    facts=("servers", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="more servers use the volume than the provider allows",
    en=(
        "the target ({profile}) allows up to {limit} servers per volume, but {servers} use this one: detach it from "
        "some of them at the source and scan again, or skip it"
    ),
    fr=(
        "la cible ({profile}) permet {limit} serveurs au plus par volume, mais {servers} utilisent celui-ci : "
        "détachez-le de certains à la source et relancez `decamp scan`, ou excluez-le"
    ),
)
SHARED_BOOT_VOLUME_REFUSED = finding(
    "DCP-899",
    Level.BLOCKS,
    facts=("profile",),
    rules=Rule.OF_TARGET,
    meaning="the target cannot boot a server from a multi-attach volume",
    en=(
        "the target ({profile}) cannot boot a server from a volume that other servers use too: detach it from the "
        "others at the source and scan again, or skip it"
    ),
    fr=(
        "la cible ({profile}) ne peut pas démarrer un serveur sur un volume que d'autres utilisent aussi : détachez-le "
        "des autres à la source et relancez `decamp scan`, ou excluez-le"
    ),
)
IMAGE_QUOTA_SHORT = finding(
    "DCP-904",
    Level.ADVICE,
    facts=("cloud", "limit", "used", "need", "key"),
    meaning="the image quota may be too small for the images that disks pass through",
    en=(
        "the image quota of the project at {cloud} is {limit} MiB ({used} used), and the images that disks pass "
        "through may need {need} MiB at once, less if disks are partly empty: ask for a higher quota, lower the number "
        "of disks at once (limits in policy.yaml), or set {key} to attached so that volumes need no image"
    ),
    fr=(
        "le quota d'images du projet sur le cloud {cloud} est de {limit} Mio ({used} utilisés), et les images par "
        "lesquelles passent les disques peuvent occuper {need} Mio à la fois, moins si les disques sont en partie "
        "vides : faites augmenter ce quota, traitez moins de disques à la fois (limits dans policy.yaml), ou réglez "
        "{key} sur attached pour que les volumes se passent d'image"
    ),
)
DISK_OVER_IMAGE_LIMIT = finding(
    "DCP-906",
    Level.BLOCKS,
    facts=("size", "limit", "cloud"),
    rules=Rule.LEAVES_OUT | Rule.CAN_GO_ON | Rule.ALONE | Rule.OF_TARGET,
    meaning="the disk may become an image that exceeds the target's size limit, and nobody has decided",
    en=(
        "the disk ({size:bytes}) may become an image that exceeds the size limit of {cloud} ({limit:bytes}), so it is "
        "not restored: set disks.restore to attached in policy.yaml, which writes volumes without an image (for a root "
        "disk also servers.boot to volume, for a snapshot also snapshots to volume), ask the provider to raise the "
        "limit, or accept DCP-906 for it if its data is smaller"
    ),
    fr=(
        "le disque ({size:bytes}) peut donner une image qui dépasse la taille maximale du cloud {cloud} "
        "({limit:bytes}), et il n'est pas restauré : réglez disks.restore sur attached dans policy.yaml, ce qui écrit "
        "les volumes sans image (pour un disque racine, réglez aussi servers.boot sur volume ; pour un instantané, "
        "snapshots sur volume), faites relever cette limite, ou acceptez DCP-906 pour lui si ses données sont plus "
        "petites"
    ),
)
