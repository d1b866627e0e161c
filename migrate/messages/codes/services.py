"""Findings: services that no tool carries, and what could not be listed or read."""

from migrate.messages.codes.registry import Level, Rule, finding

LOAD_BALANCER = finding(
    "DCP-801",
    Level.LOSES,
    facts=("details",),
    meaning="a load balancer must be set up again by hand",
    en="a load balancer cannot be moved ({details}): set it up again by hand at the target",
    fr="un répartiteur de charge ne peut pas être déplacé ({details}) : remettez-le en place à la main sur la cible",
)
HEAT_STACK = finding(
    "DCP-802",
    Level.LOSES,
    facts=("servers",),
    meaning="a Heat stack: its resources move as themselves, the stack does not; freeze it",
    en=(
        "a stack cannot be moved, what it owns moves as single resources (servers: {servers}): freeze it, with no "
        "update and no deletion, until the source is off, and keep its template"
    ),
    fr=(
        "une pile Heat ne peut pas être déplacée, et ce qu'elle possède est déplacé élément par élément (serveurs "
        ": {servers}) : figez-la, sans mise à jour ni suppression, jusqu'à l'arrêt de la source, et gardez son "
        "modèle"
    ),
)
DNS_ZONE = finding(
    "DCP-803",
    Level.LOSES,
    facts=("details",),
    meaning="a DNS zone must be moved by hand",
    en=(
        "a DNS zone cannot be moved ({details}): export its records, set it up again where it is to be, then "
        "change the delegation"
    ),
    fr=(
        "une zone DNS ne peut pas être déplacée ({details}) : exportez ses enregistrements, recréez-la à son "
        "nouvel emplacement, puis changez la délégation"
    ),
)
SECRET = finding(
    "DCP-804",
    Level.LOSES,
    facts=("details",),
    meaning="a secret must be stored again by hand",
    en="a secret cannot be moved, and its value is never read ({details}): store it again by hand at the target",
    fr=(
        "un secret ne peut pas être déplacé, et sa valeur n'est jamais lue ({details}) : enregistrez-le de nouveau "
        "à la main sur la cible"
    ),
)
SHARED_FILE_SYSTEM = finding(
    "DCP-805",
    Level.LOSES,
    facts=("details",),
    meaning="a shared file system must be copied by hand",
    en=(
        "a shared file system cannot be moved ({details}): make one at the target, and copy its files from a "
        "server that mounts it"
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
        "a cluster cannot be moved as such ({details}): set up a new one by hand, move its workload, and skip its "
        "servers in policy.yaml"
    ),
    fr=(
        "un cluster ne peut pas être déplacé en tant que tel ({details}) : montez-en un nouveau à la main, "
        "transférez-y sa charge, et écartez ses serveurs dans policy.yaml"
    ),
)
OTHER_SERVICE = finding(
    "DCP-807",
    Level.LOSES,
    facts=("service", "details"),
    meaning="a resource of another service must be set up again by hand",
    en="what belongs to the service {service} cannot be moved ({details}): set it up again by hand at the target",
    fr=(
        "ce qui relève du service {service} ne peut pas être déplacé ({details}) : remettez-le en place à la main "
        "sur la cible"
    ),
)
SERVICE_NOT_LISTED = finding(
    "DCP-808",
    Level.ADVICE,
    facts=("service", "why"),
    meaning="a service is in the catalogue, and what it holds cannot be listed",
    en=(
        "the service {service} is in the source's catalogue, and what you have there cannot be listed ({why}): "
        "look there yourself"
    ),
    fr=(
        "le service {service} figure au catalogue de la source, et ce que vous y avez ne peut pas être listé "
        "({why}) : allez y voir vous-même"
    ),
)
SOURCE_LISTING_REFUSED = finding(
    "DCP-816",
    Level.LOSES,
    facts=("listing", "service", "why"),
    meaning="the source refused a listing: what there is of it is unknown, and does not move",
    en=(
        "{listing} of the source were not listed ({service}: {why}): what there is of them is unknown and will NOT "
        "move, and what depends on them is left out; ask for the role that may list them and scan again, or leave "
        "them out on purpose under scan.skip in policy.yaml"
    ),
    fr=(
        "non listés à la source ({service} : {why}) : {listing} ; ce qu'il y en a est inconnu et ne sera PAS "
        "déplacé, et ce qui en dépend est laissé de côté : demandez le rôle qui permet de les lister et relancez "
        "scan, ou laissez-les de côté exprès sous scan.skip dans policy.yaml"
    ),
)
LISTING_SKIPPED = finding(
    "DCP-817",
    Level.LOSES,
    facts=("listing", "selector"),
    meaning="the policy leaves a listing out of the scan: what there is of it does not move",
    en=(
        "{listing} of the source were not asked for, as scan.skip in policy.yaml says {selector}: they stay "
        "behind; take the word out and scan again if they are to move"
    ),
    fr=(
        "non demandés à la source, scan.skip de policy.yaml disant {selector} : {listing} ; ils restent sur place "
        ": retirez ce mot et relancez scan s'ils doivent être déplacés"
    ),
)
TARGET_LISTING_REFUSED = finding(
    "DCP-818",
    Level.BLOCKS,
    facts=("listing", "service", "why"),
    rules=Rule.LEAVES_OUT | Rule.ALONE | Rule.OF_TARGET,
    meaning="the target refused a listing without which this cannot be made",
    en=(
        "the target does not list {listing} ({service}: {why}), so this cannot be made there, and the rest goes on "
        "without it: ask for the role that may list them, then scan and plan again, or accept DCP-818 in "
        "policy.yaml to leave it; `run --only evacuate` reads the source meanwhile"
    ),
    fr=(
        "la cible ne liste pas ({service} : {why}) : {listing} ; cet élément ne peut donc y être créé, et le reste "
        "continue sans lui : demandez le rôle qui permet de les lister, puis relancez scan et plan, ou acceptez "
        "DCP-818 dans policy.yaml pour le laisser ; `run --only evacuate` lit la source entre-temps"
    ),
)
OFFER_NOT_LISTED = finding(
    "DCP-819",
    Level.ADVICE,
    facts=("cloud", "listing", "service", "why"),
    meaning="a cloud does not list something that it offers: what is judged by it was not looked at",
    en=(
        "{cloud} does not tell {listing} ({service}: {why}): what they would hold up was not looked at; ask for "
        "the role that may list them, and scan again"
    ),
    fr=(
        "{cloud} n'indique pas ({service} : {why}) : {listing} ; ce qui en dépend n'a pas été examiné : demandez "
        "le rôle qui permet de les lister et relancez scan"
    ),
)
REFERENCE_UNLISTED = finding(
    "DCP-900",
    Level.LOSES,
    facts=("listing", "why"),
    rules=Rule.LEAVES_OUT,
    meaning="something that it names was not listed: it would be moved half",
    en=(
        "it names something that was not listed ({listing}: {why}) and would be moved half, so it is left out: ask "
        "for the role that may list that, then scan and plan again"
    ),
    fr=(
        "il désigne quelque chose qui n'a pas été listé ({listing} : {why}) et serait déplacé à moitié : il est "
        "laissé de côté ; demandez le rôle qui permet de lister cela, puis relancez scan et plan"
    ),
)
UNREADABLE_LEFT_OUT = finding(
    "DCP-907",
    Level.LOSES,
    facts=("what", "listing", "service", "why"),
    meaning="something of the source cannot be read as it is listed: it does not move",
    en=(
        "{what} ({listing}) cannot be read as {service} lists it ({why}): it will NOT move, and what names it is "
        "left out; ask the provider to mend it and scan again, or accept DCP-907 in policy.yaml to leave it behind"
    ),
    fr=(
        "{what} ({listing}) est illisible tel que {service} le liste ({why}) : cela ne sera PAS déplacé, et ce qui "
        "le désigne est laissé de côté ; demandez au fournisseur d'y remédier et relancez scan, ou acceptez "
        "DCP-907 dans policy.yaml pour le laisser sur place"
    ),
)
UNREADABLE_UNCHECKED = finding(
    "DCP-908",
    Level.ADVICE,
    facts=("cloud", "what", "listing", "service", "why"),
    meaning="something that is not moved, or is at the target, cannot be read as it is listed",
    en=(
        "{cloud}: {what} ({listing}) cannot be read as {service} lists it ({why}), and was not looked at: look at "
        "it by hand"
    ),
    fr=(
        "{cloud} : {what} ({listing}) est illisible tel que {service} le liste ({why}) et n'a pas été examiné : "
        "regardez-le vous-même"
    ),
)
LISTED_ODDLY = finding(
    "DCP-909",
    Level.CHANGES,
    facts=("what", "listing", "service", "why"),
    meaning="something of the source was listed oddly, and moves all the same",
    en=(
        "{what} ({listing}) is listed oddly by {service} ({why}), and moves all the same: look at it by hand once "
        "it is moved"
    ),
    fr=(
        "{what} ({listing}) est listé bizarrement par {service} ({why}) et est déplacé malgré tout : regardez-le "
        "vous-même une fois déplacé"
    ),
)
TEMPORARY_OF_OTHERS = finding(
    "DCP-910",
    Level.ADVICE,
    facts=("mark",),
    meaning="something that carries a mark of another migration's temporary copies: it does not move",
    en=(
        "it carries the mark of a temporary copy of another migration ({mark}), and will NOT move; if it is your "
        "own, give it another name and metadata and scan again, else have that migration's `decamp clean` remove it"
    ),
    fr=(
        "il porte la marque d'une copie temporaire d'un autre déménagement ({mark}) et ne sera PAS déplacé ; s'il "
        "est à vous, changez son nom et ses métadonnées puis relancez scan, sinon supprimez-le par le `decamp "
        "clean` de ce déménagement"
    ),
)
