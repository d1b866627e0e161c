"""Findings: the migration as a whole, and what is left out."""

from migrate.messages.codes.registry import Level, Rule, finding

DEADLINE_PASSED = finding(
    "DCP-601",
    Level.BLOCKS,
    facts=("deadline", "taken_at"),
    meaning="the deadline had passed when the source was scanned",
    en="the deadline {deadline} had passed when the source was scanned ({taken_at}): correct it in policy.yaml",
    fr="l'échéance {deadline} était passée au relevé de la source ({taken_at}) : corrigez-la dans policy.yaml",
)
TARGET_QUOTA_SHORT = finding(
    "DCP-602",
    Level.BLOCKS,
    facts=("resource", "need", "limit", "used", "short"),
    rules=Rule.OF_TARGET,
    meaning="a quota of the target is too small for what is to be made",
    en=(
        "the target's quota {resource} is too small: {need} needed, {used} of {limit} used, {short} short; ask the "
        "target for more, or skip something in policy.yaml"
    ),
    fr=(
        "le quota {resource} de la cible est trop petit : il faut {need}, {used} sur {limit} sont pris, il manque "
        "{short} ; faites-le augmenter, ou écartez quelque chose dans policy.yaml"
    ),
)
SOURCE_QUOTA_SHORT = finding(
    "DCP-603",
    Level.BLOCKS,
    facts=("resource", "need", "limit", "used", "short"),
    meaning="a quota of the source leaves no room for the temporaries of even the largest disk",
    en=(
        "the source's quota {resource} leaves no room to copy even the largest disk: {need} needed, {used} of "
        "{limit} used, {short} short; free some, or ask the source for more"
    ),
    fr=(
        "le quota {resource} de la source ne laisse pas la place de copier ne serait-ce que le plus grand disque : "
        "il faut {need}, {used} sur {limit} sont pris, il manque {short} ; libérez de la place ou faites-le "
        "augmenter"
    ),
)
SOURCE_QUOTA_TIGHT = finding(
    "DCP-604",
    Level.ADVICE,
    facts=("resource", "need", "limit", "used", "disks"),
    meaning="the source has room for fewer captures at once than the policy allows",
    en=(
        "the source's quota {resource} ({used} of {limit} used, {need} wanted) has room for {disks} captures at "
        "once: lower limits.disks in policy.yaml"
    ),
    fr=(
        "le quota {resource} de la source ({used} sur {limit} pris, {need} voulus) permet {disks} captures à la "
        "fois : baissez limits.disks dans policy.yaml"
    ),
)
TARGET_QUOTA_TIGHT = finding(
    "DCP-605",
    Level.ADVICE,
    facts=("resource", "need", "limit", "used", "disks"),
    meaning="with its temporaries the work comes close to a quota of the target: fewer temporary copies at once",
    en=(
        "the target's quota {resource} ({used} of {limit} used, {need} needed) has room for {disks} temporary "
        "copies at once, through which volumes are restored or read back: lower limits.target in policy.yaml, or "
        "ask for more"
    ),
    fr=(
        "le quota {resource} de la cible ({used} sur {limit} pris, {need} nécessaires) a de la place pour {disks} "
        "copies temporaires à la fois, par lesquelles les volumes sont restaurés ou relus : baissez limits.target "
        "dans policy.yaml, ou faites-le augmenter"
    ),
)
USER_DATA_UNKNOWN = finding(
    "DCP-606",
    Level.ADVICE,
    facts=("servers",),
    meaning="the user data of some servers is not known: no cloud shows it to a member; its owner is asked for it",
    en=(
        "the user data of some servers is not known, as no cloud shows it to a member (servers: {servers}): ask "
        "their owner, and if it must be kept, name it under servers.user_data_files in policy.yaml, then scan again"
    ),
    fr=(
        "les données utilisateur (user data) de certains serveurs ne sont pas connues, car aucun cloud ne les "
        "montre à un membre (serveurs : {servers}) : demandez-les à leur propriétaire, et s'il faut les garder, "
        "indiquez-les sous servers.user_data_files dans policy.yaml, puis refaites le relevé"
    ),
)
SELECTOR_UNMATCHED = finding(
    "DCP-607",
    Level.ADVICE,
    facts=("selector", "list"),
    meaning="a selector, a name or a code of the policy fits nothing",
    en="{selector} under {list} in policy.yaml fits nothing: correct its spelling or take it out",
    fr="{selector}, dans la liste {list} de policy.yaml, ne désigne rien : corrigez l'orthographe ou retirez-le",
)
TOKEN_ENDS_EARLY = finding(
    "DCP-608",
    Level.BLOCKS,
    facts=("cloud", "ends_at"),
    meaning="the login is a token that cannot renew itself, and ends before the work does",
    en=(
        "the login at {cloud} is a token that ends at {ends_at} and cannot renew itself, which is before the work "
        "ends: use a password or an application credential in clouds.yaml"
    ),
    fr=(
        "la connexion à {cloud} est un jeton qui expire le {ends_at} sans pouvoir être renouvelé, donc avant la "
        "fin du travail : utilisez un mot de passe ou un identifiant d'application (application credential) dans "
        "clouds.yaml"
    ),
)
UNPROVEN_FEATURE = finding(
    "DCP-609",
    Level.ADVICE,
    facts=("what", "proof", "items"),
    meaning="the plan relies on something that is not proven on real services",
    en=(
        "the plan relies on something that is {proof}: {what} (items: {items}); move one of them first and verify "
        "it before the rest"
    ),
    fr=(
        "le plan repose sur un point {proof} : {what} (éléments : {items}) ; déplacez-en d'abord un seul et "
        "vérifiez-le avant les autres"
    ),
)
SKIPPED_BY_POLICY = finding(
    "DCP-670",
    Level.LOSES,
    facts=("selector",),
    rules=Rule.LEAVES_OUT,
    meaning="the policy skips it",
    en="policy.yaml skips it ({selector})",
    fr="policy.yaml l'écarte ({selector})",
)
DEPENDENCY_LEFT_OUT = finding(
    "DCP-671",
    Level.LOSES,
    facts=("because",),
    rules=Rule.LEAVES_OUT,
    meaning="something that it needs is left out",
    en="something that it needs is left out ({because}): settle that one first",
    fr="quelque chose dont il a besoin est laissé de côté ({because}) : réglez d'abord ce point",
)
CAPTURED_ONLY = finding(
    "DCP-672",
    Level.ADVICE,
    meaning="its disk is captured and kept in the store, though it does not move as things are",
    en=(
        "it does not move as things are, so its disk is captured and kept in the store alone: settle what keeps "
        "it, or skip it in policy.yaml if nobody needs it"
    ),
    fr=(
        "cet élément n'est pas déplacé en l'état : son disque est seulement capturé et gardé dans le dépôt ; "
        "réglez ce qui le retient, ou écartez-le dans policy.yaml si personne n'en a besoin"
    ),
)
MAPPING_AMBIGUOUS = finding(
    "DCP-814",
    Level.BLOCKS,
    facts=("mapping", "lines"),
    rules=Rule.LEAVES_OUT,
    meaning="two patterns of the policy fit one thing, with different targets",
    en=(
        "under mappings.{mapping} these lines fit it alike and name different targets: {lines}. Make one of them "
        "narrower, or give it a line of its own"
    ),
    fr=(
        "sous mappings.{mapping}, ces lignes s'appliquent toutes à lui et nomment des cibles différentes : "
        "{lines}. Restreignez l'une d'elles, ou donnez-lui une ligne à lui"
    ),
)
PROFILE_USED = finding(
    "DCP-832",
    Level.ADVICE,
    facts=("profile", "provider", "source"),
    meaning="the limits of a provider profile were used: look whether they still hold",
    en=(
        "the limits of {provider} (profile {profile}) are documented by {source}: see whether they still hold, or "
        "set `profile: none` under target in policy.yaml"
    ),
    fr=(
        "les limites de {provider} (profil {profile}) sont documentées par {source} : vérifiez qu'elles valent "
        "encore, ou mettez `profile: none` sous target dans policy.yaml"
    ),
)
TARGET_SERVICE_MISSING = finding(
    "DCP-840",
    Level.BLOCKS,
    facts=("service", "items"),
    rules=Rule.OF_TARGET,
    meaning="the target has not got a service that the plan needs",
    en=(
        "the target has no {service} service, which {items} items of the tenant need: ask the target for it, or "
        "skip them in policy.yaml"
    ),
    fr=(
        "la cible n'a pas de service {service}, dont {items} éléments du projet ont besoin : demandez-le à la "
        "cible, ou écartez-les dans policy.yaml"
    ),
)
WORKER_NOT_FOUND = finding(
    "DCP-843",
    Level.BLOCKS,
    facts=("server", "cloud", "key"),
    meaning="the server that Decamp is to run on is not there",
    en="{key} in policy.yaml names the server {server}, which {cloud} has not shown: correct the id, or scan again",
    fr=(
        "{key} dans policy.yaml désigne le serveur {server}, que {cloud} n'a pas montré : corrigez l'identifiant, "
        "ou refaites le relevé"
    ),
)
WORKER_WOULD_MOVE = finding(
    "DCP-844",
    Level.BLOCKS,
    meaning="the server that Decamp runs on would be moved as well",
    en="Decamp runs on this server, as disks.source_worker says, and would move it too: skip it in policy.yaml",
    fr=(
        "Decamp tourne sur ce serveur, comme le dit disks.source_worker, et le déplacerait aussi : écartez-le dans "
        "policy.yaml"
    ),
)
