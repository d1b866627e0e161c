"""Errors: the plan and the world."""

from migrate.messages.codes.registry import error

PROJECT_DIFFERS = error(
    "DCP-501",
    exits=(5,),
    en="{path} was taken of the project {found}, and you are logged in to {expected}: check clouds.yaml, or scan again",
    fr=(
        "{path} relève le projet {found}, et vous êtes connecté à {expected} : vérifiez clouds.yaml, ou relancez "
        "le relevé"
    ),
)
PLAN_OF_OTHER_PROJECT = error(
    "DCP-502",
    exits=(5,),
    en="the plan belongs to {found}, and you are logged in to {expected}: use the workspace of this tenant",
    fr="le plan est celui de {found}, et vous êtes connecté à {expected} : utilisez l'espace de travail de ce client",
)
CLOUD_UNAVAILABLE = error(
    "DCP-503",
    exits=(3,),
    en="the cloud does not answer as it should for now ({what}): run again later, it goes on from there",
    fr=(
        "le cloud ne répond pas correctement pour l'instant ({what}) : relancez plus tard, le travail reprend à "
        "cet endroit"
    ),
)
LEDGER_OF_OTHER_MIGRATION = error(
    "DCP-504",
    exits=(5,),
    en="the ledger {path} belongs to another migration: use the workspace that it came from",
    fr="le registre {path} est celui d'une autre migration : utilisez l'espace de travail d'où il vient",
)
SOURCE_CHANGED = error(
    "DCP-505",
    exits=(5,),
    en="{item} changed since it was scanned ({what}): scan and plan again",
    fr="{item} a changé depuis le relevé ({what}) : relancez le relevé et le plan",
)
NAME_TAKEN = error(
    "DCP-506",
    exits=(5,),
    en=(
        "{kind} {name} exists at the target with other content, and Decamp did not make it: rename or remove one "
        "of the two, then run again"
    ),
    fr=(
        "{kind} {name} existe sur la cible avec un autre contenu, et Decamp ne l'a pas créé : renommez ou retirez "
        "l'un des deux, puis relancez"
    ),
)
SOURCE_NEEDED = error(
    "DCP-507",
    exits=(3,),
    en="{item} still has to read the source, which cannot be reached: bring its login back, or skip it",
    fr="{item} doit encore lire la source, qui est injoignable : rétablissez la connexion, ou écartez cet élément",
)
MARK_MISSING = error(
    "DCP-508",
    exits=(5,),
    en="{kind} {id} no longer carries the mark of this migration: it is left as it is; look at it by hand",
    fr="{kind} {id} ne porte plus la marque de cette migration : il reste tel quel ; regardez-le vous-même",
)
VOLUME_ATTACHED_ELSEWHERE = error(
    "DCP-509",
    exits=(5,),
    en="the volume {volume} is attached to another server ({server}): detach it there, then run again",
    fr="le volume {volume} est attaché à un autre serveur ({server}) : détachez-le là-bas, puis relancez",
)
ENDED_IN_STATE = error(
    "DCP-510",
    exits=(3,),
    en="{item} ended in the state {status} at the cloud: look at it there, then run again",
    fr="{item} a fini dans l'état {status} sur le cloud : regardez-le là-bas, puis relancez",
)
STILL_IN_STATE = error(
    "DCP-511",
    exits=(3,),
    en="{item} is still {status} after {seconds} s: run again later, it goes on waiting for the same one",
    fr="{item} est encore {status} après {seconds} s : relancez plus tard, l'attente reprend sur le même",
)
COPY_INCOMPLETE = error(
    "DCP-512",
    exits=(3,),
    en="no complete copy of {disk} is in the store: run again, so that its capture ends first",
    fr="aucune copie complète de {disk} n'est dans le dépôt : relancez, pour que sa capture se termine d'abord",
)
BROKE_OFF = error(
    "DCP-513",
    exits=(3,),
    en="{item} broke off at the cloud and was removed: run again, it is made anew",
    fr="{item} s'est interrompu sur le cloud et a été retiré : relancez, il est refait",
)
RESTORED_IS_GONE = error(
    "DCP-514",
    exits=(3,),
    en="{item} has gone from the target: it is restored again",
    fr="{item} a disparu de la cible : la restauration recommence",
)
STOPS_DIFFER = error(
    "DCP-515",
    exits=(3, 5),
    en=(
        "the disks of the server {server} were captured in different stops, as it ran in between: stop it at the "
        "source and run again, those of an earlier stop are captured anew"
    ),
    fr=(
        "les disques du serveur {server} ont été capturés lors d'arrêts différents, car il a tourné entre-temps : "
        "arrêtez-le à la source et relancez, ceux d'un arrêt antérieur sont capturés à nouveau"
    ),
)
VOLUME_STILL_IN_STATE = error(
    "DCP-516",
    exits=(3,),
    en=(
        "the volume {volume} is still {status} after {seconds} s (server {server}): run again later, it goes on "
        "from there; if it stays so, ask the cloud to reset the state of that volume"
    ),
    fr=(
        "le volume {volume} est toujours {status} après {seconds} s (serveur {server}) : relancez plus tard, le "
        "travail reprend à cet endroit ; si cela dure, demandez au cloud de rétablir l'état de ce volume"
    ),
)
DEVICE_MISSING = error(
    "DCP-517",
    exits=(3,),
    en=(
        "the volume {volume} is attached to the server {server}, and its device is not to be had here ({what}): "
        "run Decamp on that very server, as root, and look at disks.devices in policy.yaml"
    ),
    fr=(
        "le volume {volume} est attaché au serveur {server}, mais son périphérique n'est pas utilisable ici "
        "({what}) : lancez Decamp sur ce serveur même, en root, et vérifiez disks.devices dans policy.yaml"
    ),
)
TRANSFER_STALLED = error(
    "DCP-518",
    exits=(3,),
    en=(
        "next to nothing moves over the network any more ({what}): it is tried again over a fresh connection; if "
        "this stays, look at the line to that cloud"
    ),
    fr=(
        "presque plus rien ne passe sur le réseau ({what}) : un nouvel essai part sur une connexion neuve ; si "
        "cela dure, vérifiez la liaison avec ce cloud"
    ),
)
ATTACHMENT_FAILED = error(
    "DCP-519",
    exits=(3,),
    en=(
        "the cloud did not attach the volume {volume} to the server {server}, it is {status} again: it is tried "
        "once more; if it stays so, look at that server"
    ),
    fr=(
        "le cloud n'a pas attaché le volume {volume} au serveur {server}, il est de nouveau {status} : un nouvel "
        "essai suit ; si cela persiste, regardez ce serveur"
    ),
)
KEPT_MOVED = error(
    "DCP-520",
    en="stays: it was moved and is yours now",
    fr="reste : il a été déplacé et est à vous désormais",
)
KEPT_NOT_TEMPORARY = error(
    "DCP-521",
    en="stays: it carries our mark and is no temporary of ours; perhaps you made it out of one",
    fr="reste : il porte notre marque sans être un temporaire à nous ; l'avez-vous tiré d'un temporaire ?",
)
KEPT_IN_USE = error(
    "DCP-522",
    en="stays for now: a run is working with it; clean again when that run has ended",
    fr="reste pour l'instant : une exécution s'en sert ; relancez clean quand elle sera finie",
)
KEPT_SECOND_COPY = error(
    "DCP-523",
    en="stays: a second one of the same origin that the ledger does not know; look at both, remove one by hand",
    fr="reste : un second de même origine, inconnu du registre ; regardez les deux et retirez-en un à la main",
)
PRUNE_STEP_RUNNING = error(
    "DCP-524",
    exits=(5,),
    en="a run is working on {step}: prune the store when that run has ended",
    fr="une exécution travaille sur {step} : nettoyez le dépôt quand elle sera finie",
)
RAN_SINCE_STOP = error(
    "DCP-525",
    exits=(5,),
    en=(
        "the server {server} has run at the source since its disks were captured in a stop of it ({taken_at}; it "
        "is {status} now): they are older than what it has. Set servers.stale to accept to make it of them all the "
        "same, or skip it"
    ),
    fr=(
        "le serveur {server} a tourné à la source depuis que ses disques ont été capturés lors d'un arrêt "
        "({taken_at} ; il est {status} maintenant) : ils sont plus anciens que ce qu'il a. Mettez servers.stale à "
        "accept pour le créer quand même à partir d'eux, ou excluez-le"
    ),
)
PRUNE_RUN_BEGAN = error(
    "DCP-526",
    exits=(5,),
    en="a run has begun since it was worked out what may go: prune the store anew when no run works",
    fr="une exécution a commencé depuis l'examen du dépôt : relancez le nettoyage quand aucune ne travaille",
)
CAPTURED_WHILE_RUNNING = error(
    "DCP-527",
    exits=(5,),
    en=(
        "the server {server} runs at the source ({status}), and its disks were captured while it ran ({taken_at}): "
        "it would run at both ends, from an older copy. Plan again and approve its stop, or set servers.start to "
        "twin for it"
    ),
    fr=(
        "le serveur {server} tourne à la source ({status}) et ses disques ont été capturés pendant qu'il tournait "
        "({taken_at}) : il tournerait des deux côtés, à partir d'une copie plus ancienne. Refaites le plan et "
        "accordez son arrêt, ou mettez servers.start à twin pour lui"
    ),
)
TWIN_STAYS = error(
    "DCP-528",
    en=(
        "{item} is a twin, as servers.start says: a copy of {taken_at}, and what its original has written since "
        "stays at the source"
    ),
    fr=(
        "{item} est un jumeau, comme le dit servers.start : une copie de {taken_at} ; ce que l'original a écrit "
        "depuis reste à la source"
    ),
)
PORT_ON_OTHER_NETWORK = error(
    "DCP-815",
    exits=(5,),
    en=(
        "an earlier run has put the port {port} on the network {network}, and the plan wants it on {wanted}: it "
        "stays there, as a server may use it; scan and plan again"
    ),
    fr=(
        "une exécution précédente a mis le port {port} sur le réseau {network}, et le plan le veut sur {wanted} : "
        "il y reste, car un serveur peut s'en servir ; relancez scan, puis plan"
    ),
)
