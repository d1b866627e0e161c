"""Errors and remarks: rollbacks of waves, and acceptance."""

from migrate.messages.codes.registry import error

WAVE_ROLLING_BACK = error(
    "DCP-560",
    exits=(3,),
    en="not begun, as the wave {wave} is being rolled back: finish that first with `decamp rollback WAVE --execute`",
    fr=(
        "n'a pas commencé, car la vague {wave} est en cours de retour arrière : terminez-le d'abord avec `decamp "
        "rollback VAGUE --execute`"
    ),
)
WAVE_ROLLED_BACK = error(
    "DCP-561",
    exits=(3,),
    en=(
        "not begun, as the wave {wave} was rolled back at {at} and this plan does not replace what is parked at the "
        "target: to cut it over again, run `decamp scan`, `decamp plan` and `decamp approve` first"
    ),
    fr=(
        "n'a pas commencé, car la vague {wave} est revenue en arrière le {at} et ce plan ne remplace pas ce qui est "
        "mis de côté sur la cible : pour la basculer de nouveau, lancez d'abord `decamp scan`, `decamp plan` et "
        "`decamp approve`"
    ),
)
ROLLBACK_NOT_APPROVED = error(
    "DCP-562",
    exits=(3,),
    en=(
        "nobody has approved the rollback of the wave {wave}: run `decamp rollback WAVE` without --execute to see what "
        "is lost, then with --execute --who NAME"
    ),
    fr=(
        "personne n'a approuvé le retour arrière de la vague {wave} : lancez `decamp rollback VAGUE` sans --execute "
        "pour voir ce qui est perdu, puis avec --execute --who NOM"
    ),
)
NOTHING_TO_ROLL_BACK = error(
    "DCP-563",
    exits=(2,),
    en="no server of the wave {wave} was stopped by Decamp, so there is nothing to roll back",
    fr="Decamp n'a arrêté aucun serveur de la vague {wave} : il n'y a rien à ramener en arrière",
)
WAVE_ACCEPTED = error(
    "DCP-564",
    exits=(3, 5),
    en=(
        "{who} accepted the wave {wave} at {at}: what is at the target is the customer's, and Decamp neither rolls it "
        "back nor replaces it"
    ),
    fr=(
        "{who} a accepté la vague {wave} le {at} : ce qui est sur la cible appartient au client, et Decamp ne le "
        "ramène pas en arrière ni ne le remplace"
    ),
)
NOT_OUR_STOP = error(
    "DCP-565",
    exits=(5,),
    en=(
        "the server {server} at the source is not as Decamp's stop left it ({what}), so Decamp does not start it: find "
        "out who changed it, start it there yourself if it should run, then run the same command again"
    ),
    fr=(
        "le serveur {server} de la source n'est plus tel que l'arrêt par Decamp l'a laissé ({what}), et Decamp ne le "
        "démarre pas : cherchez qui l'a changé, démarrez-le vous-même s'il doit fonctionner, puis relancez la même "
        "commande"
    ),
)
STEP_UNDER_WAY = error(
    "DCP-566",
    exits=(3,),
    en=(
        "another process is working on the wave {wave} ({step}): stop it or wait until it has ended, then run the same "
        "command again"
    ),
    fr=(
        "un autre processus travaille sur la vague {wave} ({step}) : arrêtez-le ou attendez sa fin, puis relancez la "
        "même commande"
    ),
)
WAVE_NOT_UP = error(
    "DCP-945",
    exits=(2,),
    en=(
        "the wave {wave} cannot be accepted, as not all its servers are up at the target: `decamp status` shows where "
        "it stands"
    ),
    fr=(
        "la vague {wave} ne peut pas être acceptée, car ses serveurs ne sont pas tous en marche sur la cible : `decamp "
        "status` montre où elle en est"
    ),
)
NOT_TO_BE_STOPPED = error(
    "DCP-946",
    exits=(5,),
    en=(
        "the server {server} at the target ({id}) is {status}, so it cannot be shut down cleanly: resume it there, or "
        "wait until its task has ended, then run the same command again"
    ),
    fr=(
        "le serveur {server} de la cible ({id}) est {status} et ne peut pas s'arrêter proprement : réveillez-le sur la "
        "cible ou attendez la fin de sa tâche, puis relancez la même commande"
    ),
)
RUNS_AT_SOURCE_AGAIN = error(
    "DCP-947",
    en="its wave was rolled back: it runs at the source again, and what is at the target is parked",
    fr="sa vague est revenue en arrière : il fonctionne de nouveau sur la source, et ce qui est sur la cible "
    "est mis de côté",
)
