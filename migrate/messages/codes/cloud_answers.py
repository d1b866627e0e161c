"""Errors: answers of the clouds."""

from migrate.messages.codes.registry import error

BAD_REQUEST = error(
    "DCP-400",
    exits=(3,),
    en=(
        "the cloud rejected the request as invalid ({what}): correct the item at the source, then scan and plan again, "
        "or skip it"
    ),
    fr=(
        "le cloud a rejeté la requête comme invalide ({what}) : corrigez l'élément à la source, puis relancez "
        "`decamp scan` et `decamp plan`, ou excluez-le"
    ),
)
LOGIN_REFUSED = error(
    "DCP-401",
    exits=(6,),
    en="{cloud} refused the login (user: {user}): check the user name, password and project in clouds.yaml",
    fr=(
        "{cloud} a refusé la connexion (utilisateur : {user}) : vérifiez le nom d'utilisateur, le mot de passe et le "
        "projet dans clouds.yaml"
    ),
)
UNREACHABLE = error(
    "DCP-402",
    exits=(6,),
    en="{url} is unreachable: check the network, the proxy and the address in clouds.yaml",
    fr="{url} est injoignable : vérifiez le réseau, le proxy et l'adresse dans clouds.yaml",
)
NOT_ALLOWED = error(
    "DCP-403",
    exits=(3,),
    en="the cloud denied the request ({what}): ask its support for the permission, or skip the item in policy.yaml",
    fr=(
        "le cloud a refusé l'opération ({what}) : demandez l'autorisation au support de ce cloud, ou excluez l'élément "
        "dans policy.yaml"
    ),
)
GONE = error(
    "DCP-404",
    exits=(3,),
    en=(
        "{kind} {id} no longer exists: if it is of the source, scan and plan again; if it was already moved and then "
        "deleted at the target, restore it there or recreate it by hand"
    ),
    fr=(
        "{kind} {id} n'existe plus : s'il vient de la source, relancez `decamp scan` puis `decamp plan` ; s'il avait "
        "déjà été déplacé puis supprimé sur la cible, restaurez-le ou recréez-le là à la main"
    ),
)
REGION_UNKNOWN = error(
    "DCP-405",
    exits=(6,),
    en="{cloud} has no region {region}, only {known}: correct the region in policy.yaml or clouds.yaml",
    fr="{cloud} n'a pas de région {region}, seulement {known} : corrigez-la dans policy.yaml ou clouds.yaml",
)
ENDPOINT_UNKNOWN = error(
    "DCP-406",
    exits=(6,),
    en="{cloud} has no {interface} endpoint for {service}, only {known}: correct the interface in clouds.yaml",
    fr="{cloud} n'a pas d'endpoint {interface} pour {service}, seulement {known} : corrigez interface dans clouds.yaml",
)
CERTIFICATE_UNTRUSTED = error(
    "DCP-407",
    exits=(6,),
    en="the certificate of {url} is not trusted: set cacert in clouds.yaml to the file of its certificate authority",
    fr=(
        "le certificat de {url} n'est pas reconnu : indiquez dans clouds.yaml, par cacert, le fichier de son autorité "
        "de certification"
    ),
)
IN_THE_WAY = error(
    "DCP-409",
    exits=(5,),
    en="the cloud reported a conflict ({what}): resolve it there, then run again",
    fr="le cloud signale un conflit ({what}) : résolvez ce conflit sur ce cloud, puis relancez",
)
S3_KEYS_MISSING = error(
    "DCP-410",
    exits=(6,),
    en=(
        "no S3 keys found (profile {profile}: {why}): set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or set a "
        "profile of ~/.aws in policy.yaml"
    ),
    fr=(
        "aucune clé S3 trouvée (profil {profile} : {why}) : définissez AWS_ACCESS_KEY_ID et AWS_SECRET_ACCESS_KEY, ou "
        "indiquez dans policy.yaml un profil de ~/.aws"
    ),
)
S3_LOGIN_REFUSED = error(
    "DCP-411",
    exits=(6,),
    en=(
        "the S3 service at {url} refused the login ({why}): check the access key, its secret and the region in "
        "policy.yaml"
    ),
    fr=(
        "le service S3 {url} a refusé la connexion ({why}) : vérifiez la clé d'accès, son secret et la région dans "
        "policy.yaml"
    ),
)
QUOTA_EXCEEDED = error(
    "DCP-413",
    exits=(3,),
    en="the {resource} quota is exhausted: ask the provider to raise it, or free some, then run again",
    fr="le quota {resource} est épuisé : faites-le augmenter, ou libérez de la place, puis relancez",
)
UNSUPPORTED = error(
    "DCP-415",
    exits=(3,),
    en=(
        "this is not supported ({what:word}): skip the item in policy.yaml or move it by hand; if it is a proxy, set "
        "another one in the environment"
    ),
    fr=(
        "ceci n'est pas pris en charge ({what:word}) : excluez l'élément dans policy.yaml ou déplacez-le à la main ; "
        "s'il s'agit d'un proxy, indiquez-en un autre dans l'environnement"
    ),
)
SERVICE_MISSING = error(
    "DCP-416",
    exits=(3,),
    en="the cloud has no {service} service, so items that need it cannot move there: skip them in policy.yaml",
    fr=(
        "le cloud n'a pas de service {service}, et les éléments qui en dépendent ne peuvent pas y être déplacés : "
        "excluez-les dans policy.yaml"
    ),
)
DEVICE_TOO_SMALL = error(
    "DCP-417",
    exits=(3,),
    en=(
        "{path} holds {size_bytes} bytes but the disk has {wanted_bytes}, and nothing was written: map the volume type "
        "to another one (mappings.volume_types), then plan and run again"
    ),
    fr=(
        "{path} offre {size_bytes} octets alors que le disque en compte {wanted_bytes}, et rien n'a été écrit : "
        "associez un autre type de volume (mappings.volume_types), puis relancez `decamp plan` et `decamp run`"
    ),
)
DEVICE_UNUSABLE = error(
    "DCP-418",
    exits=(3,),
    en="{path} cannot be used as a disk ({why}): check that it exists, is not in use and is intact, then run again",
    fr=(
        "{path} ne peut pas servir de disque ({why}) : vérifiez qu'il existe, n'est pas utilisé et est intact, puis "
        "relancez"
    ),
)
BYTES_DIFFER = error(
    "DCP-422",
    exits=(4,),
    en=(
        "the data does not match what was expected ({what}), so the copy is not used: run again; if the error "
        "persists, first delete the copy where it is stored"
    ),
    fr=(
        "les données ne correspondent pas à ce qui était attendu ({what}), et la copie n'est pas utilisée : relancez ; "
        "si l'erreur persiste, supprimez d'abord la copie là où elle est stockée"
    ),
)
RESTORED_DIFFERS = error(
    "DCP-423",
    exits=(4,),
    en=(
        "{item} differs from the capture ({what}), so no server is created from it: delete it at the target and run "
        "again"
    ),
    fr=(
        "{item} diffère de ce qui a été capturé ({what}) ; aucun serveur n'est donc créé à partir de cette copie : "
        "supprimez-la sur la cible et relancez"
    ),
)
COPY_OLDER = error(
    "DCP-424",
    exits=(5,),
    en=(
        "{item} was created from a copy older than the one of {taken_at}, and Decamp does not replace it without "
        "consent: scan, plan and approve again while the server {server} runs at the source, or accept "
        "DCP-424:server:{server} in policy.yaml"
    ),
    fr=(
        "{item} a été créé à partir d'une copie plus ancienne que celle du {taken_at}, et Decamp ne le remplace pas "
        "sans votre accord : relancez `decamp scan` et `decamp plan` et approuvez de nouveau tant que le serveur "
        "{server} tourne à la source, ou acceptez DCP-424 pour {server} dans policy.yaml (accept)"
    ),
)
COPY_OLDER_AND_USED = error(
    "DCP-425",
    exits=(5,),
    en=(
        "{item} was created from an older copy and has been used since ({what}), so Decamp does not touch it: end that "
        "use, delete the item yourself, or accept DCP-425:server:{server} in policy.yaml to lose what the moved server "
        "has written"
    ),
    fr=(
        "{item} a été créé à partir d'une copie plus ancienne et a servi depuis ({what}), et Decamp n'y touche pas : "
        "mettez fin à cet usage, supprimez l'élément vous-même, ou acceptez DCP-425 pour {server} dans policy.yaml "
        "(accept) et perdez ce que le serveur déplacé a écrit"
    ),
)
COPY_STALE = error(
    "DCP-426",
    en=(
        "{item} is a copy of {taken_at}, and its server has run at the source since, so later writes are missing: "
        "scan, plan and approve its stop to capture it again, or set servers.start to twin for it"
    ),
    fr=(
        "{item} est une copie du {taken_at}, et son serveur a tourné à la source depuis : les écritures plus récentes "
        "n'y sont pas. Relancez `decamp scan` et `decamp plan` et approuvez son arrêt pour le capturer de nouveau, ou "
        "réglez servers.start sur twin pour ce serveur"
    ),
)
SOURCE_GUARD_STOPPED = error(
    "DCP-451",
    exits=(3,),
    en=(
        "SourceGuard blocked {method} {path} ({service}), so nothing was sent and the source is unchanged: report this "
        "as a bug in Decamp"
    ),
    fr=(
        "SourceGuard a bloqué {method} {path} ({service}) ; rien n'a été envoyé et la source est inchangée : "
        "signalez-le comme un bogue de Decamp"
    ),
)
REHEARSAL_GUARD_STOPPED = error(
    "DCP-452",
    exits=(3,),
    en=(
        "a read-only command tried to change a cloud or the store ({method} {path}, {service}) and was blocked; "
        "nothing was sent: report this as a bug in Decamp"
    ),
    fr=(
        "une commande en lecture seule a tenté de modifier un cloud ou le dépôt ({method} {path}, {service}) et a été "
        "bloquée ; rien n'a été envoyé : signalez-le comme un bogue de Decamp"
    ),
)
