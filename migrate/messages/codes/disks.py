"""Findings: volumes, snapshots, backups and images."""

from migrate.messages.codes.registry import Level, Rule, finding

VOLUME_TYPE_CHANGES = finding(
    "DCP-614",
    Level.CHANGES,
    facts=("source", "target"),
    meaning="the volume gets another volume type",
    en="it gets the volume type {target} instead of {source}: set mappings.volume_types for another one",
    fr=(
        "il reçoit le type de volume {target} au lieu de {source} : indiquez mappings.volume_types pour en choisir "
        "un autre"
    ),
)
IMAGE_NOT_ACTIVE = finding(
    "DCP-630",
    Level.LOSES,
    facts=("status",),
    rules=Rule.LEAVES_OUT,
    meaning="the image is not active",
    en="the image is {status} and not active: there is nothing that could be moved",
    fr="l'image est {status} et non active : il n'y a rien à déplacer",
)
IMAGE_OF_SNAPSHOTS = finding(
    "DCP-631",
    Level.CHANGES,
    facts=("snapshots",),
    rules=Rule.LEAVES_OUT,
    meaning="the image is an empty one that stands for volume snapshots: those are what moves",
    en=(
        "the image is empty and only stands for volume snapshots ({snapshots}): the image is not moved, the "
        "snapshots are as policy.yaml says under snapshots"
    ),
    fr=(
        "l'image est vide et ne fait que représenter des instantanés de volumes ({snapshots}) : elle n'est pas "
        "déplacée, et les instantanés le sont selon le réglage snapshots de policy.yaml"
    ),
)
IMAGE_TOO_LARGE = finding(
    "DCP-632",
    Level.BLOCKS,
    facts=("size", "limit"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the image is larger than the target takes",
    en="the image ({size}) is larger than the target takes ({limit}): ask the target to raise it, or skip it",
    fr=(
        "l'image ({size}) est plus grande que ce que la cible accepte ({limit}) : faites relever cette limite, ou "
        "écartez-la"
    ),
)
DISK_IMAGE_MAY_BE_TOO_LARGE = finding(
    "DCP-633",
    Level.ADVICE,
    facts=("size", "limit", "cloud"),
    meaning="the disk may become an image larger than the source takes",
    en=(
        "the disk ({size}) may become an image larger than {cloud} takes ({limit}): if it fails there, read "
        "volumes, their snapshots and backups as devices (disks.capture: attached in policy.yaml), or ask that "
        "cloud for more"
    ),
    fr=(
        "le disque ({size}) peut donner une image plus grande que ce que le cloud {cloud} accepte ({limit}) : si "
        "cela échoue, lisez les volumes, leurs instantanés et leurs sauvegardes comme des périphériques "
        "(disks.capture à attached dans policy.yaml), ou faites relever cette limite"
    ),
)
IMAGE_BECOMES_PRIVATE = finding(
    "DCP-634",
    Level.CHANGES,
    facts=("visibility",),
    meaning="the image becomes private",
    en="the image is {visibility} at the source and private at the target: share it again by hand",
    fr="l'image est {visibility} à la source et privée sur la cible : partagez-la de nouveau à la main",
)
IMAGE_PROPERTIES_DROPPED = finding(
    "DCP-635",
    Level.CHANGES,
    facts=("properties",),
    meaning="properties of the image that only mean something to its old cloud are dropped",
    en=(
        "properties that only mean something to the old cloud are dropped ({properties}): name those to keep under "
        "images.keep_properties in policy.yaml"
    ),
    fr=(
        "des propriétés qui n'ont de sens que pour l'ancien cloud sont abandonnées ({properties}) : nommez celles "
        "à garder sous images.keep_properties dans policy.yaml"
    ),
)
IMAGE_SHARING_UNMAPPED = finding(
    "DCP-636",
    Level.CHANGES,
    facts=("projects",),
    meaning="the image is shared with projects that the policy does not map",
    en=(
        "the image is shared with projects that have no counterpart at the target yet ({projects}): name them "
        "under mappings.projects in policy.yaml, or share it again by hand"
    ),
    fr=(
        "l'image est partagée avec des projets auxquels rien ne correspond encore sur la cible ({projects}) : "
        "indiquez-les sous mappings.projects dans policy.yaml, ou partagez-la de nouveau à la main"
    ),
)
VOLUME_ENCRYPTED = finding(
    "DCP-640",
    Level.BLOCKS,
    rules=Rule.LEAVES_OUT,
    meaning="the volume is encrypted, and would pass through an image that nobody can read",
    en=(
        "the volume is encrypted, and an image of it could be read by nobody: run Decamp on a server in that cloud "
        "with `disks.capture: attached` in policy.yaml, or skip it"
    ),
    fr=(
        "le volume est chiffré, et une image qui en serait faite ne serait lisible par personne : lancez Decamp "
        "sur un serveur de ce cloud avec `disks.capture: attached` dans policy.yaml, ou écartez-le"
    ),
)
VOLUME_SHARED = finding(
    "DCP-641",
    Level.CHANGES,
    facts=("servers", "type"),
    meaning="several servers may hold the volume: one copy is made, and all that hold it get it",
    en=(
        "several servers may hold the volume ({servers} do): one copy is made of it, of the volume type {type}, "
        "and all that hold it get it. What they write to it without agreement is lost there as it is here"
    ),
    fr=(
        "plusieurs serveurs peuvent tenir le volume ({servers} le tiennent) : une seule copie en est faite, du "
        "type de volume {type}, et tous ceux qui le tiennent la reçoivent. Ce qu'ils y écrivent sans s'accorder se "
        "perd là-bas comme ici"
    ),
)
VOLUME_STATE_UNCAPTURABLE = finding(
    "DCP-642",
    Level.BLOCKS,
    facts=("status",),
    rules=Rule.LEAVES_OUT,
    meaning="a volume in this state cannot be captured",
    en="a volume in the state {status} cannot be captured: mend it at the source and scan again, or skip it",
    fr=(
        "un volume dans l'état {status} ne peut pas être capturé : réparez-le à la source et refaites le relevé, "
        "ou écartez-le"
    ),
)
SNAPSHOTS_LEFT = finding(
    "DCP-643",
    Level.LOSES,
    facts=("volume", "size_gib"),
    rules=Rule.LEAVES_OUT,
    meaning="the policy leaves volume snapshots behind",
    en=(
        "policy.yaml leaves volume snapshots behind, this one of the volume {volume} ({size_gib} GiB) too: set "
        "`snapshots: volume` or `snapshots: image` to keep them"
    ),
    fr=(
        "policy.yaml laisse les instantanés de volumes à la source, dont celui-ci, du volume {volume} ({size_gib} "
        "Gio) : mettez `snapshots: volume` ou `snapshots: image` pour les garder"
    ),
)
SNAPSHOT_CONVERTED = finding(
    "DCP-644",
    Level.CHANGES,
    facts=("volume", "size_gib", "becomes"),
    meaning="the volume snapshot becomes a volume or an image",
    en=(
        "the snapshot of the volume {volume} ({size_gib} GiB) becomes {becomes} of its own, as no cloud takes a "
        "snapshot in: choose otherwise under snapshots in policy.yaml"
    ),
    fr=(
        "l'instantané du volume {volume} ({size_gib} Gio) devient {becomes} à part entière, car aucun cloud "
        "n'importe d'instantané : faites un autre choix sous snapshots dans policy.yaml"
    ),
)
BACKUP_LEFT = finding(
    "DCP-645",
    Level.LOSES,
    facts=("volume", "size_gib"),
    rules=Rule.LEAVES_OUT,
    meaning="the policy leaves the volume backup behind",
    en=(
        "policy.yaml leaves backups behind, this one of the volume {volume} ({size_gib} GiB) too: set `backups: "
        "volume` to keep what they hold"
    ),
    fr=(
        "policy.yaml laisse les sauvegardes à la source, dont celle-ci, du volume {volume} ({size_gib} Gio) : "
        "mettez `backups: volume` pour garder ce qu'elles contiennent"
    ),
)
BACKUP_CONVERTED = finding(
    "DCP-646",
    Level.CHANGES,
    facts=("volume", "size_gib"),
    meaning="the volume backup becomes a volume",
    en=(
        "the backup of the volume {volume} ({size_gib} GiB) becomes a volume of its own, and takes as much room at "
        "both clouds: set `backups: leave` to do without"
    ),
    fr=(
        "la sauvegarde du volume {volume} ({size_gib} Gio) devient un volume à part entière et prend cette place "
        "sur les deux clouds : mettez `backups: leave` pour y renoncer"
    ),
)
EPHEMERAL_DISKS_LOST = finding(
    "DCP-648",
    Level.LOSES,
    facts=("ephemeral_gib", "swap_mib"),
    meaning="ephemeral and swap disks of the flavor are not captured",
    en=(
        "the ephemeral disk ({ephemeral_gib} GiB) and the swap disk ({swap_mib} MiB) of its flavor are not "
        "captured: copy what matters from them to a volume first"
    ),
    fr=(
        "le disque éphémère ({ephemeral_gib} Gio) et le disque d'échange ({swap_mib} Mio) de son gabarit ne sont "
        "pas capturés : copiez d'abord sur un volume ce qui compte"
    ),
)
VOLUME_GROUP_LOST = finding(
    "DCP-649",
    Level.LOSES,
    facts=("group",),
    meaning="the volume belongs to a volume group",
    en=(
        "the volume belongs to the volume group {group}, which is not made at the target: group the volumes again "
        "by hand if they must be kept together"
    ),
    fr=(
        "le volume appartient au groupe de volumes {group}, qui n'est pas recréé sur la cible : regroupez les "
        "volumes à la main s'ils doivent rester ensemble"
    ),
)
SNAPSHOT_UNREADABLE = finding(
    "DCP-657",
    Level.LOSES,
    facts=("status",),
    rules=Rule.LEAVES_OUT,
    meaning="a snapshot or backup in this state cannot be read",
    en="a snapshot or backup in the state {status} cannot be read: mend it at the source and scan again, or skip it",
    fr=(
        "un instantané ou une sauvegarde dans l'état {status} ne peut pas être lu : réparez-le à la source et "
        "refaites le relevé, ou écartez-le"
    ),
)
SHARED_VOLUME_UNSUPPORTED = finding(
    "DCP-688",
    Level.BLOCKS,
    facts=("servers", "type", "known"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="several servers hold the volume, which the target's volume type does not allow",
    en=(
        "{servers} servers hold the volume, which the volume type {type} of the target does not allow: map its "
        "type to one that does under mappings.volume_types (the target tells of {known}), or skip it"
    ),
    fr=(
        "{servers} serveurs tiennent le volume, ce que le type de volume {type} de la cible ne permet pas : "
        "associez son type à un autre sous mappings.volume_types (la cible annonce {known}), ou excluez-le"
    ),
)
SHARED_VOLUME_BECOMES_SINGLE = finding(
    "DCP-689",
    Level.CHANGES,
    facts=("type",),
    meaning="several servers may hold the volume, and at the target only one may",
    en=(
        "several servers may hold the volume, and one at most can where it becomes one of the volume type {type}: "
        "map its type under mappings.volume_types where more are to come"
    ),
    fr=(
        "plusieurs serveurs peuvent tenir le volume, et un seul au plus le pourra s'il devient un volume du type "
        "{type} : associez son type sous mappings.volume_types si d'autres doivent venir"
    ),
)
VOLUME_UNUSED = finding(
    "DCP-690",
    Level.ADVICE,
    facts=("size_gib",),
    meaning="the volume is attached to nothing",
    en="the volume ({size_gib} GiB) is attached to nothing: skip it in policy.yaml if nobody needs it",
    fr="le volume ({size_gib} Gio) n'est attaché à rien : écartez-le dans policy.yaml si personne n'en a besoin",
)
IMAGE_UNUSED = finding(
    "DCP-691",
    Level.ADVICE,
    facts=("size",),
    meaning="no server uses the image",
    en="no server was made of the image ({size}): skip it in policy.yaml if nobody needs it",
    fr=(
        "aucun serveur n'a été créé à partir de l'image ({size}) : écartez-la dans policy.yaml si personne n'en a "
        "besoin"
    ),
)
IMAGE_OVER_PROVIDER_LIMIT = finding(
    "DCP-827",
    Level.BLOCKS,
    facts=("size", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the image is larger than the provider's limit",
    en=(
        "the target ({profile}) takes images below {limit} only, and this one has {size}: make it smaller at the "
        "source and scan again, or skip it"
    ),
    fr=(
        "la cible ({profile}) n'accepte que des images de moins de {limit}, et celle-ci fait {size} : réduisez-la "
        "à la source et refaites le relevé, ou écartez-la"
    ),
)
DISK_SIZE_REFUSED = finding(
    "DCP-828",
    Level.BLOCKS,
    facts=("size_gib", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the disk is smaller or larger than the provider takes",
    en=(
        "the target ({profile}) takes such disks of {limit} GiB only, and this one has {size_gib}: change its size "
        "at the source and scan again, or skip it"
    ),
    fr=(
        "la cible ({profile}) n'accepte de tels disques que de {limit} Gio, et celui-ci en fait {size_gib} : "
        "changez sa taille à la source et refaites le relevé, ou écartez-le"
    ),
)
TOO_MANY_SNAPSHOTS = finding(
    "DCP-831",
    Level.ADVICE,
    facts=("count", "limit", "profile"),
    meaning="more snapshots of one volume than the provider keeps",
    en=(
        "the volume has {count} snapshots, and the target ({profile}) keeps {limit} of one volume: plan fewer for "
        "the time after the move"
    ),
    fr=(
        "le volume a {count} instantanés, et la cible ({profile}) n'en garde que {limit} par volume : prévoyez-en "
        "moins après le déplacement"
    ),
)
IMAGE_FORMAT_REFUSED = finding(
    "DCP-841",
    Level.BLOCKS,
    facts=("format", "known"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the target does not take this image format",
    en=(
        "the target takes no image in the format {format}, only {known}: convert it at the source and scan again, "
        "or skip it"
    ),
    fr=(
        "la cible n'accepte pas d'image au format {format}, seulement {known} : convertissez-la à la source et "
        "refaites le relevé, ou écartez-la"
    ),
)
DISK_FORMAT_REFUSED = finding(
    "DCP-842",
    Level.BLOCKS,
    facts=("format", "known"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the target does not take the image format that the disk passes through",
    en=(
        "its disk would pass through an image in the format {format}, and the target takes {known} only: ask the "
        "target to take that format, or skip it"
    ),
    fr=(
        "son disque passerait par une image au format {format}, et la cible n'accepte que {known} : faites-y "
        "accepter ce format, ou écartez-le"
    ),
)
VOLUME_ZONE_DIFFERS = finding(
    "DCP-845",
    Level.ADVICE,
    facts=("server", "zone", "others"),
    meaning="volumes lie in another zone than the server that they are to be attached to",
    en=(
        "volumes in {others} are to be attached to the server {server} in {zone}, and not every cloud attaches "
        "across zones: try one by hand, or run Decamp on a server in their zone"
    ),
    fr=(
        "des volumes de {others} seraient attachés au serveur {server} de {zone}, et tous les clouds n'attachent "
        "pas d'une zone à l'autre : essayez-en un à la main, ou lancez Decamp sur un serveur de leur zone"
    ),
)
ENCRYPTED_STORED_PLAIN = finding(
    "DCP-846",
    Level.ADVICE,
    meaning="the volume is encrypted at the source, and its content in the store is not",
    en=(
        "the volume is encrypted at the source, and what is kept of it in the store is not: nobody else must be "
        "able to read the store"
    ),
    fr=(
        "le volume est chiffré à la source, et ce qui en est gardé dans le dépôt ne l'est pas : que personne "
        "d'autre ne puisse lire le dépôt"
    ),
)
ENCRYPTED_BECOMES_PLAIN = finding(
    "DCP-847",
    Level.LOSES,
    facts=("becomes",),
    rules=Rule.LEAVES_OUT | Rule.CAN_GO_ON,
    meaning="the volume is encrypted, and what it becomes at the target is not",
    en=(
        "the volume is encrypted, and what it becomes at the target is not ({becomes}): choose a volume type that "
        "encrypts under mappings.volume_types in policy.yaml, or accept that"
    ),
    fr=(
        "le volume est chiffré, et ce qu'il devient sur la cible ne l'est pas ({becomes}) : choisissez un type de "
        "volume qui chiffre sous mappings.volume_types dans policy.yaml, ou acceptez-le"
    ),
)
ENCRYPTION_UNKNOWN = finding(
    "DCP-848",
    Level.LOSES,
    facts=("type",),
    rules=Rule.LEAVES_OUT | Rule.CAN_GO_ON,
    meaning="the volume is encrypted, and nobody tells whether its volume type at the target encrypts",
    en=(
        "the volume is encrypted, and the target tells no member whether its volume type {type} encrypts: make an "
        "empty volume of that type there and scan again, or accept in policy.yaml that it may be kept without"
    ),
    fr=(
        "le volume est chiffré, et la cible ne dit à aucun membre si son type de volume {type} chiffre : créez-y "
        "un volume vide de ce type et refaites le relevé, ou acceptez dans policy.yaml qu'il soit peut-être gardé "
        "en clair"
    ),
)
ENCRYPTED_UNREADABLE = finding(
    "DCP-849",
    Level.BLOCKS,
    facts=("type",),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the target's volume type encrypts, and such a volume cannot be read back through an image",
    en=(
        "volumes of the type {type} are encrypted at the target and cannot be read back through an image: run "
        "Decamp on a server there with `disks.restore: attached`, or choose another type under "
        "mappings.volume_types"
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
    meaning="the server's own root disk becomes a boot volume",
    en=(
        "its root disk becomes a boot volume of {size_gib} GiB, of the type {type}, which goes when the server is "
        "deleted, and counts as a volume: set servers.boot or servers.boot_volume_type for another way"
    ),
    fr=(
        "son disque racine devient un volume de démarrage de {size_gib} Gio, de type {type}, supprimé avec le "
        "serveur et compté parmi les volumes : voyez servers.boot ou servers.boot_volume_type pour faire autrement"
    ),
)
PROVIDER_IMAGE_FORMAT_REFUSED = finding(
    "DCP-896",
    Level.BLOCKS,
    facts=("format", "known", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the provider takes no image of this format",
    en=(
        "the target ({profile}) takes images of the formats {known}, not {format}: convert it at the source and "
        "scan again, or skip it"
    ),
    fr=(
        "la cible ({profile}) accepte les images aux formats {known}, pas {format} : convertissez-la à la source "
        "et relancez un scan, ou écartez-la"
    ),
)
VOLUME_TEXT_TOO_LONG = finding(
    "DCP-897",
    Level.BLOCKS,
    facts=("what", "length", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="a volume's name or description is longer than the provider's limit",
    en=(
        "the target ({profile}) takes a volume's {what} of {limit} bytes at most, and this one has {length}: "
        "shorten it at the source and scan again, or skip the volume"
    ),
    fr=(
        "la cible ({profile}) accepte pour un volume, champ {what}, {limit} octets au plus, et celui-ci en a "
        "{length} : raccourcissez-le à la source et relancez un scan, ou écartez le volume"
    ),
)
TOO_MANY_HOLDERS = finding(
    "DCP-898",
    Level.BLOCKS,
    facts=("servers", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="more servers hold the volume than the provider allows",
    en=(
        "the target ({profile}) lets {limit} servers at most hold one volume, and {servers} hold this one: take it "
        "off some at the source and scan again, or skip it"
    ),
    fr=(
        "la cible ({profile}) permet à {limit} serveurs au plus de tenir un même volume, et {servers} tiennent "
        "celui-ci : détachez-le de quelques-uns à la source et relancez un scan, ou écartez-le"
    ),
)
SHARED_BOOT_VOLUME_REFUSED = finding(
    "DCP-899",
    Level.BLOCKS,
    facts=("profile",),
    rules=Rule.OF_TARGET,
    meaning="the target boots no server from a volume that several hold",
    en=(
        "the target ({profile}) boots no server from a volume that others hold too: take it off the others at the "
        "source and scan again, or skip it"
    ),
    fr=(
        "la cible ({profile}) ne démarre aucun serveur d'un volume que d'autres tiennent aussi : détachez-le des "
        "autres à la source et relancez un scan, ou écartez-le"
    ),
)
IMAGE_QUOTA_SHORT = finding(
    "DCP-904",
    Level.ADVICE,
    facts=("cloud", "limit", "used", "need", "key"),
    meaning="what all images of a project may hold together may be too little for those that disks pass through",
    en=(
        "at {cloud} all images of the project may hold {limit} MiB together ({used} used), and those that disks "
        "pass through may take {need} at once: less where disks are partly empty, which is not known before they "
        "are read. Ask for more, let fewer pass at once (limits in policy.yaml), or set {key} to attached, so that "
        "volumes pass through no image"
    ),
    fr=(
        "sur le cloud {cloud}, toutes les images du projet tiennent au plus {limit} Mio ({used} pris), et celles "
        "par lesquelles les disques passent peuvent en prendre {need} à la fois : moins s'ils sont en partie "
        "vides, ce qui n'est connu qu'à la lecture. Faites augmenter ce quota, faites-en moins à la fois (limits "
        "dans policy.yaml), ou mettez {key} à attached : les volumes ne passent alors par aucune image"
    ),
)
DISK_OVER_IMAGE_LIMIT = finding(
    "DCP-906",
    Level.BLOCKS,
    facts=("size", "limit", "cloud"),
    rules=Rule.LEAVES_OUT | Rule.CAN_GO_ON | Rule.ALONE | Rule.OF_TARGET,
    meaning="the disk may become an image larger than the target takes, and nobody has decided",
    en=(
        "the disk ({size}) may become an image larger than {cloud} takes ({limit}), so it is not restored: set "
        "disks.restore to attached in policy.yaml, which writes volumes without an image (for a root disk "
        "servers.boot to volume too, for a snapshot snapshots to volume), ask that cloud for more, or accept "
        "DCP-906 for it if what it holds is smaller"
    ),
    fr=(
        "le disque ({size}) peut donner une image plus grande que ce que le cloud {cloud} accepte ({limit}) : il "
        "n'est pas restauré. Mettez disks.restore à attached dans policy.yaml, ce qui écrit les volumes sans image "
        "(et pour un disque racine servers.boot à volume aussi, pour un instantané snapshots à volume), faites "
        "relever cette limite, ou acceptez DCP-906 pour lui si ce qu'il contient est plus petit"
    ),
)
