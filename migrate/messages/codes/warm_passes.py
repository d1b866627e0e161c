"""Errors and remarks: passes over the disks of servers that still run."""

from migrate.messages.codes.registry import error

PASS_INSTEAD = error(
    "DCP-555",
    en="the disk of {item} is restored from its pass of {taken_at}, when its server ran, as the source is unreachable",
    fr=(
        "le disque de {item} est restauré depuis sa passe du {taken_at}, quand son serveur tournait, car la source est "
        "injoignable"
    ),
)
PASS_IS_FRESH = error(
    "DCP-556",
    en=(
        "no further pass of {server}: the last one ({taken_at}) is fresh, and its disks are read anew in {read}, "
        "whatever changes"
    ),
    fr=(
        "pas de nouvelle passe de {server} : la dernière ({taken_at}) est récente, et ses disques se relisent en "
        "{read}, quoi qu'il change"
    ),
)
PASS_SAVES_NOTHING = error(
    "DCP-557",
    en=(
        "no further pass of {server}: what has changed since the last one ({taken_at}) is sent in about {send}, and "
        "its disks are read anew in {read} anyway"
    ),
    fr=(
        "pas de nouvelle passe de {server} : ce qui a changé depuis la dernière ({taken_at}) s'envoie en {send} "
        "environ, et ses disques se relisent de toute façon en {read}"
    ),
)
CHANGES_FASTER = error(
    "DCP-558",
    en=(
        "the disks of {server} change faster than they are sent ({changed} against {sent}): no further pass "
        "shortens its downtime; find what writes so much, or raise the bandwidth"
    ),
    fr=(
        "les disques de {server} changent plus vite qu'ils ne s'envoient ({changed} contre {sent}) : aucune "
        "passe de plus ne raccourcit son arrêt ; cherchez ce qui écrit autant, ou augmentez le débit"
    ),
)
BUDGET_BELOW_READ = error(
    "DCP-559",
    en=(
        "the last pass of {server} alone takes {read}, more than its downtime budget of {budget}: no further pass "
        "changes that; raise cut_over.budget in policy.yaml, or set disks.capture to attached to read the disks faster"
    ),
    fr=(
        "la dernière passe de {server} prend à elle seule {read}, plus que son budget d'arrêt de {budget} : aucune "
        "passe de plus n'y changera rien ; augmentez cut_over.budget dans policy.yaml, ou lisez les disques plus vite "
        "avec disks.capture=attached"
    ),
)
MIXED_WITH_PASS = error(
    "DCP-529",
    exits=(3,),
    en=(
        "the disk of {item} is not made from its pass of {taken_at}: another disk of its server was captured at "
        "{other}, and the two do not fit together; run again once the source answers"
    ),
    fr=(
        "le disque de {item} n'est pas refait depuis sa passe du {taken_at} : un autre disque de son serveur a été "
        "capturé le {other}, et les deux ne vont pas ensemble ; relancez quand la source répondra"
    ),
)
NOT_WRITTEN_AHEAD = error(
    "DCP-531",
    en=(
        "the pass over {item} is damaged in the store ({what}), so it is not written to its volume at the target ahead "
        "of the stop: the next run takes another pass; without one the downtime is as long as a whole restore"
    ),
    fr=(
        "la passe sur {item} est abîmée dans le dépôt ({what}) ; elle n'est donc pas écrite d'avance dans son volume "
        "sur la cible : la prochaine exécution en prend une autre ; sans elle, l'arrêt dure une restauration entière"
    ),
)
CHANGES_NOT_ENOUGH = error(
    "DCP-532",
    exits=(3,),
    en=(
        "{item}: the volume at the target does not hold what was written into it ahead of the stop; now it is written "
        "whole, which takes longer"
    ),
    fr=(
        "{item} : le volume sur la cible ne contient pas ce qui y avait été écrit avant l'arrêt ; il est maintenant "
        "écrit en entier, ce qui dure plus longtemps"
    ),
)
READ_BACK_IN_PARTS = error(
    "DCP-533",
    en=(
        "read back whole ahead of the stop, and only what was written after it once the server was stopped; the cloud "
        "shows that nobody attached the volume in between"
    ),
    fr=(
        "relu en entier avant l'arrêt, puis seulement ce qui a été écrit après ; le cloud montre que personne n'a "
        "attaché le volume entre-temps"
    ),
)
MADE_FROM_PASS = error(
    "DCP-530",
    en=(
        "{item} was made at the target from its pass of {taken_at}, and the source answers again: what was written "
        "there since is missing; to move it again, set servers.consistency to auto, then scan, plan and run"
    ),
    fr=(
        "{item} a été créé sur la cible depuis sa passe du {taken_at}, et la source répond de nouveau : ce qui y a été "
        "écrit depuis manque ; pour le déplacer de nouveau, mettez servers.consistency à auto, puis scan, plan et run"
    ),
)
