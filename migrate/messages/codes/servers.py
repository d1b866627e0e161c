"""Findings: servers, flavors and key pairs."""

from migrate.messages.codes.registry import Level, Rule, finding

NO_FLAVOR = finding(
    "DCP-610",
    Level.BLOCKS,
    facts=("flavor", "vcpus", "ram_mib", "disk_gib"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="no flavor of the target is large enough",
    en=(
        "no flavor of the target is as large as {flavor} ({vcpus} vCPU, {ram_mib} MiB, {disk_gib} GiB of disk): "
        "ask the target for one, or skip the server in policy.yaml"
    ),
    fr=(
        "aucun gabarit de la cible n'est aussi grand que {flavor} ({vcpus} vCPU, {ram_mib} Mio, {disk_gib} Gio de "
        "disque) : demandez-en un à la cible, ou écartez le serveur dans policy.yaml"
    ),
)
FLAVOR_CHANGES = finding(
    "DCP-611",
    Level.CHANGES,
    facts=("source", "target", "what", "size"),
    meaning="the server gets another flavor, by its name or by its sizes",
    en=(
        "it gets the flavor {target} instead of {source} ({what}), which is {size}: set mappings.flavors for "
        "another one"
    ),
    fr=(
        "il reçoit le gabarit {target} au lieu de {source} ({what}), qui est {size} : voyez mappings.flavors pour "
        "en choisir un autre"
    ),
)
MAPPING_TARGET_UNKNOWN = finding(
    "DCP-612",
    Level.BLOCKS,
    facts=("mapping", "source", "wanted", "known"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the policy maps to something that the target does not have",
    en="policy.yaml maps {source} to {wanted} ({mapping}), which the target does not have: use one of {known}",
    fr="policy.yaml fait correspondre {source} à {wanted} ({mapping}), que la cible n'a pas : choisissez parmi {known}",
)
FLAVOR_DISK_TOO_SMALL = finding(
    "DCP-613",
    Level.BLOCKS,
    facts=("source", "target", "source_gib", "target_gib"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the policy maps to a flavor whose disk is too small",
    en=(
        "policy.yaml maps the flavor {source} ({source_gib} GiB) to {target}, whose disk is too small "
        "({target_gib} GiB): choose a larger one"
    ),
    fr=(
        "policy.yaml fait correspondre le gabarit {source} ({source_gib} Gio) à {target}, dont le disque est trop "
        "petit ({target_gib} Gio) : choisissez-en un plus grand"
    ),
)
ZONE_CHANGES = finding(
    "DCP-615",
    Level.CHANGES,
    facts=("source", "target"),
    meaning="it gets another availability zone",
    en="it gets the availability zone {target} instead of {source}: set the zone's mapping for another one",
    fr=(
        "il reçoit la zone de disponibilité {target} au lieu de {source} : voyez la correspondance des zones pour "
        "en choisir une autre"
    ),
)
MICROVERSION_TOO_OLD = finding(
    "DCP-619",
    Level.LOSES,
    facts=("what", "needs", "has"),
    meaning="the target's service is too old to keep something",
    en=(
        "{what} cannot be kept: the target's service would have to speak version {needs} and speaks {has}; do "
        "without it, or ask the target for a newer one"
    ),
    fr=(
        "{what} ne peut pas être conservé : le service de la cible devrait parler la version {needs} et parle la "
        "{has} ; passez-vous-en, ou demandez à la cible une version plus récente"
    ),
)
SERVER_STATE_UNMOVABLE = finding(
    "DCP-620",
    Level.BLOCKS,
    facts=("status",),
    rules=Rule.LEAVES_OUT,
    meaning="a server in this state cannot be carried",
    en="a server in the state {status} cannot be moved: mend it at the source and scan again, or skip it",
    fr=(
        "un serveur dans l'état {status} ne peut pas être déplacé : réparez-le à la source et refaites le relevé, "
        "ou écartez-le"
    ),
)
SERVER_BUSY = finding(
    "DCP-621",
    Level.BLOCKS,
    facts=("status", "task"),
    rules=Rule.LEAVES_OUT,
    meaning="the server is in the middle of something",
    en="the server is in the middle of something ({status}, {task}): wait for its end and scan again",
    fr="le serveur est au milieu d'une opération ({status}, {task}) : attendez qu'elle finisse et refaites le relevé",
)
SERVER_LOCKED = finding(
    "DCP-622",
    Level.BLOCKS,
    rules=Rule.LEAVES_OUT,
    meaning="the server is locked and would have to be stopped",
    en="the server is locked and would have to be stopped: unlock it at the source and scan again, or skip it",
    fr=(
        "le serveur est verrouillé alors qu'il faudrait l'arrêter : déverrouillez-le à la source et refaites le "
        "relevé, ou écartez-le"
    ),
)
BOOT_VOLUME_UNKNOWN = finding(
    "DCP-623",
    Level.BLOCKS,
    facts=("volume",),
    rules=Rule.LEAVES_OUT,
    meaning="the server boots from a volume that cannot be told, or does not move",
    en=(
        "the server boots from a volume that cannot be told or does not move ({volume}): settle that volume first, "
        "or skip the server too"
    ),
    fr=(
        "le serveur démarre sur un volume qui n'a pas pu être déterminé ou qui n'est pas déplacé ({volume}) : "
        "réglez d'abord le cas de ce volume, ou écartez aussi le serveur"
    ),
)
SERVER_STOPPED_FOR_CAPTURE = finding(
    "DCP-624",
    Level.CHANGES,
    facts=("disks",),
    meaning="the server is stopped for its capture, once a person approves",
    en=(
        "once a person approves it, the server is stopped at the source for the capture of its disks ({disks}), so "
        "that they agree and it does not run at both ends: tell its users when; set servers.start to twin for it "
        "if both are to run"
    ),
    fr=(
        "une fois qu'une personne a donné son accord, le serveur est arrêté à la source pour la capture de ses "
        "disques ({disks}), afin qu'ils concordent et qu'il ne tourne pas des deux côtés : prévenez ses "
        "utilisateurs ; mettez servers.start à twin pour lui si les deux doivent tourner"
    ),
)
SERVER_WILL_RUN = finding(
    "DCP-625",
    Level.CHANGES,
    facts=("status",),
    meaning="the server is stopped at the source and will run at the target",
    en="the server is {status} at the source and will run at the target: stop it there if it must not run",
    fr="le serveur est {status} à la source et tournera sur la cible : arrêtez-le là-bas s'il ne doit pas tourner",
)
KEYPAIR_UNAVAILABLE = finding(
    "DCP-626",
    Level.CHANGES,
    facts=("key",),
    meaning="the server's key pair is another user's or left out: the server is made without it",
    en="the key pair {key} is another user's or left out: the server is made without it; keep the private key",
    fr=(
        "la paire de clés {key} est celle d'un autre utilisateur ou écartée : le serveur est créé sans elle ; "
        "gardez la clé privée"
    ),
)
VOLUME_NOT_ATTACHED = finding(
    "DCP-627",
    Level.LOSES,
    facts=("volume",),
    meaning="a volume of the server is left out and not attached",
    en="its volume {volume} is left out and will not be attached: attach one by hand if it is needed",
    fr="son volume {volume} est écarté et ne sera pas attaché : attachez-en un à la main si le serveur en a besoin",
)
SERVER_IMAGE_GONE = finding(
    "DCP-629",
    Level.CHANGES,
    facts=("image",),
    meaning=(
        "the server's image is gone or of another project: its properties (disk bus, firmware) come from the "
        "captured disk's image"
    ),
    en=(
        "its image {image} is gone or another project's, so its properties (disk bus, firmware) come from the "
        "captured disk's image alone: check how the server boots"
    ),
    fr=(
        "son image {image} n'existe plus ou appartient à un autre projet, et ses propriétés (bus disque, "
        "micrologiciel) viennent de la seule image du disque capturé : vérifiez le démarrage du serveur"
    ),
)
SERVER_MEMORY_LOST = finding(
    "DCP-637",
    Level.LOSES,
    facts=("status",),
    rules=Rule.LEAVES_OUT | Rule.CAN_GO_ON,
    meaning="the server is paused or suspended: accepted, its disk moves and its memory does not",
    en=(
        "the server is {status}, and its memory cannot be moved: resume it and scan again, or accept in "
        "policy.yaml that its disk moves as it is and its memory is lost"
    ),
    fr=(
        "le serveur est {status}, et sa mémoire ne peut pas être déplacée : reprenez son exécution et refaites le "
        "relevé, ou acceptez dans policy.yaml que son disque soit déplacé en l'état et sa mémoire perdue"
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
        "le serveur est remisé ({status}) et n'a pas de disque à copier : réactivez-le (unshelve) à la source et "
        "refaites le relevé, ou écartez-le"
    ),
)
SERVER_IN_RESCUE = finding(
    "DCP-639",
    Level.BLOCKS,
    rules=Rule.LEAVES_OUT,
    meaning="the server is in rescue mode",
    en=(
        "the server is in rescue mode, and the disk that runs is not its own: end the rescue at the source and "
        "scan again, or skip it"
    ),
    fr=(
        "le serveur est en mode de secours (rescue), et le disque qui tourne n'est pas le sien : quittez ce mode à "
        "la source et refaites le relevé, ou écartez-le"
    ),
)
KEYPAIR_NAME_TAKEN = finding(
    "DCP-650",
    Level.BLOCKS,
    facts=("other",),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="another key pair of this name is at the target",
    en="another key pair of this name is at the target ({other}): rename or remove one of the two",
    fr="une autre paire de clés porte ce nom sur la cible ({other}) : renommez ou retirez l'une des deux",
)
DEVICE_NAMES_CHANGE = finding(
    "DCP-680",
    Level.ADVICE,
    facts=("source_device", "target_device"),
    meaning="disks may get other device names in the guest: mount by UUID or LABEL",
    en=(
        "its disks may get other names in the guest ({source_device} → {target_device}): let fstab and the boot "
        "loader name them by UUID or LABEL before the last capture"
    ),
    fr=(
        "ses disques peuvent changer de nom dans le système invité ({source_device} → {target_device}) : "
        "désignez-les par UUID ou LABEL dans fstab et dans le chargeur de démarrage avant la dernière capture"
    ),
)
FIRST_BOOT_AGAIN = finding(
    "DCP-683",
    Level.ADVICE,
    meaning="cloud-init takes the moved server for a new one",
    en=(
        "cloud-init takes the moved server for a new one and may make new host keys, reset passwords and run "
        "first-boot scripts again: turn it off in the guest before the last capture if it must not"
    ),
    fr=(
        "cloud-init prend le serveur déplacé pour un nouveau et peut refaire les clés d'hôte, réinitialiser les "
        "mots de passe et relancer les scripts de premier démarrage : désactivez-le dans le système invité avant "
        "la dernière capture si cela ne doit pas arriver"
    ),
)
LICENCE_BOUND = finding(
    "DCP-684",
    Level.ADVICE,
    facts=("system",),
    meaning="a licence may be bound to the old machine",
    en=(
        "a licence of its system ({system}) may be bound to the old machine: ask its vendor, and have the key at "
        "hand for the cut-over"
    ),
    fr=(
        "une licence de son système ({system}) peut être liée à l'ancienne machine : demandez à son éditeur, et "
        "ayez la clé sous la main pour la bascule"
    ),
)
FLAVOR_GONE = finding(
    "DCP-686",
    Level.BLOCKS,
    facts=("flavor",),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the flavor is gone from the source, and nobody knows how large it was",
    en=(
        "its flavor {flavor} is gone from the source, and nobody knows how large it was: name one of the target's "
        "under mappings.flavors, or skip the server in policy.yaml"
    ),
    fr=(
        "son gabarit {flavor} n'existe plus à la source, et personne n'en connaît la taille : indiquez-en un de la "
        "cible sous mappings.flavors, ou écartez le serveur dans policy.yaml"
    ),
)
TWIN_UNDECIDED = finding(
    "DCP-695",
    Level.BLOCKS,
    rules=Rule.LEAVES_OUT | Rule.ALONE,
    meaning="the server stays running at the source, would run at both ends, and nobody has chosen that",
    en=(
        "the server is not started at the target, as it would run at both ends (consistency: crash leaves it "
        "running at the source): cron jobs and mailers would work twice, a licence key be used twice, third "
        "parties hear from two machines of one name. Set servers.consistency to auto or stopped, so that it is "
        "stopped first, or servers.start to twin for it, if a copy beside it is wanted"
    ),
    fr=(
        "le serveur n'est pas démarré sur la cible, car il tournerait des deux côtés (consistency: crash le laisse "
        "tourner à la source) : tâches cron et courriels partiraient deux fois, une clé de licence servirait deux "
        "fois, des tiers verraient deux machines du même nom. Mettez servers.consistency à auto ou à stopped pour "
        "qu'il soit d'abord arrêté, ou servers.start à twin pour lui si une copie à côté de lui est voulue"
    ),
)
TWIN_CHOSEN = finding(
    "DCP-696",
    Level.CHANGES,
    facts=("copy",),
    meaning="the server runs at both ends from its start at the target on, as the policy says",
    en=(
        "it will run at both ends, as servers.start says (twin), from a copy that is taken {copy}: what it writes "
        "at the source after that stays there. Keep the two apart (cron jobs, mailers, licence keys, addresses "
        "that third parties know)"
    ),
    fr=(
        "il tournera des deux côtés, comme le dit servers.start (twin), à partir d'une copie prise {copy} : ce "
        "qu'il écrit ensuite à la source y reste. Séparez bien les deux (tâches cron, courriels, clés de licence, "
        "adresses connues de tiers)"
    ),
)
SERVER_REPLACED = finding(
    "DCP-697",
    Level.CHANGES,
    facts=("target",),
    meaning="the server is at the target and its original runs: it is replaced by a newer copy at the cut-over",
    en=(
        "its copy {target} at the target is older than what it has, as it runs at the source: once a person "
        "approves its stop, its disks are captured anew and {target} and its disks are replaced, if nobody has "
        "used them; what was written to them is lost. Set servers.start to twin for it to keep both"
    ),
    fr=(
        "sa copie {target} sur la cible est plus ancienne que ce qu'il a, car il tourne à la source : une fois son "
        "arrêt accordé par une personne, ses disques sont capturés de nouveau et {target} est remplacé avec ses "
        "disques, si personne ne s'en est servi ; ce qui y a été écrit est perdu. Mettez servers.start à twin pour "
        "lui pour garder les deux"
    ),
)
TWIN_RUNS_ALREADY = finding(
    "DCP-698",
    Level.BLOCKS,
    facts=("target",),
    rules=Rule.LEAVES_OUT | Rule.ALONE,
    meaning="the server runs at both ends already, and nobody has chosen that",
    en=(
        "it runs at both ends: here and, made of an older copy, as {target} at the target, and nobody has chosen "
        "that. Set servers.consistency to auto or stopped, so that it is stopped and {target} replaced once a "
        "person approves, or servers.start to twin for it to keep both"
    ),
    fr=(
        "il tourne des deux côtés : ici et, fait d'une copie plus ancienne, sous {target} sur la cible, sans que "
        "personne l'ait choisi. Mettez servers.consistency à auto ou à stopped pour qu'il soit arrêté et {target} "
        "remplacé une fois qu'une personne l'a accordé, ou servers.start à twin pour lui pour garder les deux"
    ),
)
METADATA_TOO_LONG = finding(
    "DCP-829",
    Level.BLOCKS,
    facts=("key", "length", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="a metadata value is longer than the provider's limit",
    en=(
        "the target ({profile}) takes metadata of {limit} bytes at most, and {key} has {length}: shorten it at the "
        "source and scan again, or skip the item"
    ),
    fr=(
        "la cible ({profile}) n'accepte que des métadonnées de {limit} octets au plus, et {key} en fait {length} : "
        "raccourcissez-la à la source et refaites le relevé, ou écartez l'élément"
    ),
)
USER_DATA_TOO_LONG = finding(
    "DCP-830",
    Level.BLOCKS,
    facts=("length", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the user data is longer than the provider's limit",
    en=(
        "the target ({profile}) takes user data of {limit} bytes at most, and this server's has {length}: shorten "
        "it, or set `user_data: keep` in policy.yaml"
    ),
    fr=(
        "la cible ({profile}) n'accepte que {limit} octets de données utilisateur, et celles de ce serveur en font "
        "{length} : raccourcissez-les, ou mettez `user_data: keep` dans policy.yaml"
    ),
)
NEARER_FLAVOR_DISKLESS = finding(
    "DCP-891",
    Level.ADVICE,
    facts=("target", "nearer"),
    meaning="a nearer flavor has no disk, and one with a disk was taken",
    en=(
        "it gets the flavor {target}, which has a disk; {nearer} has none and is nearer to the old one: to get it "
        "set servers.boot to volume for this server"
    ),
    fr=(
        "il reçoit le gabarit {target}, qui a un disque ; {nearer} n'en a pas et est plus proche de l'ancien : "
        "pour l'obtenir, mettez servers.boot à volume pour ce serveur"
    ),
)
BOOT_CHOICE_UNUSED = finding(
    "DCP-892",
    Level.ADVICE,
    facts=("selector",),
    meaning="the policy's servers.boot names a server that boots from a volume already",
    en="{selector} under servers.boot changes nothing, as this server boots from a volume already: take it out",
    fr="{selector} sous servers.boot ne change rien, ce serveur démarre déjà d'un volume : retirez cette ligne",
)
CONFIG_DRIVE_LOST = finding(
    "DCP-893",
    Level.CHANGES,
    facts=("profile",),
    meaning="the target makes no config drive",
    en=(
        "it had a config drive, and the target ({profile}) makes none: see that its cloud-init asks the metadata "
        "service"
    ),
    fr=(
        "il avait un disque de configuration (config drive), et la cible ({profile}) n'en fait pas : vérifiez que "
        "son cloud-init interroge le service de métadonnées"
    ),
)
NAME_REFUSED = finding(
    "DCP-894",
    Level.BLOCKS,
    facts=("limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the target takes no such name",
    en=(
        "the target ({profile}) takes a name of at most {limit} letters, digits, `_`, `-` and `.` here: rename it "
        "at the source and scan again, or skip it"
    ),
    fr=(
        "la cible ({profile}) n'accepte ici qu'un nom d'au plus {limit} lettres, chiffres, `_`, `-` et `.` : "
        "renommez-le à la source et relancez un scan, ou écartez-le"
    ),
)
DESCRIPTION_REFUSED = finding(
    "DCP-895",
    Level.BLOCKS,
    facts=("length", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the target takes no such description of a server",
    en=(
        "the target ({profile}) takes a server's description of {limit} characters at most, without < and >, and "
        "this one has {length}: change it at the source and scan again, or skip the server"
    ),
    fr=(
        "la cible ({profile}) accepte pour un serveur une description d'au plus {limit} caractères, sans < ni >, "
        "et celle-ci en a {length} : changez-la à la source et relancez un scan, ou écartez le serveur"
    ),
)
