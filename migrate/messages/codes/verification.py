"""Errors: verification."""

from migrate.messages.codes.registry import error

USED_SINCE_PROVED = error(
    "DCP-701",
    en=(
        "a server has used this disk since it was verified and may have written to it, so Decamp keeps the earlier "
        "proof and does not compare the disk again, unless you run `decamp verify --reread all`"
    ),
    fr=(
        "un serveur a utilisé ce disque depuis sa vérification et a pu y écrire ; Decamp garde donc la preuve "
        "précédente et ne compare pas le disque de nouveau, sauf avec `decamp verify --reread all`"
    ),
)
NOTHING_TO_COMPARE = error(
    "DCP-702",
    en="the store has no complete copy of {disk} to compare with: run again first",
    fr="le dépôt n'a pas de copie complète de {disk} à laquelle comparer : relancez d'abord",
)
COPY_RECORD_MISSING = error(
    "DCP-703",
    exits=(2,),
    en="{path} is missing, so Decamp does not know what was copied: run `decamp run --execute` again, then verify",
    fr=(
        "{path} manque, et Decamp ne sait pas ce qui a été copié : relancez `decamp run --execute`, puis `decamp "
        "verify`"
    ),
)
READ_BACK_ENDED_IN_STATE = error(
    "DCP-704",
    exits=(3,),
    en="{kind} {id} went into the state {status} while being read back: verify again",
    fr="{kind} {id} est passé à l'état {status} pendant sa relecture : relancez `decamp verify`",
)
READ_BACK_STILL_IN_STATE = error(
    "DCP-705",
    exits=(3,),
    en="{kind} {id} is still {status} after {waited_s} s: verify again later",
    fr="{kind} {id} est encore {status} après {waited_s} s : relancez `decamp verify` plus tard",
)
READ_BACK_FORMAT = error(
    "DCP-706",
    exits=(3,),
    en="verify does not support the format in which the disk was read back ({format}): compare it by hand",
    fr="la vérification ne sait pas lire le format dans lequel le disque a été relu ({format}) : comparez-le à la main",
)
READ_BACK_DAMAGED = error(
    "DCP-707",
    exits=(4,),
    en="the copy read back is truncated or damaged ({id}: {why}): verify again",
    fr="la copie relue est tronquée ou endommagée ({id} : {why}) : relancez `decamp verify`",
)
MANIFEST_CONTRADICTS = error(
    "DCP-708",
    exits=(4,),
    en=(
        "the manifest of {disk} is inconsistent and proves nothing: restore its manifest.json from a copy of the "
        "store, then verify again"
    ),
    fr=(
        "le manifeste de {disk} est incohérent et ne prouve rien : restaurez son manifest.json depuis une copie du "
        "dépôt, puis relancez `decamp verify`"
    ),
)
SOURCE_CHANGED_SINCE_LISTED = error(
    "DCP-709",
    exits=(3,),
    en=(
        "the source has changed since the listing that this copy is based on: run `scan`, `plan` and `run --execute` "
        "to copy the changes"
    ),
    fr=(
        "la source a changé depuis la liste sur laquelle repose cette copie : lancez `scan`, `plan` et `run --execute` "
        "pour copier les changements"
    ),
)
SOURCE_NOT_ASKED = error(
    "DCP-710",
    exits=(3,),
    en=(
        "the source did not answer, so Decamp compared with the listing made for the copy: run `verify --source` again "
        "when the source answers"
    ),
    fr=(
        "la source n'a pas répondu, et la comparaison porte sur la liste faite pour la copie : relancez `verify "
        "--source` quand elle répondra"
    ),
)
AGAIN_UNSUPPORTED = error(
    "DCP-711",
    exits=(2,),
    en=(
        "{what} cannot be repeated: use --again with containers only (`container:NAME`), and --set-again with "
        "containers, security groups and floating IPs"
    ),
    fr=(
        "{what} ne peut pas être refait : --again ne vaut que pour les conteneurs (`container:NOM`), et --set-again "
        "pour les conteneurs, les groupes de sécurité et les IP flottantes"
    ),
)
NEW_SINCE_SCAN = error(
    "DCP-712",
    exits=(3,),
    en="created at the source since the scan and in no plan: run `scan`, `plan` and `run --execute` to move it",
    fr="créé à la source depuis le scan, et absent du plan : lancez `scan`, `plan` et `run --execute` pour le déplacer",
)
ANSWER_UNREADABLE = error(
    "DCP-713",
    exits=(3,),
    en=(
        "the cloud's answer is unreadable ({what}{why:after}): run again; if the error persists, show the provider "
        "this message"
    ),
    fr=(
        "la réponse du cloud est illisible ({what}{why:after}) : relancez ; si l'erreur persiste, montrez ce message "
        "au fournisseur"
    ),
)
CHANGED_AT_TARGET = error(
    "DCP-714",
    en=(
        "{item}: somebody has changed its settings at the target, and Decamp does not overwrite them ({what}); to "
        "restore the source's settings, run `decamp run --execute --set-again {item}`"
    ),
    fr=(
        "{item} : quelqu'un a modifié ses réglages sur la cible, et Decamp ne les écrase pas ({what}) ; pour rétablir "
        "ceux de la source, lancez `decamp run --execute --set-again {item}`"
    ),
)
