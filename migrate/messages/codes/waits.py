"""Errors: where a step stands, and files and addresses that are not used."""

from migrate.messages.codes.registry import error

WAITS_FOR_APPROVAL = error(
    "DCP-301",
    exits=(3,),
    en="waits for the approval of the gate {gate}: read it with `decamp approve`, then `decamp approve {gate}`",
    fr="attend l'approbation {gate} : lisez-la avec `decamp approve`, puis `decamp approve {gate}`",
)
BLOCKED_BY_STEP = error(
    "DCP-302",
    exits=(3,),
    en="blocked by {step}: settle that one first, then run again",
    fr="bloqué par {step} : réglez d'abord cette étape, puis relancez",
)
CLAIM_LOST = error(
    "DCP-303",
    exits=(3,),
    en="another run took {step} over: this one let go of it, and nothing needs to be done",
    fr="une autre exécution a repris {step} : celle-ci l'a laissée, il n'y a rien à faire",
)
WAITS_FOR_WINDOW = error(
    "DCP-304",
    exits=(3,),
    en="waits for the time window of policy.yaml, which opens at {opens_at}: a run that stays goes on by itself",
    fr=(
        "attend la plage horaire de policy.yaml, qui s'ouvre à {opens_at} : une exécution qui reste en marche "
        "reprend d'elle-même"
    ),
)
WAITS_FOR_LOGIN = error(
    "DCP-305",
    exits=(3,),
    en=(
        "waits for {cloud}, which refuses the login for now ({why}): the run tries it again by itself; if the "
        "login itself has changed, correct clouds.yaml, stop the run and start it again"
    ),
    fr=(
        "attend {cloud}, qui refuse la connexion pour l'instant ({why}) : l'exécution réessaie d'elle-même ; si "
        "l'identifiant lui-même a changé, corrigez clouds.yaml, arrêtez l'exécution et relancez-la"
    ),
)
WAITS_FOR_SERVERS_DOWN = error(
    "DCP-306",
    exits=(3,),
    en=(
        "waits until the servers that are down are up again: limits.servers_down in policy.yaml allows {limit} at "
        "once; `decamp status` names them, and a run goes on by itself"
    ),
    fr=(
        "attend que les serveurs arrêtés soient de nouveau en marche : limits.servers_down dans policy.yaml en "
        "autorise {limit} à la fois ; `decamp status` les nomme, et l'exécution continue d'elle-même"
    ),
)
NOT_STOPPED_UNSETTLED = error(
    "DCP-307",
    exits=(3,),
    en=(
        "not stopped, as {servers} cannot come up again before {step} is settled: `decamp status` says why; settle "
        "it and run again, or raise limits.servers_down in policy.yaml and plan again"
    ),
    fr=(
        "n'est pas arrêté, car {servers} ne peut pas redémarrer tant que {step} n'est pas réglé : `decamp status` "
        "dit pourquoi ; réglez-le et relancez, ou augmentez limits.servers_down dans policy.yaml et refaites le "
        "plan"
    ),
)
NOT_STOPPED_SHARED_VOLUMES = error(
    "DCP-308",
    exits=(3,),
    en=(
        "not stopped before {servers} may be too, as they share volumes: read it with `decamp approve`, then "
        "`decamp approve {gate} --server` with each of them"
    ),
    fr=(
        "n'est pas arrêté tant que {servers} ne peut pas l'être aussi, car ils partagent des volumes : lisez-la "
        "avec `decamp approve`, puis `decamp approve {gate} --server` pour chacun d'eux"
    ),
)
REDIRECT_REFUSED = error(
    "DCP-309",
    exits=(6,),
    en=(
        "{url} sends us on to {to}, which neither the catalogue nor clouds.yaml names: nothing was sent there; if "
        "that address is right, write it into clouds.yaml (auth_url, or the service's endpoint_override)"
    ),
    fr=(
        "{url} nous renvoie vers {to}, que ni le catalogue ni clouds.yaml ne nomment : rien n'y a été envoyé ; si "
        "cette adresse est la bonne, inscrivez-la dans clouds.yaml (auth_url, ou endpoint_override du service)"
    ),
)
LOGIN_FILE_UNREADABLE = error(
    "DCP-310",
    exits=(2,),
    en=(
        "the file of logins {path} cannot be read ({why}), and no other one is taken in its place: mend it, or "
        "name another with OS_CLIENT_CONFIG_FILE"
    ),
    fr=(
        "le fichier d'accès {path} est illisible ({why}), et aucun autre n'est pris à sa place : corrigez-le, ou "
        "nommez-en un autre par OS_CLIENT_CONFIG_FILE"
    ),
)
NOT_A_WORKSPACE_FILE = error(
    "DCP-311",
    exits=(2,),
    en=(
        "{path} is {why}, as no file of a workspace is, and was neither read nor written: find out who put it "
        "there, remove it or bring back an intact copy, then run the same command again"
    ),
    fr=(
        "{path} est {why}, ce qu'aucun fichier d'un espace de travail n'est, et n'a été ni lu ni écrit : cherchez "
        "qui l'y a mis, retirez-le ou remettez une copie intacte, puis relancez la même commande"
    ),
)
