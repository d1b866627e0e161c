"""Errors: this machine."""

from migrate.messages.codes.registry import error

UNEXPECTED = error(
    "DCP-100",
    exits=(1, 3),
    en="unexpected error ({error}); completed work is safe: run the same command again to resume",
    fr="erreur inattendue ({error}) ; ce qui est fait est conservé : relancez la même commande pour reprendre",
)
CANNOT_WRITE = error(
    "DCP-111",
    exits=(1,),
    en="cannot write {path} ({why}): free some space or fix the permissions, then run the same command again",
    fr=(
        "impossible d'écrire {path} ({why}) : libérez de la place ou corrigez les droits, puis relancez la même "
        "commande"
    ),
)
OUT_OF_MEMORY = error(
    "DCP-113",
    exits=(1, 3),
    en=(
        "the memory of this machine was not enough for {what}; completed work is safe: end other programs or raise the "
        "limit, then run the same command again; if it persists, look in the workspace for a file that is much too "
        "large"
    ),
    fr=(
        "la mémoire de cette machine n'a pas suffi pour {what} ; ce qui est fait est conservé : terminez d'autres "
        "programmes ou relevez la limite, puis relancez la même commande ; si cela persiste, cherchez dans l'espace de "
        "travail un fichier bien trop gros"
    ),
)
STORE_NEARLY_FULL = error(
    "DCP-112",
    exits=(1,),
    en=(
        "the disk store has {size:bytes} left, but a single pack takes {limit:bytes}, and nothing was changed: free "
        "some space, then run the same command again"
    ),
    fr=(
        "il reste {size:bytes} dans le dépôt des disques, mais un seul paquet en prend {limit:bytes}, et rien n'a été "
        "modifié : libérez de la place, puis relancez la même commande"
    ),
)
STOPPED_ON_REQUEST = error(
    "DCP-130",
    exits=(130,),
    en="stopped on request; completed work is recorded: run the same command again to resume",
    fr="arrêté à votre demande ; ce qui est fait est enregistré : relancez la même commande pour reprendre",
)
STORE_NO_FOLDER = error(
    "DCP-114",
    exits=(2,),
    en=(
        "policy.yaml puts the store into {store}, but {path} is no folder, and nothing was changed: move it away, or "
        "choose another place in policy.yaml"
    ),
    fr=(
        "policy.yaml place le dépôt dans {store}, mais {path} n'est pas un dossier, et rien n'a été modifié : "
        "déplacez-le, ou choisissez un autre emplacement dans policy.yaml"
    ),
)
FOLDER_OF_ANOTHER = error(
    "DCP-115",
    exits=(3,),
    en=(
        "the folder {path} belongs to {user}, and this is root: what root writes there, {user} cannot read afterwards; "
        "run Decamp as {user}, or give the folder and all that is in it to root"
    ),
    fr=(
        "le dossier {path} appartient à {user}, et c'est root qui travaille : ce que root y écrit, {user} ne pourra "
        "plus le lire ; lancez Decamp en tant que {user}, ou donnez ce dossier et tout son contenu à root"
    ),
)
LEDGER_NOT_IN_ITS_FILE = error(
    "DCP-116",
    exits=(2,),
    en=(
        "nothing can be written to the folder of the ledger {path}, and the last changes are still in {path}-wal, "
        "which SQLite cannot read there: copy the workspace to a folder that can be written, and look at the copy"
    ),
    fr=(
        "rien ne peut être écrit dans le dossier du registre {path}, et les derniers changements sont encore dans "
        "{path}-wal, que SQLite ne peut pas y lire : copiez l'espace de travail dans un dossier où l'on peut écrire, "
        "et regardez la copie"
    ),
)
STORE_KEY_UNREADABLE = error(
    "DCP-132",
    exits=(2,),
    en=(
        "cannot read the store key {key} ({why}): restore it, or correct store.key in policy.yaml; without the key "
        "nobody can read the store"
    ),
    fr=(
        "la clé du dépôt, {key}, est illisible ({why}) : restaurez-la, ou corrigez store.key dans policy.yaml ; sans "
        "la clé, personne ne peut lire le dépôt"
    ),
)
STORE_KEY_MISSING = error(
    "DCP-133",
    exits=(2,),
    en=(
        "the store {store} is encrypted with the key {found}, but policy.yaml sets no key: set store.key to the "
        "location of that key, or choose another store"
    ),
    fr=(
        "le dépôt {store} est chiffré avec la clé {found}, mais policy.yaml n'indique aucune clé : mettez dans "
        "store.key l'emplacement de cette clé, ou choisissez un autre dépôt"
    ),
)
STORE_KEY_DIFFERS = error(
    "DCP-134",
    exits=(2,),
    en=(
        "the store {store} is encrypted with the key {found}, but store.key in policy.yaml points to the key {key}: "
        "set the right key, or choose another store"
    ),
    fr=(
        "le dépôt {store} est chiffré avec la clé {found}, mais store.key dans policy.yaml désigne la clé {key} : "
        "indiquez la bonne clé, ou choisissez un autre dépôt"
    ),
)
STORE_NOT_ENCRYPTED = error(
    "DCP-135",
    exits=(2,),
    en=(
        "the store {store} contains unencrypted data, but policy.yaml sets the key {key} for it, and nothing was "
        "changed: choose an empty location, where Decamp captures again what it still needs, or remove store.key"
    ),
    fr=(
        "le dépôt {store} contient des données non chiffrées, mais policy.yaml lui associe la clé {key}, et rien n'a "
        "été modifié : choisissez un emplacement vide, où Decamp capture de nouveau ce qu'il lui faut encore, ou "
        "retirez store.key"
    ),
)
STORE_KEY_EXPOSED = error(
    "DCP-136",
    exits=(2,),
    en=(
        "other users can read the store key {key}: run chmod 600 {path}, and if somebody may have read it, start a new "
        "store with a new key"
    ),
    fr=(
        "d'autres utilisateurs peuvent lire la clé du dépôt, {key} : lancez chmod 600 {path}, et si quelqu'un a pu la "
        "lire, commencez un nouveau dépôt avec une nouvelle clé"
    ),
)
STORE_KEY_INVALID = error(
    "DCP-137",
    exits=(2,),
    en=(
        "{key} does not contain a store key (32 random bytes in base64 or hex): correct the location in policy.yaml, "
        "or create a key with `decamp store key FILE`"
    ),
    fr=(
        "{key} ne contient pas de clé de dépôt (32 octets aléatoires en base64 ou en hexadécimal) : corrigez "
        "l'emplacement dans policy.yaml, ou créez une clé avec `decamp store key FICHIER`"
    ),
)
PYTHON_UNSUPPORTED = error(
    "DCP-261",
    exits=(3,),
    en="Decamp does not support Python {found}: install it with a Python {wanted}",
    fr="Decamp ne fonctionne pas avec Python {found} : installez-le avec un Python {wanted}",
)
LIBRARY_UNFIT = error(
    "DCP-262",
    exits=(3,),
    en=("the library {name} is {found}, but Decamp needs {wanted}: install Decamp again in an environment of its own"),
    fr=(
        "la bibliothèque {name} est en version {found}, mais Decamp demande {wanted} : réinstallez Decamp dans un "
        "environnement à part"
    ),
)
NAME_UNRESOLVED = error(
    "DCP-263",
    exits=(6,),
    en=("the name {host} has no address here ({why}): correct it in clouds.yaml, or check this machine's DNS"),
    fr=(
        "le nom {host} n'a pas d'adresse ici ({why}) : corrigez-le dans clouds.yaml, ou vérifiez le DNS de cette "
        "machine"
    ),
)
CERTIFICATE_OUT_OF_DATE = error(
    "DCP-264",
    exits=(6,),
    en=(
        "the certificate of {url} is not valid today ({reason}): check this machine's clock; if it is right, the "
        "provider must renew the certificate"
    ),
    fr=(
        "le certificat de {url} n'est pas valide aujourd'hui ({reason}) : vérifiez l'horloge de cette machine ; si "
        "elle est juste, le fournisseur doit renouveler le certificat"
    ),
)
CERTIFICATE_OF_ANOTHER = error(
    "DCP-265",
    exits=(6,),
    en="the certificate of {url} is for another name ({reason}): correct the address in clouds.yaml",
    fr="le certificat de {url} est pour un autre nom ({reason}) : corrigez l'adresse dans clouds.yaml",
)
CERTIFICATE_ENDS_SOON = error(
    "DCP-266",
    en="the certificate of {url} ends at {at}: ask the provider when it will be renewed",
    fr="le certificat de {url} expire le {at} : demandez au fournisseur quand il sera renouvelé",
)
CERTIFICATES_UNCHECKED = error(
    "DCP-267",
    en=(
        "nobody checks who answers as {cloud}, so a stranger could read its password (`verify: false`): remove that "
        "line in clouds.yaml, and set cacert if the cloud has an authority of its own"
    ),
    fr=(
        "personne ne vérifie qui répond pour {cloud}, et un inconnu pourrait lire son mot de passe (`verify: false`) : "
        "retirez cette ligne de clouds.yaml, et indiquez cacert si le cloud a sa propre autorité"
    ),
)
CLOCK_OFF = error(
    "DCP-268",
    exits=(3,),
    en=(
        "this machine's clock is {seconds} s off from that of {cloud} ({here} here, {there} there), so logins, time "
        "windows and dates go wrong: set it, for example with `timedatectl set-ntp true`"
    ),
    fr=(
        "l'horloge de cette machine s'écarte de {seconds} s de celle de {cloud} ({here} ici, {there} là-bas), ce qui "
        "fausse connexions, plages horaires et dates : réglez-la, par exemple avec `timedatectl set-ntp true`"
    ),
)
ROOM_SHORT = error(
    "DCP-269",
    en=(
        "{path} has {size:bytes} left, and what is still to be written there may take {need:bytes}: free some space, "
        "or set another folder under store in policy.yaml"
    ),
    fr=(
        "il reste {size:bytes} dans {path}, et ce qui doit encore y être écrit peut prendre {need:bytes} : libérez de "
        "la place, ou indiquez un autre dossier dans store de policy.yaml"
    ),
)
LOGIN_FILE_EXPOSED = error(
    "DCP-270",
    en="other users of this machine can read {path}, which may hold a password: run `chmod 600 {path}`",
    fr=(
        "d'autres utilisateurs de cette machine peuvent lire {path}, qui peut contenir un mot de passe : lancez "
        "`chmod 600 {path}`"
    ),
)
PROGRAMS_MISSING = error(
    "DCP-271",
    exits=(3,),
    en=("policy.yaml names programs that this machine does not have ({names}): install them, or change policy.yaml"),
    fr=(
        "policy.yaml nomme des programmes que cette machine n'a pas ({names}) : installez-les, ou modifiez policy.yaml"
    ),
)
STORE_OF_ANOTHER = error(
    "DCP-138",
    exits=(2,),
    en=(
        "the store {store} carries the mark of another migration ({found}), and nothing was changed: look what is "
        "mounted there, or choose another place in policy.yaml"
    ),
    fr=(
        "le dépôt {store} porte la marque d'une autre migration ({found}), et rien n'a été modifié : vérifiez ce qui "
        "est monté à cet endroit, ou choisissez un autre emplacement dans policy.yaml"
    ),
)
STORE_GONE = error(
    "DCP-139",
    exits=(2,),
    en=(
        "disks of this migration are captured in the store {store}, but that place is missing, empty or not marked as "
        "the store, and nothing was changed: mount it, or put it back; if it is lost for good, name another place in "
        "policy.yaml, then plan and run again, which captures what is still at the source"
    ),
    fr=(
        "des disques de cette migration sont capturés dans le dépôt {store}, mais cet emplacement manque, est vide ou "
        "n'est pas marqué comme le dépôt, et rien n'a été modifié : montez-le, ou remettez-le en place ; s'il est "
        "perdu pour de bon, nommez un autre emplacement dans policy.yaml, puis planifiez et lancez à nouveau, ce qui "
        "capture ce qui est encore à la source"
    ),
)
