"""Errors: verification."""

from migrate.messages.codes.registry import error

USED_SINCE_PROVED = error(
    "DCP-701",
    en=(
        "a server has held this disk since it was proved and may have written to it: the earlier proof stands; "
        "`decamp verify --reread all` compares it all the same"
    ),
    fr=(
        "un serveur tient ce disque depuis sa vérification et a pu y écrire : la preuve précédente demeure ; "
        "`decamp verify --reread all` le compare malgré tout"
    ),
)
NOTHING_TO_COMPARE = error(
    "DCP-702",
    en="no complete copy of {disk} is in the store, so there is nothing to hold it against: run again first",
    fr="aucune copie complète de {disk} n'est dans le dépôt, donc rien à quoi le comparer : relancez d'abord",
)
COPY_RECORD_MISSING = error(
    "DCP-703",
    exits=(2,),
    en="{path} is missing, so nothing says what was copied: run `decamp run --execute` again, then verify",
    fr="{path} manque, et rien ne dit ce qui a été copié : relancez `decamp run --execute`, puis la vérification",
)
READ_BACK_ENDED_IN_STATE = error(
    "DCP-704",
    exits=(3,),
    en="{kind} {id} went to the state {status} while it was read back: verify again",
    fr="{kind} {id} est passé à l'état {status} pendant sa relecture : vérifiez à nouveau",
)
READ_BACK_STILL_IN_STATE = error(
    "DCP-705",
    exits=(3,),
    en="{kind} {id} is still {status} after {waited_s} s: verify again later",
    fr="{kind} {id} est encore {status} après {waited_s} s : vérifiez à nouveau plus tard",
)
READ_BACK_FORMAT = error(
    "DCP-706",
    exits=(3,),
    en="the disk came back in a format that verify does not read ({format}): compare it by hand",
    fr="le disque est revenu dans un format que la vérification ne lit pas ({format}) : comparez-le à la main",
)
READ_BACK_DAMAGED = error(
    "DCP-707",
    exits=(4,),
    en="the copy that was read back is cut short or damaged ({id}: {why}): verify again",
    fr="la copie relue est tronquée ou endommagée ({id} : {why}) : vérifiez à nouveau",
)
MANIFEST_CONTRADICTS = error(
    "DCP-708",
    exits=(4,),
    en="the manifest of {disk} contradicts itself and proves nothing: capture the disk again",
    fr="le manifeste de {disk} se contredit et ne prouve rien : capturez le disque à nouveau",
)
SOURCE_CHANGED_SINCE_LISTED = error(
    "DCP-709",
    exits=(3,),
    en="the source has changed since it was listed for this copy: `scan`, `plan`, `run --execute` bring it",
    fr="la source a changé depuis la liste qui a servi à cette copie : `scan`, `plan`, `run --execute` l'apportent",
)
SOURCE_NOT_ASKED = error(
    "DCP-710",
    exits=(3,),
    en=(
        "the source could not be asked whether it has changed since: what is said holds for the listing of the "
        "copy; `verify --source` again when it answers"
    ),
    fr=(
        "la source n'a pas pu dire si elle a changé depuis : le constat vaut pour la liste de la copie ; relancez "
        "`verify --source` quand elle répond"
    ),
)
AGAIN_UNSUPPORTED = error(
    "DCP-711",
    exits=(2,),
    en=(
        "{what} cannot be done again: --again works for containers (`container:NAME`) alone, --set-again for "
        "those, for security groups and for floating addresses"
    ),
    fr=(
        "{what} ne peut pas être refait : --again ne vaut que pour les conteneurs (`container:NOM`), --set-again "
        "pour ceux-ci, les groupes de sécurité et les adresses flottantes"
    ),
)
NEW_SINCE_SCAN = error(
    "DCP-712",
    exits=(3,),
    en="made at the source since its scan, and in no plan: `scan`, `plan`, `run --execute` bring it",
    fr="apparu à la source depuis son relevé, absent du plan : `scan`, `plan`, `run --execute` l'apportent",
)
ANSWER_UNREADABLE = error(
    "DCP-713",
    exits=(3,),
    en="the cloud answers what nobody can read ({what}): run again; if it stays so, show the provider this sentence",
    fr=(
        "le cloud répond ce que personne ne peut lire ({what}) : relancez ; si cela persiste, montrez cette phrase "
        "au fournisseur"
    ),
)
CHANGED_AT_TARGET = error(
    "DCP-714",
    en=(
        "{item}: somebody has changed at the target what was set there, and it stays so ({what}); to have it as at "
        "the source again: `decamp run --execute --set-again {item}`"
    ),
    fr=(
        "{item} : quelqu'un a modifié à la cible ce qui y avait été réglé, et cela reste ainsi ({what}) ; pour "
        "revenir à l'état de la source : `decamp run --execute --set-again {item}`"
    ),
)
