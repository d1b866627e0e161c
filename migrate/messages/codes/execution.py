"""Errors: conflicts between the plan and the clouds."""

from migrate.messages.codes.registry import error

PROJECT_DIFFERS = error(
    "DCP-501",
    exits=(5,),
    en="{path} describes the project {found}, but you are logged in to {expected}: check clouds.yaml, or scan again",
    fr=(
        "{path} décrit le projet {found}, mais vous êtes connecté à {expected} : vérifiez clouds.yaml, ou relancez "
        "`decamp scan`"
    ),
)
PLAN_OF_OTHER_PROJECT = error(
    "DCP-502",
    exits=(5,),
    en=(
        "the plan belongs to the project {found}, but you are logged in to {expected}: use that project's workspace, "
        "or correct clouds.yaml"
    ),
    fr=(
        "le plan est celui du projet {found}, mais vous êtes connecté à {expected} : utilisez l'espace de travail de "
        "ce projet, ou corrigez clouds.yaml"
    ),
)
CLOUD_UNAVAILABLE = error(
    "DCP-503",
    exits=(3,),
    en="the cloud is not responding properly ({what}): run again later; the run resumes where it stopped",
    fr="le cloud ne répond pas correctement ({what}) : relancez plus tard ; l'exécution reprend où elle s'est arrêtée",
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
    en="{item} has changed since the scan ({what}): scan and plan again",
    fr="{item} a changé depuis le scan ({what}) : relancez `decamp scan` puis `decamp plan`",
)
NAME_TAKEN = error(
    "DCP-506",
    exits=(5,),
    en=(
        "{kind} {name} exists at the target with different content, and Decamp did not create it: rename or remove the "
        "one at the target, then run again"
    ),
    fr=(
        "{kind} {name} existe sur la cible avec un autre contenu, et Decamp ne l'a pas créé : renommez ou retirez "
        "celui de la cible, puis relancez"
    ),
)
SOURCE_NEEDED = error(
    "DCP-507",
    exits=(3,),
    en=(
        "{item} still has to be read from the source, which is unreachable: restore access to the source, or skip the "
        "item"
    ),
    fr=(
        "{item} doit encore être lu à la source, qui est injoignable : rétablissez l'accès à la source, ou excluez cet "
        "élément"
    ),
)
MARK_MISSING = error(
    "DCP-508",
    exits=(5,),
    en="{kind} {id} no longer carries the mark of this migration, so Decamp does not touch it: check it by hand",
    fr="{kind} {id} ne porte plus la marque de cette migration, et Decamp n'y touche pas : vérifiez-le vous-même",
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
    en="{item} ended in the state {status}: check it in the cloud, then run again",
    fr="{item} est resté dans l'état {status} : vérifiez-le sur le cloud, puis relancez",
)
STILL_IN_STATE = error(
    "DCP-511",
    exits=(3,),
    en="{item} is still {status} after {seconds} s: run again later; the run keeps waiting for the same item",
    fr="{item} est encore {status} après {seconds} s : relancez plus tard ; l'exécution attendra le même élément",
)
COPY_INCOMPLETE = error(
    "DCP-512",
    exits=(3,),
    en="the store has no complete copy of {disk}: run again to finish its capture",
    fr="le dépôt n'a pas de copie complète de {disk} : relancez pour terminer sa capture",
)
BROKE_OFF = error(
    "DCP-513",
    exits=(3,),
    en="{item} failed in the cloud and was removed: run again to create it again",
    fr="{item} a échoué sur le cloud et a été supprimé : relancez pour le recréer",
)
RESTORED_IS_GONE = error(
    "DCP-514",
    exits=(3,),
    en="{item} has disappeared from the target: Decamp restores it again; if this repeats, find out who deletes it",
    fr="{item} a disparu de la cible : Decamp le restaure de nouveau ; si cela se répète, cherchez qui le supprime",
)
STOPS_DIFFER = error(
    "DCP-515",
    exits=(3, 5),
    en=(
        "the server {server} ran between the captures of its disks, so they come from different stops: stop it at the "
        "source and run again; disks of an earlier stop are captured again"
    ),
    fr=(
        "le serveur {server} a tourné entre les captures de ses disques, qui viennent donc d'arrêts différents : "
        "arrêtez-le à la source et relancez ; les disques d'un arrêt antérieur sont capturés de nouveau"
    ),
)
VOLUME_STILL_IN_STATE = error(
    "DCP-516",
    exits=(3,),
    en=(
        "the volume {volume} is still {status} after {seconds} s (server {server}): run again later; the run resumes "
        "there. If the state persists, ask the provider to reset the state of the volume"
    ),
    fr=(
        "le volume {volume} est toujours {status} après {seconds} s (serveur {server}) : relancez plus tard ; "
        "l'exécution reprend à cet endroit. Si cet état persiste, demandez au fournisseur de le réinitialiser"
    ),
)
DEVICE_MISSING = error(
    "DCP-517",
    exits=(3,),
    en=(
        "the volume {volume} is attached to the server {server}, but its device is not available here ({what}): run "
        "Decamp as root on that very server, and check disks.devices in policy.yaml"
    ),
    fr=(
        "le volume {volume} est attaché au serveur {server}, mais son périphérique n'est pas accessible ici ({what}) : "
        "lancez Decamp en root sur ce serveur même, et vérifiez disks.devices dans policy.yaml"
    ),
)
TRANSFER_STALLED = error(
    "DCP-518",
    exits=(3,),
    en=(
        "the transfer has stalled ({what}): Decamp retries over a new connection; if it stalls again, check the "
        "network to that cloud"
    ),
    fr=(
        "le transfert n'avance plus ({what}) : Decamp fait une nouvelle tentative sur une nouvelle connexion ; si cela "
        "se répète, vérifiez le réseau vers ce cloud"
    ),
)
ATTACHMENT_FAILED = error(
    "DCP-519",
    exits=(3,),
    en=(
        "the cloud failed to attach the volume {volume} to the server {server}, and the volume is {status} again: "
        "Decamp retries; if the error persists, check that server"
    ),
    fr=(
        "le cloud n'a pas réussi à attacher le volume {volume} au serveur {server}, et le volume est de nouveau "
        "{status} : Decamp fait une nouvelle tentative ; si l'erreur persiste, vérifiez ce serveur"
    ),
)
NOT_REMOVED_MOVED = error(
    "DCP-520",
    en="not removed: this is a moved resource and now yours",
    fr="non supprimé : c'est une ressource déplacée, désormais à vous",
)
NOT_REMOVED_NOT_TEMPORARY = error(
    "DCP-521",
    en="not removed: it carries a mark of Decamp but is not a temporary resource; perhaps you created it from one",
    fr=(
        "non supprimé : il porte une marque de Decamp sans être une ressource temporaire ; vous l'avez peut-être créé "
        "à partir de l'une d'elles"
    ),
)
NOT_REMOVED_IN_USE = error(
    "DCP-522",
    en="not removed yet: a run is using it; clean again when that run has ended",
    fr="pas encore supprimé : une exécution s'en sert ; relancez `decamp clean` quand elle sera finie",
)
NOT_REMOVED_DUPLICATE = error(
    "DCP-523",
    en="not removed: a duplicate that the ledger does not know; compare both and delete one by hand",
    fr="non supprimé : un doublon que le registre ne connaît pas ; comparez les deux et supprimez-en un à la main",
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
        "the server {server} has run at the source since its disks were captured in a stop ({taken_at}; it is {status} "
        "now), so the copies are out of date: stop it at the source and run again to capture it again, skip it, or set "
        "servers.stale to accept to create it from the older copies"
    ),
    fr=(
        "le serveur {server} a tourné à la source depuis la capture de ses disques lors d'un arrêt ({taken_at} ; il "
        "est {status} maintenant), et les copies sont périmées : arrêtez-le à la source et relancez pour le capturer "
        "de nouveau, excluez-le, ou réglez servers.stale sur accept pour le créer à partir des copies plus anciennes"
    ),
)
PRUNE_RUN_BEGAN = error(
    "DCP-526",
    exits=(5,),
    en="a run has started since Decamp checked what can be removed: prune the store again when no run is active",
    fr=(
        "une exécution a démarré depuis l'examen du dépôt : relancez le nettoyage du dépôt quand aucune exécution "
        "n'est en cours"
    ),
)
CAPTURED_WHILE_RUNNING = error(
    "DCP-527",
    exits=(5,),
    en=(
        "the server {server} runs at the source ({status}) and its disks were captured while it ran ({taken_at}), so "
        "it would run on both clouds, from an older copy: plan again and approve its stop, or set servers.start to "
        "twin for it"
    ),
    fr=(
        "le serveur {server} tourne à la source ({status}) et ses disques ont été capturés pendant qu'il tournait "
        "({taken_at}) ; il tournerait donc sur les deux clouds, à partir d'une copie plus ancienne : relancez `decamp "
        "plan` et approuvez son arrêt, ou réglez servers.start sur twin pour ce serveur"
    ),
)
TWIN_STAYS = error(
    "DCP-528",
    en=(
        "{item} is a twin, as set by servers.start: a copy of {taken_at}; what the original has written since stays at "
        "the source"
    ),
    fr=(
        "{item} est un jumeau, comme le veut servers.start : une copie du {taken_at} ; ce que l'original a écrit "
        "depuis reste à la source"
    ),
)
PORT_ON_OTHER_NETWORK = error(
    "DCP-815",
    exits=(5,),
    en=(
        "an earlier run created the port {port} on the network {network}, but the plan puts it on {wanted}; Decamp "
        "does not move it, as a server may use it: scan and plan again"
    ),
    fr=(
        "une exécution précédente a créé le port {port} sur le réseau {network}, mais le plan le place sur {wanted} ; "
        "Decamp ne le déplace pas, car un serveur peut s'en servir : relancez `decamp scan` puis `decamp plan`"
    ),
)
