"""Errors: states of steps, and unused files and addresses."""

from migrate.messages.codes.registry import error

WAITS_FOR_APPROVAL = error(
    "DCP-301",
    exits=(3,),
    en="waiting for approval of the gate {gate}: review it with `decamp approve`, then run `decamp approve {gate}`",
    fr=(
        "en attente d'approbation au point de validation {gate} : consultez-le avec `decamp approve`, puis lancez "
        "`decamp approve {gate}`"
    ),
)
BLOCKED_BY_STEP = error(
    "DCP-302",
    exits=(3,),
    en="blocked by {step}: resolve that step first, then run again",
    fr="bloqué par {step} : réglez d'abord cette étape, puis relancez",
)
LEASE_TOO_LONG = error(
    "DCP-582",
    exits=(3,),
    en=(
        "{step} is held until {until}, longer than any run asks for, so that does not count and the step is taken "
        "over: check the clock of the machine that ran it"
    ),
    fr=(
        "{step} est retenue jusqu'à {until}, plus longtemps qu'aucune exécution ne le demande ; cela ne compte donc "
        "pas et l'étape est reprise : vérifiez l'horloge de la machine qui l'exécutait"
    ),
)
MADE_TWICE = error(
    "DCP-583",
    exits=(3,),
    en=(
        "the {kind} {name} exists twice at the target, because a request took effect after Decamp had stopped waiting "
        "for its answer; the migration does not use {id}: look at it, delete it by hand, then run again"
    ),
    fr=(
        "{kind} {name} existe deux fois sur la cible, car une requête a pris effet alors que Decamp n'attendait plus "
        "sa réponse ; la migration n'utilise pas {id} : regardez cette ressource, supprimez-la à la main, puis relancez"
    ),
)
TEMPORARY_LEFT = error(
    "DCP-584",
    exits=(3,),
    en=(
        "the temporary {kind} {name} is still at the {side} ({id}), because a request took effect after Decamp had "
        "stopped waiting for its answer: remove it with `decamp clean --execute`, then run again"
    ),
    fr=(
        "une ressource temporaire est encore là ({side}) : {kind} {name} ({id}), car une requête a pris effet alors "
        "que Decamp n'attendait plus sa réponse : supprimez-la avec `decamp clean --execute`, puis relancez"
    ),
)
CLAIM_LOST = error(
    "DCP-303",
    exits=(3,),
    en="another run took over {step}, so this run dropped it: nothing to do",
    fr="une autre exécution a repris {step}, et celle-ci l'a abandonnée : il n'y a rien à faire",
)
WAITS_FOR_WINDOW = error(
    "DCP-304",
    exits=(3,),
    en=(
        "waiting for the time window in policy.yaml, which opens at {opens_at}: leave the run active and it resumes by "
        "itself"
    ),
    fr=(
        "en attente de la plage horaire de policy.yaml, qui s'ouvre à {opens_at} : laissez l'exécution active, elle "
        "reprend d'elle-même"
    ),
)
WAITS_FOR_LOGIN = error(
    "DCP-305",
    exits=(3,),
    en=(
        "waiting for {cloud}, which refuses the login for now ({why}): the run retries by itself; if the credentials "
        "have changed, correct clouds.yaml, then stop and restart the run"
    ),
    fr=(
        "en attente de {cloud}, qui refuse la connexion pour l'instant ({why}) : l'exécution réessaie d'elle-même ; si "
        "vos identifiants ont changé, corrigez clouds.yaml, puis arrêtez et relancez l'exécution"
    ),
)
WAITS_FOR_SERVERS_DOWN = error(
    "DCP-306",
    exits=(3,),
    en=(
        "waiting for stopped servers to come up at the target, as limits.servers_down in policy.yaml allows {limit} "
        "down at once: `decamp status` lists them, and the run resumes by itself"
    ),
    fr=(
        "en attente de la mise en marche, sur la cible, de serveurs arrêtés, car limits.servers_down dans policy.yaml "
        "n'en autorise que {limit} à l'arrêt à la fois : `decamp status` les liste, et l'exécution reprend "
        "d'elle-même"
    ),
)
NOT_STOPPED_UNSETTLED = error(
    "DCP-307",
    exits=(3,),
    en=(
        "not stopped, as {servers} cannot come up at the target until {step} is resolved: `decamp status` shows the "
        "reason; fix it and run again, or raise limits.servers_down in policy.yaml and plan again"
    ),
    fr=(
        "n'est pas arrêté, car {servers} ne peut pas démarrer sur la cible tant que {step} n'est pas réglé : `decamp "
        "status` donne la raison ; corrigez-la et relancez, ou augmentez limits.servers_down dans policy.yaml et "
        "relancez `decamp plan`"
    ),
)
NOT_STOPPED_WITHOUT_WAVE = error(
    "DCP-308",
    exits=(3,),
    en=(
        "not stopped, as {servers} of the same wave is not approved: review with `decamp approve`, then run `decamp "
        "approve {gate} --server` for each of them, or give them different waves under waves.servers in policy.yaml"
    ),
    fr=(
        "n'est pas arrêté, car {servers}, de la même vague, n'est pas approuvé : consultez avec `decamp approve`, puis "
        "lancez `decamp approve {gate} --server` pour chacun d'eux, ou donnez-leur des vagues différentes sous "
        "waves.servers dans policy.yaml"
    ),
)
REDIRECT_REFUSED = error(
    "DCP-309",
    exits=(6,),
    en=(
        "{url} redirects to {to}, which is neither in the catalogue nor in clouds.yaml, and nothing was sent there: if "
        "the address is right, add it to clouds.yaml (auth_url, or the service's endpoint_override)"
    ),
    fr=(
        "{url} redirige vers {to}, qui ne figure ni au catalogue ni dans clouds.yaml, et rien n'y a été envoyé : si "
        "cette adresse est la bonne, ajoutez-la à clouds.yaml (auth_url, ou endpoint_override du service)"
    ),
)
LOGIN_FILE_UNREADABLE = error(
    "DCP-310",
    exits=(2,),
    en=(
        "cannot read the credentials file {path} ({why}), and Decamp does not fall back to another one: fix it, or set "
        "OS_CLIENT_CONFIG_FILE to another file"
    ),
    fr=(
        "le fichier d'identifiants {path} est illisible ({why}), et Decamp n'en utilise pas d'autre à sa place : "
        "corrigez-le, ou désignez-en un autre par OS_CLIENT_CONFIG_FILE"
    ),
)
NOT_A_WORKSPACE_FILE = error(
    "DCP-311",
    exits=(2,),
    en=(
        "{path} is {why}, which no workspace file may be, so Decamp neither read nor wrote it: find out who put it "
        "there, delete it or restore an intact copy, then run the same command again"
    ),
    fr=(
        "{path} est {why}, ce qu'aucun fichier d'un espace de travail ne doit être, et Decamp ne l'a ni lu ni écrit : "
        "cherchez qui l'y a mis, supprimez-le ou restaurez une copie intacte, puis relancez la même commande"
    ),
)
NOT_STOPPED_WITHOUT_PASS = error(
    "DCP-312",
    exits=(3,),
    en=(
        "not stopped, as what is done with its disks ahead of the stop is not done ({step}) and it would be down for "
        "much longer: `decamp status` shows the reason; fix it and run again, or set passes.warm to false for it in "
        "policy.yaml and plan again"
    ),
    fr=(
        "n'est pas arrêté, car ce qui se fait d'avance sur ses disques n'est pas fait ({step}) et l'arrêt durerait "
        "bien plus longtemps : `decamp status` donne la raison ; corrigez-la et relancez, ou mettez passes.warm à "
        "false pour lui dans policy.yaml et relancez `decamp plan`"
    ),
)
