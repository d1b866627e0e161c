"""Findings: servers, flavors and key pairs."""

from migrate.messages.codes.registry import Level, Rule, finding

NO_FLAVOR = finding(
    "DCP-610",
    Level.BLOCKS,
    facts=("flavor", "vcpus", "ram_mib", "disk_gib"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="no flavor of the target is large enough",
    en=(
        "the target has no flavor as large as {flavor} ({vcpus} vCPU, {ram_mib} MiB RAM, {disk_gib} GiB disk): ask the "
        "provider for one, or skip the server in policy.yaml"
    ),
    fr=(
        "la cible n'a pas de gabarit aussi grand que {flavor} ({vcpus} vCPU, {ram_mib} Mio de mémoire, {disk_gib} Gio "
        "de disque) : demandez-en un au fournisseur, ou excluez le serveur dans policy.yaml"
    ),
)
FLAVOR_CHANGES = finding(
    "DCP-611",
    Level.CHANGES,
    facts=("source", "target", "what", "size"),
    meaning="the server gets another flavor, by name or by size",
    en=(
        "the flavor changes from {source} to {target} ({what:flavors}), which is {size}: set mappings.flavors to "
        "choose another one"
    ),
    fr=(
        "le gabarit {source} devient {target} ({what:flavors}), qui est {size} : choisissez-en un autre par "
        "mappings.flavors"
    ),
)
MAPPING_TARGET_UNKNOWN = finding(
    "DCP-612",
    Level.BLOCKS,
    facts=("mapping", "source", "wanted", "known"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the policy maps to something that does not exist at the target",
    en="policy.yaml maps {source} to {wanted} ({mapping}), which does not exist at the target: use one of {known}",
    fr="policy.yaml associe {source} à {wanted} ({mapping}), qui n'existe pas sur la cible : choisissez parmi {known}",
)
FLAVOR_DISK_TOO_SMALL = finding(
    "DCP-613",
    Level.BLOCKS,
    facts=("source", "target", "source_gib", "target_gib"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the policy maps to a flavor whose disk is too small",
    en=(
        "policy.yaml maps the flavor {source} ({source_gib} GiB) to {target}, whose disk is too small ({target_gib} "
        "GiB): map it to a larger one"
    ),
    fr=(
        "policy.yaml associe le gabarit {source} ({source_gib} Gio) à {target}, dont le disque est trop petit "
        "({target_gib} Gio) : choisissez-en un plus grand"
    ),
)
ZONE_CHANGES = finding(
    "DCP-615",
    Level.CHANGES,
    facts=("source", "target"),
    meaning="the availability zone changes",
    en="the availability zone changes from {source} to {target}: set the zone mapping (mappings) to choose another one",
    fr=(
        "la zone de disponibilité {source} devient {target} : choisissez-en une autre par la correspondance des zones "
        "(mappings)"
    ),
)
MICROVERSION_TOO_OLD = finding(
    "DCP-619",
    Level.LOSES,
    facts=("what", "needs", "has"),
    meaning="the target's service is too old to preserve a setting",
    en=(
        "{what} cannot be preserved, as it needs API version {needs} and the target's service has {has}: do without "
        "it, or ask the provider for an upgrade"
    ),
    fr=(
        "{what} ne peut pas être conservé, car il faut la version {needs} de l'API et le service de la cible n'offre "
        "que la {has} : passez-vous-en, ou demandez une mise à jour au fournisseur"
    ),
)
SERVER_STATE_UNMOVABLE = finding(
    "DCP-620",
    Level.BLOCKS,
    facts=("status",),
    rules=Rule.LEAVES_OUT,
    meaning="a server in this state cannot be moved",
    en="a server in the state {status} cannot be moved: fix it at the source and scan again, or skip it",
    fr=(
        "un serveur dans l'état {status} ne peut pas être déplacé : réparez-le à la source et relancez `decamp scan`, "
        "ou excluez-le"
    ),
)
SERVER_BUSY = finding(
    "DCP-621",
    Level.BLOCKS,
    facts=("status", "task"),
    rules=Rule.LEAVES_OUT,
    meaning="an operation on the server is in progress",
    en="an operation on the server is in progress ({status}, {task}): wait until it ends, then scan again",
    fr=(
        "une opération est en cours sur le serveur ({status}, {task}) : attendez qu'elle finisse, puis relancez "
        "`decamp scan`"
    ),
)
SERVER_LOCKED = finding(
    "DCP-622",
    Level.BLOCKS,
    rules=Rule.LEAVES_OUT,
    meaning="the server must be stopped, but is locked",
    en="the server must be stopped, but is locked: unlock it at the source and scan again, or skip it",
    fr=(
        "le serveur doit être arrêté, mais il est verrouillé : déverrouillez-le à la source et relancez `decamp scan`, "
        "ou excluez-le"
    ),
)
BOOT_VOLUME_UNKNOWN = finding(
    "DCP-623",
    Level.BLOCKS,
    facts=("volume",),
    rules=Rule.LEAVES_OUT,
    meaning="the server's boot volume is unknown or does not move",
    en=(
        "the server's boot volume is unknown or does not move ({volume}): resolve that volume first, or skip the "
        "server too"
    ),
    fr=(
        "le volume de démarrage du serveur est inconnu ou n'est pas déplacé ({volume}) : réglez d'abord le cas de ce "
        "volume, ou excluez aussi le serveur"
    ),
)
SERVER_STOPPED_FOR_CAPTURE = finding(
    "DCP-624",
    Level.CHANGES,
    facts=("disks",),
    meaning="the server is stopped for its capture, after approval",
    en=(
        "after approval, the server is stopped at the source while its disks are captured ({disks}), so that they are "
        "consistent and it never runs on both clouds: tell its users when; set servers.start to twin for it if both "
        "should run"
    ),
    fr=(
        "après approbation, le serveur est arrêté à la source pour la capture de ses disques ({disks}), afin qu'ils "
        "soient cohérents et qu'il ne tourne jamais sur les deux clouds : prévenez ses utilisateurs ; réglez "
        "servers.start sur twin pour ce serveur si les deux doivent tourner"
    ),
)
SERVER_WILL_RUN = finding(
    "DCP-625",
    Level.CHANGES,
    facts=("status",),
    meaning="the server is stopped at the source and will run at the target",
    en="the server is {status} at the source and will run at the target: stop it there if it should not run",
    fr="le serveur est {status} à la source et tournera sur la cible : arrêtez-le là-bas s'il ne doit pas tourner",
)
KEYPAIR_UNAVAILABLE = finding(
    "DCP-626",
    Level.CHANGES,
    facts=("key",),
    meaning="the key pair belongs to another user or is left out: the server is created without it",
    en=(
        "the key pair {key} belongs to another user or is left out, so the server is created without it: keep the "
        "private key to log in"
    ),
    fr=(
        "la paire de clés {key} appartient à un autre utilisateur ou est exclue, et le serveur est créé sans elle : "
        "gardez la clé privée pour vous connecter"
    ),
)
VOLUME_NOT_ATTACHED = finding(
    "DCP-627",
    Level.LOSES,
    facts=("volume",),
    meaning="a volume of the server is left out and will not be attached",
    en="its volume {volume} is left out and will not be attached: attach a volume by hand if the server needs one",
    fr="son volume {volume} est exclu et ne sera pas attaché : attachez un volume à la main si le serveur en a besoin",
)
SERVER_IMAGE_GONE = finding(
    "DCP-629",
    Level.CHANGES,
    facts=("image",),
    meaning=(
        "the server's image is gone or belongs to another project: its properties (disk bus, firmware) come from the "
        "captured disk's image"
    ),
    en=(
        "its image {image} is gone or belongs to another project, so its properties (disk bus, firmware) come from the "
        "captured disk's image alone: check that the moved server boots"
    ),
    fr=(
        "son image {image} n'existe plus ou appartient à un autre projet, et ses propriétés (bus disque, "
        "micrologiciel) viennent de la seule image du disque capturé : vérifiez que le serveur déplacé démarre"
    ),
)
SERVER_MEMORY_LOST = finding(
    "DCP-637",
    Level.LOSES,
    facts=("status",),
    rules=Rule.LEAVES_OUT | Rule.CAN_GO_ON,
    meaning="the server is paused or suspended: if accepted, its disk moves without its memory",
    en=(
        "the server is {status}, and its memory cannot be moved: resume it and scan again, or accept DCP-637 in "
        "policy.yaml to move its disk as it is and lose its memory"
    ),
    fr=(
        "le serveur est {status}, et sa mémoire ne peut pas être déplacée : reprenez son exécution et relancez `decamp "
        "scan`, ou acceptez DCP-637 dans policy.yaml pour déplacer son disque en l'état et perdre sa mémoire"
    ),
)
SERVER_SHELVED = finding(
    "DCP-638",
    Level.BLOCKS,
    facts=("status",),
    rules=Rule.LEAVES_OUT,
    meaning="the server is shelved",
    en="the server is shelved ({status}) and has no disk to copy: unshelve it at the source and scan again, or skip it",
    fr=(
        "le serveur est remisé (shelved, {status}) et n'a pas de disque à copier : réactivez-le (unshelve) à la source "
        "et relancez `decamp scan`, ou excluez-le"
    ),
)
SERVER_IN_RESCUE = finding(
    "DCP-639",
    Level.BLOCKS,
    rules=Rule.LEAVES_OUT,
    meaning="the server is in rescue mode",
    en=(
        "the server is in rescue mode and runs from a rescue disk: end the rescue at the source and scan again, or "
        "skip it"
    ),
    fr=(
        "le serveur est en mode de secours (rescue) et tourne sur un disque de secours : quittez ce mode à la source "
        "et relancez `decamp scan`, ou excluez-le"
    ),
)
KEYPAIR_NAME_TAKEN = finding(
    "DCP-650",
    Level.BLOCKS,
    facts=("other",),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the target already has another key pair of this name",
    en="the target already has another key pair of this name ({other}): remove or rename the one at the target",
    fr="la cible a déjà une autre paire de clés de ce nom ({other}) : retirez ou renommez celle de la cible",
)
DEVICE_NAMES_CHANGE = finding(
    "DCP-680",
    Level.ADVICE,
    facts=("source_device", "target_device"),
    meaning="disks may get other device names in the guest: mount by UUID or LABEL",
    en=(
        "its disks may get other device names in the guest ({source_device} → {target_device}): use UUID or LABEL in "
        "fstab and the boot loader before the last capture"
    ),
    fr=(
        "ses disques peuvent changer de nom de périphérique dans le système invité ({source_device} → {target_device}) "
        ": utilisez UUID ou LABEL dans fstab et dans le chargeur de démarrage avant la dernière capture"
    ),
)
FIRST_BOOT_AGAIN = finding(
    "DCP-683",
    Level.ADVICE,
    meaning="cloud-init will treat the moved server as a first boot",
    en=(
        "cloud-init will treat the moved server as a first boot and may create new host keys, reset passwords and run "
        "first-boot scripts again: disable it in the guest before the last capture to prevent this"
    ),
    fr=(
        "cloud-init traitera le démarrage du serveur déplacé comme le premier et peut recréer les clés d'hôte, "
        "réinitialiser les mots de passe et relancer les scripts de premier démarrage : désactivez-le dans le système "
        "invité avant la dernière capture pour l'éviter"
    ),
)
LICENCE_BOUND = finding(
    "DCP-684",
    Level.ADVICE,
    facts=("system",),
    meaning="a licence may be bound to the old machine",
    en=(
        "a licence of its system ({system}) may be bound to the old machine: ask the vendor, and have the licence key "
        "ready for the cut-over"
    ),
    fr=(
        "une licence de son système ({system}) peut être liée à l'ancienne machine : renseignez-vous auprès de "
        "l'éditeur, et ayez la clé de licence sous la main pour la bascule"
    ),
)
FLAVOR_GONE = finding(
    "DCP-686",
    Level.BLOCKS,
    facts=("flavor",),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the flavor is gone from the source, and its size is unknown",
    en=(
        "its flavor {flavor} is gone from the source and its size is unknown: map it to a flavor of the target under "
        "mappings.flavors, or skip the server in policy.yaml"
    ),
    fr=(
        "son gabarit {flavor} n'existe plus à la source et sa taille est inconnue : associez-le à un gabarit de la "
        "cible sous mappings.flavors, ou excluez le serveur dans policy.yaml"
    ),
)
TWIN_UNDECIDED = finding(
    "DCP-695",
    Level.BLOCKS,
    rules=Rule.LEAVES_OUT | Rule.ALONE,
    meaning="the server keeps running at the source and would run on both clouds, although nobody chose that",
    en=(
        "the server is not started at the target, as it would run on both clouds (consistency: crash leaves it running "
        "at the source): cron jobs and mail would run twice, a licence key would be in use twice, and third parties "
        "would see two machines of one name. Set servers.consistency to auto or stopped to stop it first, or "
        "servers.start to twin for it if you want a second copy"
    ),
    fr=(
        "le serveur n'est pas démarré sur la cible, car il tournerait sur les deux clouds (consistency: crash le "
        "laisse tourner à la source) : les tâches cron s'exécuteraient deux fois, les courriels partiraient deux fois, "
        "une clé de licence servirait deux fois et des tiers verraient deux machines du même nom. Réglez "
        "servers.consistency sur auto ou sur stopped pour l'arrêter d'abord, ou servers.start sur twin pour ce serveur "
        "si vous voulez une seconde copie"
    ),
)
TWIN_CHOSEN = finding(
    "DCP-696",
    Level.CHANGES,
    facts=("copy",),
    meaning="the server runs on both clouds once started at the target, as set in the policy",
    en=(
        "it will run on both clouds, as set by servers.start (twin), from a copy taken {copy}; what it writes at the "
        "source after that stays there: keep the two apart (cron jobs, mail, licence keys, addresses that third "
        "parties use)"
    ),
    fr=(
        "il tournera sur les deux clouds, comme le veut servers.start (twin), à partir d'une copie prise {copy} ; ce "
        "qu'il écrit ensuite à la source y reste : séparez bien les deux (tâches cron, courriels, clés de licence, "
        "adresses qu'utilisent des tiers)"
    ),
)
SERVER_REPLACED = finding(
    "DCP-697",
    Level.CHANGES,
    facts=("target",),
    meaning="a copy of the server is at the target and the original runs: a newer copy replaces it at the cut-over",
    en=(
        "its copy {target} at the target is out of date, as the original runs at the source: after approval of its "
        "stop, its disks are captured again and replace {target} and its disks, unless they have been used; data "
        "written to them is lost. Set servers.start to twin for it to keep both"
    ),
    fr=(
        "sa copie {target} sur la cible est périmée, car l'original tourne à la source : après approbation de son "
        "arrêt, ses disques sont capturés de nouveau et remplacent {target} et ses disques, sauf s'ils ont servi ; les "
        "données qui y ont été écrites sont perdues. Réglez servers.start sur twin pour ce serveur afin de garder les "
        "deux"
    ),
)
TWIN_RUNS_ALREADY = finding(
    "DCP-698",
    Level.BLOCKS,
    facts=("target",),
    rules=Rule.LEAVES_OUT | Rule.ALONE,
    meaning="the server already runs on both clouds, although nobody chose that",
    en=(
        "it already runs on both clouds, although nobody chose that: at the source and, from an older copy, at the "
        "target as {target}. Set servers.consistency to auto or stopped to stop it and replace {target} after "
        "approval, or servers.start to twin for it to keep both"
    ),
    fr=(
        "il tourne déjà sur les deux clouds sans que personne l'ait choisi : à la source et, à partir d'une copie plus "
        "ancienne, sur la cible sous le nom {target}. Réglez servers.consistency sur auto ou sur stopped pour "
        "l'arrêter et remplacer {target} après approbation, ou servers.start sur twin pour ce serveur afin de garder "
        "les deux"
    ),
)
METADATA_TOO_LONG = finding(
    "DCP-829",
    Level.BLOCKS,
    facts=("key", "length", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="a metadata value is longer than the provider's limit",
    en=(
        "the target ({profile}) accepts metadata values of up to {limit} bytes, but {key} has {length}: shorten it at "
        "the source and scan again, or skip the item"
    ),
    fr=(
        "la cible ({profile}) accepte des valeurs de métadonnées de {limit} octets au plus, mais {key} en fait "
        "{length} : raccourcissez-la à la source et relancez `decamp scan`, ou excluez l'élément"
    ),
)
USER_DATA_TOO_LONG = finding(
    "DCP-830",
    Level.BLOCKS,
    facts=("length", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the user data is longer than the provider's limit",
    en=(
        "the target ({profile}) accepts user data of up to {limit} bytes, but this server's has {length}: shorten it, "
        "or set `user_data: keep` in policy.yaml"
    ),
    fr=(
        "la cible ({profile}) accepte {limit} octets de données utilisateur au plus, mais celles de ce serveur en font "
        "{length} : raccourcissez-les, ou mettez `user_data: keep` dans policy.yaml"
    ),
)
NEARER_FLAVOR_DISKLESS = finding(
    "DCP-891",
    Level.ADVICE,
    facts=("target", "nearer"),
    meaning="a closer flavor has no disk, so one with a disk was chosen",
    en=(
        "it gets the flavor {target}, which has a disk; {nearer} is closer to the old flavor but has no disk: set "
        "servers.boot to volume for this server to get {nearer}"
    ),
    fr=(
        "il reçoit le gabarit {target}, qui a un disque ; {nearer} est plus proche de l'ancien mais n'a pas de disque "
        ": réglez servers.boot sur volume pour ce serveur afin d'obtenir {nearer}"
    ),
)
BOOT_CHOICE_UNUSED = finding(
    "DCP-892",
    Level.ADVICE,
    facts=("selector",),
    meaning="servers.boot in the policy names a server that already boots from a volume",
    en="{selector} under servers.boot has no effect, as this server already boots from a volume: remove it",
    fr="{selector} sous servers.boot est sans effet, car ce serveur démarre déjà sur un volume : retirez cette ligne",
)
CONFIG_DRIVE_LOST = finding(
    "DCP-893",
    Level.CHANGES,
    facts=("profile",),
    meaning="the target does not support config drives",
    en=(
        "it has a config drive, which the target ({profile}) does not support: check that cloud-init in the guest can "
        "use the metadata service"
    ),
    fr=(
        "il a un disque de configuration (config drive), que la cible ({profile}) ne prend pas en charge : vérifiez "
        "que cloud-init, dans le système invité, peut utiliser le service de métadonnées"
    ),
)
NAME_REFUSED = finding(
    "DCP-894",
    Level.BLOCKS,
    facts=("limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the target does not accept this name",
    en=(
        "the target ({profile}) accepts names of up to {limit} letters, digits, `_`, `-` and `.` here: rename it at "
        "the source and scan again, or skip it"
    ),
    fr=(
        "la cible ({profile}) n'accepte ici que des noms de {limit} lettres, chiffres, `_`, `-` et `.` au plus : "
        "renommez-le à la source et relancez `decamp scan`, ou excluez-le"
    ),
)
DESCRIPTION_REFUSED = finding(
    "DCP-895",
    Level.BLOCKS,
    facts=("length", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the target does not accept this server description",
    en=(
        "the target ({profile}) accepts server descriptions of up to {limit} characters without < and >, and this one "
        "has {length}: change it at the source and scan again, or skip the server"
    ),
    fr=(
        "la cible ({profile}) accepte des descriptions de serveur de {limit} caractères au plus, sans < ni >, et "
        "celle-ci en a {length} : changez-la à la source et relancez `decamp scan`, ou excluez le serveur"
    ),
)
