"""Findings and errors: health checks of moved servers."""

from migrate.messages.codes.registry import Level, Rule, error, finding

HEALTH_NOT_ACTIVE = error(
    "DCP-540",
    exits=(3,),
    en=(
        "the server {name} is {status} at the target and not ACTIVE (health check active, tries: {tries}): look at it "
        "there, then run again"
    ),
    fr=(
        "le serveur {name} est {status} sur la cible au lieu d'ACTIVE (contrôle active, essais : {tries}) : "
        "examinez-le là-bas, puis relancez"
    ),
)
HEALTH_CONSOLE = error(
    "DCP-541",
    exits=(3,),
    en=(
        "the last {lines} lines of the console of {name} do not match {pattern} (health check console, {seen}, tries: "
        "{tries}): read the console at the target, correct the server or the pattern in policy.yaml, then run again"
    ),
    fr=(
        "les {lines} dernières lignes de la console de {name} ne correspondent pas à {pattern} (contrôle console, "
        "{seen}, essais : {tries}) : lisez la console sur la cible, corrigez le serveur ou le motif dans policy.yaml, "
        "puis relancez"
    ),
)
HEALTH_NO_PING = error(
    "DCP-542",
    exits=(3,),
    en=(
        "{name} does not answer at {address} (health check ping, tries: {tries}): check its security groups and the "
        "route from this machine, then run again"
    ),
    fr=(
        "{name} ne répond pas à l'adresse {address} (contrôle ping, essais : {tries}) : vérifiez ses groupes de "
        "sécurité et la route depuis cette machine, puis relancez"
    ),
)
HEALTH_PORT = error(
    "DCP-543",
    exits=(3,),
    en=(
        "{name} accepts no connection at {address}, port {port} (health check tcp, {seen}, tries: {tries}): check the "
        "service, its security groups and the route from this machine, then run again"
    ),
    fr=(
        "{name} n'accepte pas de connexion sur {address}, port {port} (contrôle tcp, {seen}, essais : {tries}) : "
        "vérifiez le service, ses groupes de sécurité et la route depuis cette machine, puis relancez"
    ),
)
HEALTH_NO_ANSWER = error(
    "DCP-544",
    exits=(3,),
    en=(
        "{name} does not answer {url} at {address} (health check {check}, {seen}, tries: {tries}): check the service, "
        "its security groups and the route from this machine, then run again"
    ),
    fr=(
        "{name} ne répond pas à {url} à l'adresse {address} (contrôle {check}, {seen}, essais : {tries}) : vérifiez le "
        "service, ses groupes de sécurité et la route depuis cette machine, puis relancez"
    ),
)
HEALTH_CERTIFICATE = error(
    "DCP-545",
    exits=(3,),
    en=(
        "the certificate of {name} for {url} at {address} is not trusted here (health check https, {why}, tries: "
        "{tries}): renew it, or set host to the name that it is for; `verify: false` accepts any certificate"
    ),
    fr=(
        "le certificat de {name} pour {url} à l'adresse {address} n'est pas reconnu ici (contrôle https, {why}, essais "
        ": {tries}) : renouvelez-le, ou indiquez dans host le nom qu'il porte ; `verify: false` accepte tout certificat"
    ),
)
HEALTH_STATUS = error(
    "DCP-546",
    exits=(3,),
    en=(
        "{name} answers {url} at {address} with status {status} and not {wanted} (health check {check}, tries: "
        "{tries}; no redirect is followed): check the service, or status in policy.yaml, then run again"
    ),
    fr=(
        "{name} répond à {url} à l'adresse {address} par le statut {status} au lieu de {wanted} (contrôle {check}, "
        "essais : {tries} ; aucune redirection n'est suivie) : vérifiez le service, ou status dans policy.yaml, puis "
        "relancez"
    ),
)
HEALTH_TEXT = error(
    "DCP-547",
    exits=(3,),
    en=(
        "the answer of {name} to {url} at {address} does not contain {text} (health check {check}, {seen}, tries: "
        "{tries}): check the service, or text in policy.yaml, then run again"
    ),
    fr=(
        "la réponse de {name} à {url} à l'adresse {address} ne contient pas {text} (contrôle {check}, {seen}, essais : "
        "{tries}) : vérifiez le service, ou text dans policy.yaml, puis relancez"
    ),
)
HEALTH_COMMAND = error(
    "DCP-548",
    exits=(3,),
    en=(
        "{command}, run for {name}, exited with {status} (health check command, tries: {tries}, last output: {output}; "
        "all of it: private/program-output.log): correct what it complains of, then run again"
    ),
    fr=(
        "la commande {command}, lancée pour {name}, s'est terminée par {status} (contrôle command, essais : {tries}, "
        "dernière sortie : {output} ; en entier : private/program-output.log) : corrigez ce qu'elle signale, puis "
        "relancez"
    ),
)
HEALTH_COMMAND_SLOW = error(
    "DCP-549",
    exits=(3,),
    en=(
        "{command}, run for {name}, did not finish within {seconds} s and was killed (health check command, tries: "
        "{tries}, last output: {output}; all of it: private/program-output.log): correct it, or raise timeout in "
        "policy.yaml, then run again"
    ),
    fr=(
        "la commande {command}, lancée pour {name}, n'était pas terminée au bout de {seconds} s et a été interrompue "
        "(contrôle command, essais : {tries}, dernière sortie : {output} ; en entier : private/program-output.log) : "
        "corrigez-la, ou augmentez timeout dans policy.yaml, puis relancez"
    ),
)
HEALTH_CANNOT_RUN = error(
    "DCP-550",
    exits=(3,),
    en=(
        "{command} cannot be started on this machine for {name} (health check {check}, {why}): install it, or correct "
        "the check in policy.yaml, then run again"
    ),
    fr=(
        "{command} ne peut pas être lancé sur cette machine pour {name} (contrôle {check}, {why}) : installez-le, ou "
        "corrigez le contrôle dans policy.yaml, puis relancez"
    ),
)
HEALTH_ADDRESS_GONE = error(
    "DCP-551",
    exits=(3,),
    en=(
        "{name} has no address {address} at the target (health check {check}, tries: {tries}): restore it there, or "
        "correct the check in policy.yaml and plan again"
    ),
    fr=(
        "{name} n'a pas d'adresse {address} sur la cible (contrôle {check}, essais : {tries}) : rétablissez-la, ou "
        "corrigez le contrôle dans policy.yaml et relancez `decamp plan`"
    ),
)
HEALTH_ADDRESS_MISSING = finding(
    "DCP-930",
    Level.BLOCKS,
    facts=("check", "address"),
    rules=Rule.OF_TARGET,
    meaning="a health check asks an address that the server will not have",
    en=(
        "its health check {check} asks the address {address}, which it will not have at the target: choose another "
        "address in servers.health, or remove the check"
    ),
    fr=(
        "son contrôle {check} interroge l'adresse {address}, qu'il n'aura pas sur la cible : choisissez une autre "
        "adresse dans servers.health, ou retirez ce contrôle"
    ),
)
HEALTH_PROGRAM_MISSING = finding(
    "DCP-931",
    Level.BLOCKS,
    facts=("program",),
    rules=Rule.OF_TARGET,
    meaning="a health check needs a program that this machine does not have",
    en="its health checks need {program}, which this machine does not have: install it, or change servers.health",
    fr="ses contrôles ont besoin de {program}, absent de cette machine : installez-le, ou modifiez servers.health",
)
HEALTH_FIXED_ADDRESS = finding(
    "DCP-932",
    Level.ADVICE,
    facts=("address", "network"),
    meaning="a health check asks a fixed address, which not every machine reaches",
    en=(
        "its health checks ask its fixed address on {network} ({address} at the source), from the machine that runs "
        "Decamp: that machine needs a route into this network at the target, and none to the same address at the source"
    ),
    fr=(
        "ses contrôles interrogent son adresse fixe sur {network} ({address} à la source), depuis la machine qui "
        "exécute Decamp : cette machine doit avoir une route vers ce réseau sur la cible, et aucune vers la même "
        "adresse à la source"
    ),
)
HEALTH_CHECKS_UNUSED = finding(
    "DCP-933",
    Level.ADVICE,
    meaning="the policy checks a server that does not move",
    en="its health checks are not run, because it is not created at the target",
    fr="ses contrôles ne sont pas exécutés, car il n'est pas créé sur la cible",
)
HOOK_PROGRAM_MISSING = finding(
    "DCP-934",
    Level.BLOCKS,
    facts=("program",),
    meaning="a program that must run before the server's stop is missing on this machine",
    en=(
        "{program}, which must run before it is stopped, is missing on this machine or cannot be executed: install it, "
        "or change servers.before_stop in policy.yaml"
    ),
    fr=(
        "{program}, qui doit s'exécuter avant son arrêt, est absent de cette machine ou n'est pas exécutable : "
        "installez-le, ou modifiez servers.before_stop dans policy.yaml"
    ),
)
HOOK_FAILED = error(
    "DCP-552",
    exits=(3,),
    en=(
        "{name} is not stopped, because {command} exited with {status} before its stop, its last output: {output} (all "
        "of it: private/program-output.log): fix the cause, then run again"
    ),
    fr=(
        "{name} n'est pas arrêté, car {command} s'est terminé avec le statut {status} avant son arrêt, dernière sortie "
        ": {output} (en entier : private/program-output.log) ; corrigez la cause, puis relancez"
    ),
)
HOOK_SLOW = error(
    "DCP-553",
    exits=(3,),
    en=(
        "{name} is not stopped, because {command} did not finish within {seconds} s before its stop, its last output: "
        "{output} (all of it: private/program-output.log): fix the cause or raise servers.before_stop_timeout in "
        "policy.yaml, then run again"
    ),
    fr=(
        "{name} n'est pas arrêté, car {command} n'a pas fini en {seconds} s avant son arrêt, dernière sortie : "
        "{output} (en entier : private/program-output.log) ; corrigez la cause ou augmentez "
        "servers.before_stop_timeout dans policy.yaml, puis relancez"
    ),
)
HOOK_CANNOT_RUN = error(
    "DCP-554",
    exits=(3,),
    en="{name} is not stopped, because {command} cannot be started ({why}): fix it, then run again",
    fr="{name} n'est pas arrêté, car {command} ne peut pas être lancé ({why}) : corrigez-le, puis relancez",
)
HOOK_AFTER_MISSING = finding(
    "DCP-960",
    Level.BLOCKS,
    facts=("program", "key"),
    rules=Rule.OF_TARGET,
    meaning="a program that must run after the server's cut-over or rollback is missing on this machine",
    en=(
        "{program}, which servers.{key} in policy.yaml runs for it, is missing on this machine or cannot be executed: "
        "install it, or change that line"
    ),
    fr=(
        "{program}, que servers.{key} dans policy.yaml lance pour lui, est absent de cette machine ou n'est pas "
        "exécutable : installez-le, ou modifiez cette ligne"
    ),
)
HOOK_AFTER_FAILED = error(
    "DCP-957",
    exits=(3,),
    en=(
        "{name} is up, but {command} (servers.{key}) exited with {status}, its last output: {output} (all of it: "
        "private/program-output.log): fix the cause, then give the same command again"
    ),
    fr=(
        "{name} fonctionne, mais {command} (servers.{key}) s'est terminé avec le statut {status}, dernière sortie : "
        "{output} (en entier : private/program-output.log) ; corrigez la cause, puis relancez la même commande"
    ),
)
HOOK_AFTER_SLOW = error(
    "DCP-958",
    exits=(3,),
    en=(
        "{name} is up, but {command} (servers.{key}) did not finish within {seconds} s, its last output: {output} (all "
        "of it: private/program-output.log): fix the cause or raise servers.{key}_timeout in policy.yaml, then give "
        "the same command again"
    ),
    fr=(
        "{name} fonctionne, mais {command} (servers.{key}) n'a pas fini en {seconds} s, dernière sortie : {output} (en "
        "entier : private/program-output.log) ; corrigez la cause ou augmentez servers.{key}_timeout dans policy.yaml, "
        "puis relancez la même commande"
    ),
)
HOOK_AFTER_CANNOT_RUN = error(
    "DCP-959",
    exits=(3,),
    en=("{name} is up, but {command} (servers.{key}) cannot be started ({why}): fix it, then give this command again"),
    fr=(
        "{name} fonctionne, mais {command} (servers.{key}) ne peut pas être lancé ({why}) : corrigez-le, puis relancez "
        "la même commande"
    ),
)
HOOK_AFTER_LATE = error(
    "DCP-964",
    en=(
        "{name} was up at the target before this plan, so its programs (servers.after_up) are not run: run them "
        "yourself if they are still wanted"
    ),
    fr=(
        "{name} fonctionnait sur la cible avant ce plan, donc ses programmes (servers.after_up) ne sont pas lancés : "
        "lancez-les vous-même s'ils sont encore utiles"
    ),
)
