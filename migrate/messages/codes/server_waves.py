"""Findings and errors: waves of servers that are stopped and cut over together."""

from migrate.messages.codes.registry import Level, error, finding

WAVE_TOGETHER = finding(
    "DCP-920",
    Level.CHANGES,
    facts=("servers", "tie", "what", "wave"),
    meaning="servers are stopped together, as they share an address, a server group or a network without a router",
    en=(
        "{servers} are stopped together, as the wave {wave}, because they share {tie} ({what}): to move them one by "
        "one, name a wave for each under waves.servers in policy.yaml"
    ),
    fr=(
        "{servers} sont arrêtés ensemble, dans la vague {wave}, car ils partagent {tie} ({what}) : pour les déplacer "
        "un par un, nommez une vague pour chacun sous waves.servers dans policy.yaml"
    ),
)
WAVE_SPLITS_TIE = finding(
    "DCP-921",
    Level.CHANGES,
    facts=("waves", "tie", "what"),
    meaning="the policy puts servers that share an address, a server group or a network into different waves",
    en=(
        "policy.yaml puts servers that share {tie} ({what}) into different waves ({waves}): they cannot use it "
        "together until the last of them is at the target. Give them one wave under waves.servers if they need it"
    ),
    fr=(
        "policy.yaml met dans des vagues différentes ({waves}) des serveurs qui partagent {tie} ({what}) : ils ne "
        "pourront pas s'en servir ensemble tant que le dernier n'est pas sur la cible. Donnez-leur la même vague sous "
        "waves.servers s'ils en ont besoin"
    ),
)
WAVES_SHARE_VOLUME = finding(
    "DCP-922",
    Level.BLOCKS,
    facts=("waves",),
    meaning="the policy puts servers that share a volume into different waves",
    en=(
        "servers of different waves ({waves}) share this volume, which can only be captured while all of them are "
        "stopped: give them one wave under waves.servers in policy.yaml"
    ),
    fr=(
        "des serveurs de vagues différentes ({waves}) partagent ce volume, qui ne peut être capturé que lorsqu'ils "
        "sont tous arrêtés : donnez-leur la même vague sous waves.servers dans policy.yaml"
    ),
)
WAVE_LINES_DISAGREE = finding(
    "DCP-923",
    Level.BLOCKS,
    facts=("lines",),
    meaning="patterns under waves.servers put the server into different waves",
    en=(
        "{lines} under waves.servers in policy.yaml put this server into different waves: add a line for the server "
        "itself"
    ),
    fr=(
        "{lines}, sous waves.servers dans policy.yaml, mettent ce serveur dans des vagues différentes : ajoutez une "
        "ligne pour ce serveur"
    ),
)
WAVE_WITHOUT_STOP = finding(
    "DCP-924",
    Level.ADVICE,
    facts=("wave",),
    meaning="the policy names a wave for a server that is not stopped",
    en=(
        "policy.yaml puts this server into the wave {wave}, but it is not stopped for its move, so no wave waits for "
        "it: remove its line, or set servers.consistency to stopped if it must be stopped with the others"
    ),
    fr=(
        "policy.yaml met ce serveur dans la vague {wave}, mais il n'est pas arrêté pour son déplacement, et aucune "
        "vague ne l'attend : retirez sa ligne, ou mettez servers.consistency à stopped s'il doit s'arrêter avec les "
        "autres"
    ),
)
WAVE_EMPTY = finding(
    "DCP-928",
    Level.BLOCKS,
    facts=("wave",),
    meaning="the policy orders a wave, or gives it a window, that no server at the source belongs to",
    en=(
        "the wave {wave} has an order or a window in policy.yaml, but no server at the source belongs to it: correct "
        "its line under waves.servers, or remove it from waves.order and waves.windows"
    ),
    fr=(
        "la vague {wave} a un ordre ou une plage horaire dans policy.yaml, mais aucun serveur de la source n'en fait "
        "partie : corrigez sa ligne sous waves.servers, ou retirez-la de waves.order et de waves.windows"
    ),
)
WAITS_FOR_WAVE_WINDOW = error(
    "DCP-925",
    exits=(3,),
    en=(
        "the wave {wave} waits for its window in policy.yaml, which opens at {opens_at}: leave the run active and it "
        "resumes by itself"
    ),
    fr=(
        "la vague {wave} attend sa plage horaire de policy.yaml, qui s'ouvre à {opens_at} : laissez l'exécution "
        "active, elle reprend d'elle-même"
    ),
)
WAVE_UNKNOWN = error(
    "DCP-926",
    exits=(2,),
    en="the plan has no wave {wave}{nearest:near} (it has: {known}): run `decamp plan` to list them",
    fr="le plan n'a pas de vague {wave}{nearest:near} (il a : {known}) : lancez `decamp plan` pour les lister",
)
NOT_STOPPED_PART_OF_WAVE = error(
    "DCP-927",
    exits=(3,),
    en=(
        "not stopped, as {servers} of the same wave {wave} is not part of this run: run without --only, or name all "
        "servers of the wave"
    ),
    fr=(
        "n'est pas arrêté, car {servers}, de la même vague {wave}, ne fait pas partie de cette exécution : lancez-la "
        "sans --only, ou nommez tous les serveurs de la vague"
    ),
)
NOT_STOPPED_PLANNED_AGAIN = error(
    "DCP-929",
    exits=(3,),
    en="not stopped, as the plan was made again since this run began: start the run again",
    fr="n'est pas arrêté, car le plan a été refait depuis le début de cette exécution : relancez-la",
)
WAVE_OR_SERVER_UNKNOWN = error(
    "DCP-940",
    exits=(2,),
    en=(
        "the plan has no wave and stops no server named {named}{nearest:near} (its waves: {known}): run `decamp plan` "
        "to list them"
    ),
    fr=(
        "le plan n'a pas de vague {named} et n'arrête aucun serveur de ce nom{nearest:near} (ses vagues : {known}) : "
        "lancez `decamp plan` pour les lister"
    ),
)
SERVER_OF_SEVERAL_WAVES = error(
    "DCP-941",
    exits=(2,),
    en="servers of several waves are named {named}: name one of the waves ({known}), or give the server's id",
    fr=(
        "des serveurs de plusieurs vagues s'appellent {named} : nommez l'une des vagues ({known}), ou donnez "
        "l'identifiant du serveur"
    ),
)
WAVE_PAUSED = error(
    "DCP-574",
    exits=(3,),
    en="the wave {wave} is paused ({who}, {at}): continue it with `decamp cut-over {wave} --resume`",
    fr="la vague {wave} est en pause ({who}, {at}) : reprenez-la par `decamp cut-over {wave} --resume`",
)
WAVE_POSTPONED = error(
    "DCP-575",
    exits=(3,),
    en=(
        "the wave {wave} is postponed until {until}: leave the run active and it resumes by itself, or continue now "
        "with `decamp cut-over {wave} --resume`"
    ),
    fr=(
        "la vague {wave} est reportée à {until} : laissez l'exécution active, elle reprend d'elle-même, ou continuez "
        "maintenant par `decamp cut-over {wave} --resume`"
    ),
)
WAVE_GOES_BACK = error(
    "DCP-576",
    exits=(3,),
    en=(
        "the cut-over of {wave} failed, and its servers start at the source again, as cut_over.on_failure in "
        "policy.yaml says: fix the cause, then scan, plan and approve again"
    ),
    fr=(
        "la bascule de {wave} a échoué, et ses serveurs redémarrent sur la source, comme le veut cut_over.on_failure "
        "dans policy.yaml : corrigez la cause, puis relancez `decamp scan`, `decamp plan` et approuvez de nouveau"
    ),
)
CUT_OVER_NOT_APPROVED = error(
    "DCP-577",
    exits=(2,),
    en=(
        "{wave} is not cut over, as nobody has approved the stop of {servers}: run `decamp approve cut-over --wave "
        "{named}` first"
    ),
    fr=(
        "la bascule de {wave} n'a pas lieu, car personne n'a approuvé l'arrêt de {servers} : lancez d'abord `decamp "
        "approve cut-over --wave {named}`"
    ),
)
CUT_OVER_TOO_LONG = error(
    "DCP-578",
    exits=(2,),
    en=(
        "{wave} is not cut over, as its downtime will be about {expected}, which is more than its budget of {budget}: "
        "change cut_over.budget in policy.yaml, or begin with --anyway"
    ),
    fr=(
        "la bascule de {wave} n'a pas lieu, car son interruption durera environ {expected}, plus que son budget de "
        "{budget} : changez cut_over.budget dans policy.yaml, ou commencez avec --anyway"
    ),
)
WAVE_CONTAINER_UNKNOWN = finding(
    "DCP-961",
    Level.BLOCKS,
    facts=("line", "wave", "missing"),
    meaning="a line under waves.containers names a container or a wave that does not exist",
    en=("{line}: {wave} under waves.containers in policy.yaml names {missing}: correct the line, or remove it"),
    fr="{line} : {wave}, sous waves.containers dans policy.yaml, désigne {missing} : corrigez la ligne, ou retirez-la",
)
WAVE_CONTAINER_LINES_DISAGREE = finding(
    "DCP-962",
    Level.BLOCKS,
    facts=("lines",),
    meaning="patterns under waves.containers put the container into different waves",
    en=(
        "{lines} under waves.containers in policy.yaml put this container into different waves: add a line for the "
        "container itself"
    ),
    fr=(
        "{lines}, sous waves.containers dans policy.yaml, mettent ce conteneur dans des vagues différentes : ajoutez "
        "une ligne pour ce conteneur"
    ),
)
WAVE_CONTAINER_WRITABLE = finding(
    "DCP-963",
    Level.ADVICE,
    facts=("wave", "value", "command"),
    meaning="others may write to a container of a wave, and what they write after its last pass does not move",
    en=(
        "others may write to it ({value}), and what they write after its last pass in the wave {wave} does not move: "
        "before the cut-over, take that right from them at the source with {command}; the target's container keeps it "
        "as scanned"
    ),
    fr=(
        "d'autres peuvent y écrire ({value}), et ce qu'ils écrivent après sa dernière passe dans la vague {wave} n'est "
        "pas déplacé : avant la bascule, retirez-leur ce droit à la source par {command} ; le conteneur de la cible le "
        "garde tel que le scan l'a vu"
    ),
)
WAVE_NOT_IN_PLAN = error(
    "DCP-579",
    exits=(2,),
    en="the plan has no step of the wave {wave} any more, so nothing is to be cut over: see `decamp status`",
    fr=("le plan n'a plus d'étape de la vague {wave}, il n'y a donc rien à basculer : voir `decamp status`"),
)
NOT_STOPPED_OTHER_WENT_BACK = error(
    "DCP-942",
    exits=(3,),
    en=(
        "not stopped, as the cut-over of {wave} failed in this run and went back: fix the cause, which may concern "
        "every server, then run again"
    ),
    fr=(
        "n'est pas arrêté, car la bascule de {wave} a échoué pendant cette exécution et est revenue en arrière : "
        "corrigez la cause, qui peut toucher tous les serveurs, puis relancez"
    ),
)
