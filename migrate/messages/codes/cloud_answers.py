"""Errors: the clouds."""

from migrate.messages.codes.registry import error

BAD_REQUEST = error(
    "DCP-400",
    exits=(3,),
    en="the cloud refuses the request as wrong ({what}): look at the item in question, then run again",
    fr="le cloud juge la requête incorrecte ({what}) : regardez l'élément en cause, puis relancez",
)
LOGIN_REFUSED = error(
    "DCP-401",
    exits=(6,),
    en="{cloud} refused the login (user: {user}): check the name, the password and the project in clouds.yaml",
    fr="{cloud} a refusé la connexion (utilisateur : {user}) : vérifiez nom, mot de passe et projet dans clouds.yaml",
)
UNREACHABLE = error(
    "DCP-402",
    exits=(6,),
    en="{url} cannot be reached: check the network, the proxy and the address in clouds.yaml",
    fr="{url} est injoignable : vérifiez le réseau, le proxy et l'adresse dans clouds.yaml",
)
NOT_ALLOWED = error(
    "DCP-403",
    exits=(3,),
    en="the cloud does not allow it ({what}): ask its support for the right, or skip the item in policy.yaml",
    fr="le cloud ne l'autorise pas ({what}) : demandez ce droit à son support, ou écartez l'élément dans policy.yaml",
)
GONE = error(
    "DCP-404",
    exits=(3,),
    en="{kind} {id} is not there any more: scan and plan again",
    fr="{kind} {id} n'est plus là : relancez le relevé (scan) et le plan",
)
REGION_UNKNOWN = error(
    "DCP-405",
    exits=(6,),
    en="{cloud} has no region {region}, only {known}: correct it in policy.yaml or clouds.yaml",
    fr="{cloud} n'a pas de région {region}, seulement {known} : corrigez-la dans policy.yaml ou clouds.yaml",
)
ENDPOINT_UNKNOWN = error(
    "DCP-406",
    exits=(6,),
    en="{cloud} has no {interface} address for {service}, only {known}: correct the interface in clouds.yaml",
    fr="{cloud} n'a pas d'adresse {interface} pour {service}, seulement {known} : corrigez interface dans clouds.yaml",
)
CERTIFICATE_UNTRUSTED = error(
    "DCP-407",
    exits=(6,),
    en="the certificate of {url} is not trusted: name its authority's file as cacert in clouds.yaml",
    fr="le certificat de {url} n'est pas reconnu : indiquez le fichier de son autorité comme cacert dans clouds.yaml",
)
IN_THE_WAY = error(
    "DCP-409",
    exits=(5,),
    en="something is in the way at the cloud ({what}): look at it, then run again",
    fr="quelque chose fait obstacle sur le cloud ({what}) : regardez-le, puis relancez",
)
S3_KEYS_MISSING = error(
    "DCP-410",
    exits=(6,),
    en=(
        "no keys for S3 were found (profile {profile}: {why}): set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
        "name a profile of ~/.aws in policy.yaml"
    ),
    fr=(
        "aucune clé S3 n'a été trouvée (profil {profile} : {why}) : définissez AWS_ACCESS_KEY_ID et "
        "AWS_SECRET_ACCESS_KEY, ou nommez dans policy.yaml un profil de ~/.aws"
    ),
)
S3_LOGIN_REFUSED = error(
    "DCP-411",
    exits=(6,),
    en=(
        "the S3 store at {url} refuses our login ({why}): check the access key, its secret and the region in "
        "policy.yaml"
    ),
    fr=(
        "le stockage S3 {url} refuse notre connexion ({why}) : vérifiez la clé d'accès, son secret et la région "
        "dans policy.yaml"
    ),
)
QUOTA_EXCEEDED = error(
    "DCP-413",
    exits=(3,),
    en="the quota for {resource} is used up: ask the cloud for more or free some, then run again",
    fr="le quota {resource} est épuisé : faites-le augmenter ou libérez-en, puis relancez",
)
UNSUPPORTED = error(
    "DCP-415",
    exits=(3,),
    en="this is not supported ({what}): skip the item in policy.yaml, or move it by hand",
    fr="ceci n'est pas pris en charge ({what}) : écartez l'élément dans policy.yaml, ou déplacez-le à la main",
)
SERVICE_MISSING = error(
    "DCP-416",
    exits=(3,),
    en="the cloud has no {service} service: what needs it cannot move there; skip it in policy.yaml",
    fr="le cloud n'a pas de service {service} : ce qui en dépend ne peut pas y aller ; écartez-le dans policy.yaml",
)
DEVICE_TOO_SMALL = error(
    "DCP-417",
    exits=(3,),
    en=(
        "{path} has room for {size_bytes} bytes, and the disk has {wanted_bytes}: nothing was written; take a "
        "larger volume, then run again"
    ),
    fr=(
        "{path} offre {size_bytes} octets et le disque en compte {wanted_bytes} : rien n'a été écrit ; prenez un "
        "volume plus grand, puis relancez"
    ),
)
DEVICE_UNUSABLE = error(
    "DCP-418",
    exits=(3,),
    en="{path} cannot be used as a disk ({why}): see that it is there, free and whole, then run again",
    fr="{path} ne peut servir de disque ({why}) : vérifiez qu'il est là, libre et intact, puis relancez",
)
BYTES_DIFFER = error(
    "DCP-422",
    exits=(4,),
    en=(
        "the bytes differ from what they should be ({what}): the copy is not used; run again, and if it stays so, "
        "delete it where it is stored first"
    ),
    fr=(
        "les octets diffèrent de ce qu'ils devraient être ({what}) : la copie ne sert pas ; relancez et, si cela "
        "persiste, supprimez-la d'abord là où elle est stockée"
    ),
)
RESTORED_DIFFERS = error(
    "DCP-423",
    exits=(4,),
    en="{item} differs from what was captured ({what}): no server is made of it; remove it at the target and run again",
    fr=(
        "{item} diffère de ce qui a été capturé ({what}) : aucun serveur n'en est fait ; retirez-le sur la cible "
        "et relancez"
    ),
)
COPY_OLDER = error(
    "DCP-424",
    exits=(5,),
    en=(
        "{item} was made of a copy that is older than the one of {taken_at}, and is not replaced unasked: scan, "
        "plan and approve again while the server {server} runs at the source, or accept DCP-424:server:{server} in "
        "policy.yaml"
    ),
    fr=(
        "{item} est fait d'une copie plus ancienne que celle de {taken_at} et n'est pas remplacé sans qu'on le "
        "demande : refaites relevé, plan et approbation tant que le serveur {server} tourne à la source, ou "
        "acceptez DCP-424 pour {server} dans policy.yaml (accept)"
    ),
)
COPY_OLDER_AND_USED = error(
    "DCP-425",
    exits=(5,),
    en=(
        "{item} was made of an older copy, and somebody has used it since ({what}): it is left as it is. Remove "
        "that, or remove it yourself, or accept DCP-425:server:{server} in policy.yaml to lose what a server of "
        "ours holds"
    ),
    fr=(
        "{item} est fait d'une copie plus ancienne et quelqu'un s'en est servi depuis ({what}) : il reste tel "
        "quel. Retirez cela, ou retirez-le vous-même, ou acceptez DCP-425 pour {server} dans policy.yaml (accept) "
        "et perdez ce que contient un serveur que nous avons fait"
    ),
)
COPY_STALE = error(
    "DCP-426",
    en=(
        "{item} is a copy of {taken_at}, and its server has run on at the source since: what was written there "
        "after that is not in it. Scan, plan and approve its stop to have it captured anew, or set servers.start "
        "to twin for it"
    ),
    fr=(
        "{item} est une copie de {taken_at}, et son serveur a continué de tourner à la source : ce qui y a été "
        "écrit ensuite n'y est pas. Refaites relevé et plan et accordez son arrêt pour qu'il soit capturé de "
        "nouveau, ou mettez servers.start à twin pour lui"
    ),
)
SOURCE_GUARD_STOPPED = error(
    "DCP-451",
    exits=(3,),
    en=(
        "Decamp's own guard of the source stopped {method} {path} ({service}): nothing was sent, and the source is "
        "unchanged"
    ),
    fr=(
        "la garde de la source de Decamp a arrêté {method} {path} ({service}) : rien n'a été envoyé, et la source "
        "est inchangée"
    ),
)
REHEARSAL_GUARD_STOPPED = error(
    "DCP-452",
    exits=(3,),
    en=(
        "a command that only reads was about to change a cloud or the store ({method} {path}, {service}) and was "
        "stopped: nothing was sent; please report this mistake of ours"
    ),
    fr=(
        "une commande qui ne fait que lire allait modifier un cloud ou le dépôt ({method} {path}, {service}) et a "
        "été arrêtée : rien n'a été envoyé ; merci de nous signaler cette erreur"
    ),
)
