"""Findings: services that Decamp cannot move, and listings or items that are missing or unreadable."""

from migrate.messages.codes.registry import Level, Rule, finding

LOAD_BALANCER = finding(
    "DCP-801",
    Level.LOSES,
    facts=("details",),
    meaning="a load balancer must be set up again by hand",
    en="a load balancer cannot be moved ({details}): set it up again by hand at the target",
    fr="un répartiteur de charge ne peut pas être déplacé ({details}) : recréez-le à la main sur la cible",
)
HEAT_STACK = finding(
    "DCP-802",
    Level.LOSES,
    facts=("servers",),
    meaning="a Heat stack: its resources move one by one, the stack does not; freeze it",
    en=(
        "a Heat stack cannot be moved; its resources move one by one (servers: {servers}): do not update or delete the "
        "stack until the source is off, and save its template"
    ),
    fr=(
        "une pile Heat ne peut pas être déplacée ; ses ressources le sont une à une (serveurs : {servers}) : ne mettez "
        "pas la pile à jour et ne la supprimez pas avant la coupure de la source, et sauvegardez son modèle"
    ),
)
DNS_ZONE = finding(
    "DCP-803",
    Level.LOSES,
    facts=("details",),
    meaning="a DNS zone must be moved by hand",
    en=(
        "a DNS zone cannot be moved ({details}): export its records, create it again in its new place, then change the "
        "delegation"
    ),
    fr=(
        "une zone DNS ne peut pas être déplacée ({details}) : exportez ses enregistrements, recréez-la à son nouvel "
        "emplacement, puis changez la délégation"
    ),
)
SECRET = finding(
    "DCP-804",
    Level.LOSES,
    facts=("details",),
    meaning="a secret must be stored again by hand",
    en="a secret cannot be moved, and Decamp never reads its value ({details}): store it again by hand at the target",
    fr=(
        "un secret ne peut pas être déplacé, et Decamp ne lit jamais sa valeur ({details}) : enregistrez-le de nouveau "
        "à la main sur la cible"
    ),
)
SHARED_FILE_SYSTEM = finding(
    "DCP-805",
    Level.LOSES,
    facts=("details",),
    meaning="a shared file system must be copied by hand",
    en=(
        "a shared file system cannot be moved ({details}): create one at the target, and copy its files from a server "
        "that mounts it"
    ),
    fr=(
        "un partage de fichiers ne peut pas être déplacé ({details}) : créez-en un sur la cible, et copiez ses "
        "fichiers depuis un serveur qui le monte"
    ),
)
CLUSTER = finding(
    "DCP-806",
    Level.LOSES,
    facts=("details",),
    meaning="a cluster must be set up again by hand",
    en=(
        "a cluster cannot be moved ({details}): build a new one by hand, move its workload, and skip its servers in "
        "policy.yaml"
    ),
    fr=(
        "un cluster ne peut pas être déplacé ({details}) : montez-en un nouveau à la main, transférez-y sa charge, et "
        "excluez ses serveurs dans policy.yaml"
    ),
)
OTHER_SERVICE = finding(
    "DCP-807",
    Level.LOSES,
    facts=("service", "details"),
    meaning="a resource of another service must be set up again by hand",
    en="a resource of the service {service} cannot be moved ({details}): set it up again by hand at the target",
    fr="une ressource du service {service} ne peut pas être déplacée ({details}) : recréez-la à la main sur la cible",
)
SERVICE_NOT_LISTED = finding(
    "DCP-808",
    Level.ADVICE,
    facts=("service", "why"),
    meaning="a service is in the catalogue, but its resources cannot be listed",
    en=(
        "the service {service} is in the source's catalogue, but Decamp cannot list its resources ({why}): check there "
        "by hand"
    ),
    fr=(
        "le service {service} figure au catalogue de la source, mais Decamp ne peut pas en lister les ressources "
        "({why}) : vérifiez ce service vous-même"
    ),
)
SOURCE_LISTING_REFUSED = finding(
    "DCP-816",
    Level.LOSES,
    facts=("listing", "service", "why"),
    meaning="the source refused a listing: its items are unknown and do not move",
    en=(
        "the source did not list {listing} ({service}: {why}), so they are unknown and will NOT move, and items that "
        "depend on them are left out: ask for a role that may list them and scan again, or exclude them on purpose "
        "with scan.skip in policy.yaml"
    ),
    fr=(
        "la source n'a pas listé {listing} ({service} : {why}) ; leur contenu est inconnu et ne sera PAS déplacé, et "
        "ce qui en dépend est laissé de côté : demandez un rôle qui permet de les lister et relancez `decamp scan`, ou "
        "excluez-les délibérément sous scan.skip dans policy.yaml"
    ),
)
LISTING_SKIPPED = finding(
    "DCP-817",
    Level.LOSES,
    facts=("listing", "selector"),
    meaning="the policy excludes a listing from the scan: its items do not move",
    en=(
        "scan.skip in policy.yaml ({selector}) excludes {listing} from the scan, so they stay behind: remove that "
        "entry and scan again to move them"
    ),
    fr=(
        "scan.skip dans policy.yaml ({selector}) exclut du scan {listing} : ils restent sur place ; retirez cette "
        "entrée et relancez `decamp scan` pour les déplacer"
    ),
)
TARGET_LISTING_REFUSED = finding(
    "DCP-818",
    Level.BLOCKS,
    facts=("listing", "service", "why"),
    rules=Rule.LEAVES_OUT | Rule.ALONE | Rule.OF_TARGET,
    meaning="the target refused a listing that is needed to create this",
    en=(
        "the target does not list {listing} ({service}: {why}), so this cannot be created there; the rest continues "
        "without it: ask for a role that may list them, then scan and plan again, or accept DCP-818 in policy.yaml to "
        "leave this behind; meanwhile `run --only evacuate` reads the source"
    ),
    fr=(
        "la cible ne liste pas {listing} ({service} : {why}) ; cet élément ne peut donc pas y être créé, et le reste "
        "continue sans lui : demandez un rôle qui permet de les lister, puis relancez `decamp scan` et `decamp plan`, "
        "ou acceptez DCP-818 dans policy.yaml pour laisser cet élément à la source ; entre-temps, `run --only "
        "evacuate` lit la source"
    ),
)
OFFER_NOT_LISTED = finding(
    "DCP-819",
    Level.ADVICE,
    facts=("cloud", "listing", "service", "why"),
    meaning="a cloud does not list part of what it offers: the checks that need it were skipped",
    en=(
        "{cloud} does not list {listing} ({service}: {why}), so the checks that need them were skipped: ask for a role "
        "that may list them, and scan again"
    ),
    fr=(
        "{cloud} ne liste pas {listing} ({service} : {why}) ; les contrôles qui en dépendent n'ont pas été faits : "
        "demandez un rôle qui permet de les lister et relancez `decamp scan`"
    ),
)
REFERENCE_UNLISTED = finding(
    "DCP-900",
    Level.LOSES,
    facts=("listing", "why"),
    rules=Rule.LEAVES_OUT,
    meaning="it refers to something that was not listed: it would move incomplete",
    en=(
        "it refers to something that was not listed ({listing}: {why}) and would move incomplete, so it is left out: "
        "ask for a role that may list it, then scan and plan again"
    ),
    fr=(
        "il fait référence à un élément qui n'a pas été listé ({listing} : {why}) et serait déplacé incomplet ; il est "
        "donc laissé de côté : demandez un rôle qui permet de lister cet élément, puis relancez `decamp scan` et "
        "`decamp plan`"
    ),
)
UNREADABLE_LEFT_OUT = finding(
    "DCP-907",
    Level.LOSES,
    facts=("what", "listing", "service", "why"),
    meaning="the source's listing of an item is unreadable: the item does not move",
    en=(
        "{what} ({listing}) will NOT move, as its entry in the listing of {service} is unreadable ({why}), and items "
        "that refer to it are left out: ask the provider to fix it and scan again, or accept DCP-907 in policy.yaml to "
        "leave it behind"
    ),
    fr=(
        "{what} ({listing}) ne sera PAS déplacé, car son entrée dans la liste de {service} est illisible ({why}), et "
        "ce qui y fait référence est laissé de côté : demandez au fournisseur d'y remédier et relancez `decamp scan`, "
        "ou acceptez DCP-907 dans policy.yaml pour le laisser à la source"
    ),
)
UNREADABLE_UNCHECKED = finding(
    "DCP-908",
    Level.ADVICE,
    facts=("cloud", "what", "listing", "service", "why"),
    meaning="the listing of an item that does not move, or is at the target, is unreadable",
    en=(
        "{what} ({listing}) has an unreadable entry in the listing of {service} at {cloud} ({why}), so Decamp did not "
        "check it: check it by hand"
    ),
    fr=(
        "{what} ({listing}) a une entrée illisible dans la liste de {service} sur {cloud} ({why}), et Decamp ne l'a "
        "pas examiné : vérifiez-le vous-même"
    ),
)
LISTED_ODDLY = finding(
    "DCP-909",
    Level.CHANGES,
    facts=("what", "listing", "service", "why"),
    meaning="the source's listing of an item is malformed, but the item moves",
    en=(
        "{what} ({listing}) moves although its entry in the listing of {service} is malformed ({why}): check it by "
        "hand after the move"
    ),
    fr=(
        "{what} ({listing}) est déplacé bien que son entrée dans la liste de {service} soit anormale ({why}) : "
        "vérifiez-le vous-même après le déplacement"
    ),
)
TEMPORARY_OF_OTHERS = finding(
    "DCP-910",
    Level.ADVICE,
    facts=("mark",),
    meaning="it carries the mark of another migration's temporary copy: it does not move",
    en=(
        "it carries the mark of another migration's temporary copy ({mark}) and will NOT move: if it is yours, change "
        "its name and metadata and scan again; otherwise remove it with `decamp clean` in that migration's workspace"
    ),
    fr=(
        "il porte la marque d'une copie temporaire d'une autre migration ({mark}) et ne sera PAS déplacé : s'il est à "
        "vous, changez son nom et ses métadonnées puis relancez `decamp scan` ; sinon, supprimez-le par `decamp clean` "
        "dans l'espace de travail de cette migration"
    ),
)
