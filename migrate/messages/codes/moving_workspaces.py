"""Errors: a workspace that is watched, sent to support, moved to another machine, or not agreed to on this one."""

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
    en=(
        "{path} already exists, or is the name of a file that the workspace itself uses, and nothing was written: "
        "choose another name"
    ),
    fr=(
        "{path} existe déjà, ou c'est le nom d'un fichier dont l'espace de travail se sert lui-même, et rien n'a été "
        "écrit : choisissez un autre nom"
    ),
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
        "pack is never used or was never finished, run `decamp pack --undo`"
    ),
    fr=(
        "{path} a été emballé dans {file} ({at}) et continue ailleurs, rien n'est donc fait ici : travaillez là-bas, "
        "ou, si ce paquet ne sert jamais ou n'a jamais été achevé, lancez `decamp pack --undo`"
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
WORKSPACE_NOT_KNOWN = error(
    "DCP-287",
    exits=(2,),
    en=(
        "you have not agreed to the workspace {path} on this machine, so what it holds (approvals, answers, logins, "
        "programs) counts for nothing yet: read what it asks for with {command}, then agree with {command} --agree"
    ),
    fr=(
        "vous n'avez pas consenti à l'espace de travail {path} sur cette machine, et ce qu'il contient (approbations, "
        "réponses, identifiants, programmes) ne vaut donc rien encore : lisez ce qu'il demande avec {command}, puis "
        "consentez avec {command} --agree"
    ),
)
PROGRAM_NOT_AGREED = error(
    "DCP-288",
    exits=(2,),
    en=(
        "policy.yaml names programs that nobody has agreed to on this machine as they are now ({programs}): read them, "
        "then {command} --agree"
    ),
    fr=(
        "policy.yaml nomme des programmes auxquels personne n'a consenti sur cette machine tels qu'ils sont à présent "
        "({programs}) : lisez-les, puis {command} --agree"
    ),
)
LEDGER_NOT_AGREED = error(
    "DCP-289",
    exits=(2,),
    en=(
        "the ledger is at {ledger}, outside the workspace, and nobody has agreed to that on this machine, so it was "
        "not opened and no password was sent: if the address is right, {command} --agree"
    ),
    fr=(
        "le registre est à {ledger}, hors de l'espace de travail, et personne n'y a consenti sur cette machine : il "
        "n'a pas été ouvert, et aucun mot de passe n'a été envoyé ; si l'adresse est juste, {command} --agree"
    ),
)
ADDRESS_NOT_AGREED = error(
    "DCP-290",
    exits=(2,),
    en=(
        "no password was sent to {address}, because nobody has confirmed that address on this machine: if it is the "
        "cloud's, {command}"
    ),
    fr=(
        "aucun mot de passe n'a été envoyé à {address}, car personne n'a confirmé cette adresse sur cette machine : "
        "si c'est celle du cloud, {command}"
    ),
)
CONSENT_UNREADABLE = error(
    "DCP-291",
    exits=(2,),
    en=(
        "cannot tell what was agreed to on this machine, because {path} is not readable ({why}): remove it, and agree "
        "again with decamp trust --agree"
    ),
    fr=(
        "impossible de dire à quoi il a été consenti sur cette machine, car {path} est illisible ({why}) : "
        "supprimez-le, et consentez de nouveau avec decamp trust --agree"
    ),
)
APPROVALS_CAME_ALONG = error(
    "DCP-292",
    exits=(2,),
    en=(
        "approvals came along with the workspace ({count}, given by {who}): keep them with {command} --keep-approvals, "
        "or begin without any with {command} --drop-approvals"
    ),
    fr=(
        "des approbations sont arrivées avec l'espace de travail ({count}, de {who}) : gardez-les avec {command} "
        "--keep-approvals, ou commencez sans aucune avec {command} --drop-approvals"
    ),
)
PACK_PLACE = error(
    "DCP-294",
    exits=(2,),
    en=(
        "policy.yaml sets {key} to {place}, which is in the workspace but would not be found on the new machine: give "
        "it a plain name in the workspace, relative and without links (its place now: {name}), then pack"
    ),
    fr=(
        "policy.yaml règle {key} sur {place}, qui se trouve dans l'espace de travail mais serait introuvable sur la "
        "nouvelle machine : donnez-lui un nom simple dans l'espace de travail, relatif et sans lien (sa place "
        "actuelle : {name}), puis relancez"
    ),
)
PACK_UNREADABLE = error(
    "DCP-295",
    exits=(2,),
    en=(
        "{path} cannot be read ({why}), and would be missing elsewhere: nothing was packed; make it readable, or move "
        "it away"
    ),
    fr=(
        "{path} est illisible ({why}) et manquerait ailleurs : rien n'a été emballé ; rendez-le lisible, ou déplacez-le"
    ),
)
