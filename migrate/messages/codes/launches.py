"""Findings, errors and reasons to wait: test launches."""

from migrate.messages.codes.registry import Level, error, finding

WAITS_FOR_LAUNCH_REMOVED = error(
    "DCP-567",
    exits=(3,),
    en=(
        "not stopped, because what the test launch of {name} made takes room at the target that the move needs: once "
        "the launch has ended, remove it with `{command}`"
    ),
    fr=(
        "n'est pas arrêté, car ce que le lancement d'essai de {name} a créé occupe sur la cible une place dont le "
        "déplacement a besoin : une fois le lancement terminé, supprimez-le avec `{command}`"
    ),
)
LAUNCH_NO_PASS = error(
    "DCP-568",
    exits=(2,),
    en="disks of {servers} have no complete capture in the store yet: run `{command}` first",
    fr="des disques de {servers} n'ont pas encore de capture complète dans le dépôt : lancez d'abord `{command}`",
)
LAUNCH_NO_ROOM = error(
    "DCP-569",
    exits=(3,),
    en=(
        "the target's quotas have no room for a test launch of {name} beside what is there ({what}): raise them, or "
        "launch a smaller wave. Nothing was made"
    ),
    fr=(
        "les quotas de la cible ne permettent pas un lancement d'essai de {name} en plus de ce qui s'y trouve ({what}) "
        ": augmentez-les, ou lancez une vague plus petite. Rien n'a été créé"
    ),
)
LAUNCH_UNDER_WAY = error(
    "DCP-570",
    exits=(5,),
    en="a test launch of {name} is under way: wait until it has ended, as there is only one at a time",
    fr="un lancement d'essai de {name} est en cours : attendez sa fin, car il n'y en a qu'un à la fois",
)
LAUNCH_NONE = error(
    "DCP-571",
    exits=(2,),
    en="there is nothing of a test launch at the target",
    fr="il n'y a rien d'un lancement d'essai sur la cible",
)
WAITS_FOR_TEST_LAUNCH = error(
    "DCP-572",
    exits=(3,),
    en=(
        "not stopped, as the policy requires a test launch of {servers} that passed, as planned now: run `decamp "
        "test-launch {wave} --execute`"
    ),
    fr=(
        "n'est pas arrêté, car la politique exige un lancement d'essai réussi de {servers}, selon le plan actuel : "
        "lancez `decamp test-launch {wave} --execute`"
    ),
)
LAUNCH_KEPT = error(
    "DCP-573",
    exits=(5,),
    en="the test launch of {name} is kept until {until}: `{command}` removes it",
    fr="le lancement d'essai de {name} est conservé jusqu'à {until} : `{command}` le supprime",
)
LAUNCH_WHILE_DOWN = error(
    "DCP-949",
    exits=(5,),
    en=(
        "no test launch while servers are down ({waves}), because they need the room at the target: bring them up with "
        "`decamp run --execute`, or back with `decamp rollback WAVE`, then launch"
    ),
    fr=(
        "pas de lancement d'essai tant que des serveurs sont arrêtés ({waves}), car ils ont besoin de la place sur la "
        "cible : remettez-les en service avec `decamp run --execute`, ou à la source avec `decamp rollback VAGUE`, "
        "puis relancez"
    ),
)
PRUNE_LAUNCH_RUNNING = error(
    "DCP-581",
    exits=(5,),
    en="a test launch of {name} reads from the store: prune it when that launch has ended",
    fr="un lancement d'essai de {name} lit dans le dépôt : nettoyez-le quand ce lancement sera fini",
)
LAUNCH_OF_NOTHING = error(
    "DCP-580",
    exits=(2,),
    en=(
        "there is nothing to launch of {name}, as the plan makes none of its servers at the target (can be launched: "
        "{known})"
    ),
    fr=(
        "il n'y a rien à lancer de {name}, car le plan ne crée aucun de ses serveurs sur la cible (peuvent être lancés "
        ": {known})"
    ),
)
LAUNCH_WITHOUT_PASS = finding(
    "DCP-948",
    Level.ADVICE,
    meaning="the policy requires a test launch before the stop, and no disk is read before it",
    en=(
        "it is not stopped before a test launch has passed (cut_over.test_launch), which needs its disks in the store, "
        "but they are only read after its stop: set passes.warm for it, or make the test launch optional"
    ),
    fr=(
        "il n'est pas arrêté avant un lancement d'essai réussi (cut_over.test_launch), qui a besoin de ses disques "
        "dans le dépôt, mais ils ne sont lus qu'après son arrêt : activez passes.warm pour lui, ou rendez le "
        "lancement d'essai facultatif"
    ),
)
