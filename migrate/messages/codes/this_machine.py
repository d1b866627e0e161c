"""Errors: this machine."""

from migrate.messages.codes.registry import error

UNEXPECTED = error(
    "DCP-100",
    exits=(1, 3),
    en=(
        "something happened that Decamp did not foresee ({error}): nothing done so far is lost, and the same "
        "command goes on"
    ),
    fr=(
        "une erreur imprévue s'est produite ({error}) : rien de ce qui est fait n'est perdu, et la même commande "
        "reprend"
    ),
)
CANNOT_WRITE = error(
    "DCP-111",
    exits=(1,),
    en="cannot write {path} ({why}): make room or mend the permissions, then run the same command again",
    fr="impossible d'écrire {path} ({why}) : libérez de la place ou corrigez les droits, puis relancez",
)
STORE_NEARLY_FULL = error(
    "DCP-112",
    exits=(1,),
    en=(
        "the store of captured disks has {size} left, and a single pack of what is to be captured takes {limit}: "
        "make room, then run the same command again; nothing was changed"
    ),
    fr=(
        "il reste {size} au dépôt des disques capturés, et un seul paquet de ce qui est à capturer en prend "
        "{limit} : libérez de la place, puis relancez ; rien n'a été modifié"
    ),
)
STOPPED_ON_REQUEST = error(
    "DCP-130",
    exits=(130,),
    en="stopped on request: what is done is recorded, and the same command goes on from there",
    fr="arrêté à votre demande : ce qui est fait est enregistré, et la même commande reprend à cet endroit",
)
STORE_KEY_UNREADABLE = error(
    "DCP-132",
    exits=(2,),
    en=(
        "the key of the store, {key}, cannot be read ({why}): bring it back, or correct store.key in policy.yaml; "
        "without the key nothing that the store holds can be read"
    ),
    fr=(
        "la clé du dépôt, {key}, ne peut être lue ({why}) : remettez-la, ou corrigez store.key dans policy.yaml ; "
        "sans la clé, rien de ce que contient le dépôt ne peut être lu"
    ),
)
STORE_KEY_MISSING = error(
    "DCP-133",
    exits=(2,),
    en=(
        "the store {store} is encrypted with the key {found}, and policy.yaml names none: set store.key to where "
        "that key is, or name another place for the store"
    ),
    fr=(
        "le dépôt {store} est chiffré avec la clé {found}, et policy.yaml n'en nomme aucune : dites dans store.key "
        "où est cette clé, ou nommez un autre emplacement pour le dépôt"
    ),
)
STORE_KEY_DIFFERS = error(
    "DCP-134",
    exits=(2,),
    en=(
        "the store {store} is encrypted with the key {found}, and store.key in policy.yaml leads to the key {key}: "
        "name the right one, or another place for the store"
    ),
    fr=(
        "le dépôt {store} est chiffré avec la clé {found}, et store.key dans policy.yaml mène à la clé {key} : "
        "nommez la bonne, ou un autre emplacement pour le dépôt"
    ),
)
STORE_NOT_ENCRYPTED = error(
    "DCP-135",
    exits=(2,),
    en=(
        "the store {store} holds what is not encrypted, and policy.yaml names the key {key} for it: name an empty "
        "place, where what is still needed is captured again, or leave store.key out; nothing was changed"
    ),
    fr=(
        "le dépôt {store} contient ce qui n'est pas chiffré, et policy.yaml nomme pour lui la clé {key} : nommez "
        "un emplacement vide, où ce qu'il faut encore sera capturé de nouveau, ou retirez store.key ; rien n'a été "
        "changé"
    ),
)
STORE_KEY_EXPOSED = error(
    "DCP-136",
    exits=(2,),
    en=(
        "others can read the key of the store, {key}: close it with chmod 600 {path}, and where somebody may have "
        "read it begin another store, with a new key"
    ),
    fr=(
        "d'autres peuvent lire la clé du dépôt, {key} : fermez-la par chmod 600 {path}, et si quelqu'un a pu la "
        "lire, commencez un autre dépôt avec une nouvelle clé"
    ),
)
STORE_KEY_INVALID = error(
    "DCP-137",
    exits=(2,),
    en=(
        "{key} leads to no key of a store, which is 32 random bytes in base64 or hex: name the right place in "
        "policy.yaml, or make a key with `decamp store key FILE`"
    ),
    fr=(
        "{key} ne mène à aucune clé de dépôt, soit 32 octets aléatoires en base64 ou en hexadécimal : nommez le "
        "bon emplacement dans policy.yaml, ou créez une clé par `decamp store key FILE`"
    ),
)
