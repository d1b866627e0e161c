"""Errors: a workspace that is watched, sent to support, or moved to another machine."""

from migrate.messages.codes.registry import error

LEDGER_GONE = error(
    "DCP-280",
    exits=(2,),
    en=(
        "the ledger {path} was there a moment ago and is gone: without it, nobody knows what has been done, so put it "
        "back before the next run"
    ),
    fr=(
        "le registre {path} était là il y a un instant et a disparu : sans lui, nul ne sait ce qui a été fait, "
        "remettez-le donc en place avant la prochaine exécution"
    ),
)
ARCHIVE_EXISTS = error(
    "DCP-281",
    exits=(2,),
    en="{path} already exists and was not overwritten: choose another file with -o, or remove this one",
    fr="{path} existe déjà et n'a pas été remplacé : choisissez un autre fichier avec -o, ou supprimez celui-ci",
)
ARCHIVE_REFUSED = error(
    "DCP-282",
    exits=(2,),
    en=(
        "nothing was unpacked from {path}, because of {member} in it ({why}): Decamp opens only archives that it wrote "
        "itself, so ask for a new one, and do not trust whoever changed this one"
    ),
    fr=(
        "rien n'a été extrait de {path}, à cause de {member} qui s'y trouve ({why}) : Decamp n'ouvre que les "
        "archives qu'il a écrites, demandez-en donc une nouvelle, et méfiez-vous de qui a modifié celle-ci"
    ),
)
ARCHIVE_DAMAGED = error(
    "DCP-283",
    exits=(2,),
    en="{path} is not an archive of Decamp, or was cut short on its way ({why}): copy it again, or make a new one",
    fr=(
        "{path} n'est pas une archive de Decamp, ou a été tronquée en route ({why}) : recopiez-la, ou faites-en une "
        "nouvelle"
    ),
)
BUNDLE_IS_READ_ONLY = error(
    "DCP-284",
    exits=(2,),
    en=(
        "{path} is a support bundle, without secrets and without the store, so {command} cannot work with it: only "
        "{known} can"
    ),
    fr=(
        "{path} est un dossier d'assistance, sans secrets et sans dépôt, et {command} ne peut pas s'en "
        "servir : seuls le peuvent {known}"
    ),
)
WORKSPACE_MOVED = error(
    "DCP-285",
    exits=(2,),
    en=(
        "{path} was packed into {file} ({at}) and goes on elsewhere, so nothing is done here: work there, or, if that "
        "pack is never used, run `decamp pack --undo`"
    ),
    fr=(
        "{path} a été emballé dans {file} ({at}) et continue ailleurs, rien n'est donc fait ici : travaillez là-bas, "
        "ou, si ce paquet ne sert jamais, lancez `decamp pack --undo`"
    ),
)
WORKSPACE_IN_USE = error(
    "DCP-286",
    exits=(5,),
    en=(
        "a run is at work on {step} in {path}, and nothing was packed: stop it with Ctrl-C, wait until it has ended, "
        "then pack again"
    ),
    fr=(
        "une exécution travaille sur {step} dans {path}, et rien n'a été emballé : arrêtez-la avec Ctrl-C, attendez "
        "qu'elle soit terminée, puis recommencez"
    ),
)
