"""Findings: the migration as a whole, and what is left out."""

from migrate.messages.codes.registry import Level, Rule, finding

DEADLINE_PASSED = finding(
    "DCP-601",
    Level.BLOCKS,
    facts=("deadline", "taken_at"),
    meaning="the deadline was already past when the source was scanned",
    en="the deadline {deadline} was already past when the source was scanned ({taken_at}): correct it in policy.yaml",
    fr="l'échéance {deadline} était déjà passée lors du scan de la source ({taken_at}) : corrigez-la dans policy.yaml",
)
TARGET_QUOTA_SHORT = finding(
    "DCP-602",
    Level.BLOCKS,
    facts=("resource", "need", "limit", "used", "short"),
    rules=Rule.OF_TARGET,
    meaning="a target quota is too small for what the plan creates",
    en=(
        "the target's {resource} quota is too small: {need} needed, {used} of {limit} used, {short} short; ask the "
        "provider to raise it, or skip items in policy.yaml"
    ),
    fr=(
        "le quota {resource} de la cible est trop petit : il faut {need}, {used} sur {limit} sont utilisés, il manque "
        "{short} ; faites-le augmenter, ou excluez des éléments dans policy.yaml"
    ),
)
SOURCE_QUOTA_SHORT = finding(
    "DCP-603",
    Level.BLOCKS,
    facts=("resource", "need", "limit", "used", "short"),
    meaning="a source quota has no room for the temporary copies of even the largest disk",
    en=(
        "the source's {resource} quota has no room to copy the largest disk: {need} needed, {used} of {limit} used, "
        "{short} short; free some, or ask the provider to raise it"
    ),
    fr=(
        "le quota {resource} de la source ne permet pas de copier le plus grand disque : il faut {need}, {used} sur "
        "{limit} sont utilisés, il manque {short} ; libérez de la place ou faites-le augmenter"
    ),
)
SOURCE_QUOTA_TIGHT = finding(
    "DCP-604",
    Level.ADVICE,
    facts=("resource", "need", "limit", "used", "disks"),
    meaning="a source quota allows fewer captures at once than the policy",
    en=(
        "the source's {resource} quota ({used} of {limit} used, {need} needed) allows {disks} captures at once: lower "
        "limits.disks in policy.yaml"
    ),
    fr=(
        "le quota {resource} de la source ({used} sur {limit} utilisés, {need} nécessaires) ne permet que {disks} "
        "captures à la fois : baissez limits.disks dans policy.yaml"
    ),
)
TARGET_QUOTA_TIGHT = finding(
    "DCP-605",
    Level.ADVICE,
    facts=("resource", "need", "limit", "used", "disks"),
    meaning="a target quota allows fewer temporary copies at once than the policy",
    en=(
        "the target's {resource} quota ({used} of {limit} used, {need} needed) allows {disks} temporary copies at "
        "once, which restoring and reading back volumes needs: lower limits.target in policy.yaml, or ask for a higher "
        "quota"
    ),
    fr=(
        "le quota {resource} de la cible ({used} sur {limit} utilisés, {need} nécessaires) ne permet que {disks} "
        "copies temporaires à la fois pour restaurer et relire les volumes : baissez limits.target dans policy.yaml, "
        "ou faites augmenter ce quota"
    ),
)
USER_DATA_UNKNOWN = finding(
    "DCP-606",
    Level.ADVICE,
    facts=("servers",),
    meaning="the user data of some servers is unknown, as no cloud shows it to a member: ask the owner for it",
    en=(
        "the user data of some servers is unknown, as no cloud shows it to a member (servers: {servers}): ask their "
        "owner; if you need it, set its file under servers.user_data_files in policy.yaml, then scan again"
    ),
    fr=(
        "les données utilisateur (user data) de certains serveurs sont inconnues, car aucun cloud ne les montre à un "
        "membre (serveurs : {servers}) : demandez-les à leur propriétaire ; s'il vous les faut, indiquez leur fichier "
        "sous servers.user_data_files dans policy.yaml, puis relancez `decamp scan`"
    ),
)
SELECTOR_UNMATCHED = finding(
    "DCP-607",
    Level.ADVICE,
    facts=("selector", "list"),
    meaning="a selector, a name or a code in the policy matches nothing",
    en="{selector} under {list} in policy.yaml matches nothing{nearest:near}: correct its spelling, or remove it",
    fr=(
        "{selector}, dans la liste {list} de policy.yaml, ne correspond à rien{nearest:near} : corrigez l'orthographe, "
        "ou retirez cette entrée"
    ),
)
TOKEN_ENDS_EARLY = finding(
    "DCP-608",
    Level.BLOCKS,
    facts=("cloud", "ends_at"),
    meaning="the login uses a token that cannot be renewed and expires before the work ends",
    en=(
        "the login at {cloud} uses a token that expires at {ends_at}, before the work ends, and cannot be renewed: use "
        "a password or an application credential in clouds.yaml"
    ),
    fr=(
        "la connexion à {cloud} utilise un jeton qui expire le {ends_at}, avant la fin du travail, et ne peut pas être "
        "renouvelé : utilisez un mot de passe ou un identifiant d'application (application credential) dans clouds.yaml"
    ),
)
UNPROVEN_FEATURE = finding(
    "DCP-609",
    Level.ADVICE,
    facts=("what", "proof", "items"),
    meaning="the plan relies on a feature that is not proven on real services",
    en=(
        "the plan relies on a feature that is {proof}: {what:word} (items: {items}); move and verify one item first, "
        "then the rest"
    ),
    fr=(
        "le plan repose sur une fonction {proof} : {what:word} (éléments : {items}) ; déplacez et vérifiez d'abord un "
        "seul élément, puis le reste"
    ),
)
SKIPPED_BY_POLICY = finding(
    "DCP-670",
    Level.LOSES,
    facts=("selector",),
    rules=Rule.LEAVES_OUT,
    meaning="the policy skips it",
    en="policy.yaml skips it ({selector}): remove that selector from skip to move it",
    fr="policy.yaml l'exclut ({selector}) : retirez ce sélecteur de la liste skip pour le déplacer",
)
DEPENDENCY_LEFT_OUT = finding(
    "DCP-671",
    Level.LOSES,
    facts=("because",),
    rules=Rule.LEAVES_OUT,
    meaning="it depends on something that is left out",
    en="it depends on something that is left out ({because}): resolve that item first, then plan again",
    fr="il dépend d'un élément laissé de côté ({because}) : réglez d'abord cet élément, puis relancez `decamp plan`",
)
CAPTURED_ONLY = finding(
    "DCP-672",
    Level.ADVICE,
    meaning="its disk is captured into the store, but it does not move as things stand",
    en=(
        "as things stand it does not move, and its disk is only captured into the store: resolve what holds it back, "
        "or skip it in policy.yaml if nobody needs it"
    ),
    fr=(
        "en l'état cet élément n'est pas déplacé, et son disque est seulement capturé dans le dépôt : réglez ce qui le "
        "retient, ou excluez-le dans policy.yaml si personne n'en a besoin"
    ),
)
MAPPING_AMBIGUOUS = finding(
    "DCP-814",
    Level.BLOCKS,
    facts=("mapping", "lines"),
    rules=Rule.LEAVES_OUT,
    meaning="two patterns in the policy match one item and give different targets",
    en=(
        "these lines of mappings.{mapping} all match it but give different targets: {lines}. Make one of them "
        "narrower, or add a line for this item alone"
    ),
    fr=(
        "plusieurs lignes de mappings.{mapping} s'appliquent à cet élément mais donnent des cibles différentes : "
        "{lines}. Restreignez l'une d'elles, ou ajoutez une ligne pour cet élément seul"
    ),
)
PROFILE_USED = finding(
    "DCP-832",
    Level.ADVICE,
    facts=("profile", "provider", "source"),
    meaning="Decamp applies the limits of a provider profile: check that they are still current",
    en=(
        "Decamp applies the limits of {provider} (profile {profile}), documented at {source}: check that they are "
        "still current, or set `profile: none` under target in policy.yaml"
    ),
    fr=(
        "Decamp applique les limites de {provider} (profil {profile}), documentées par {source} : vérifiez qu'elles "
        "sont toujours en vigueur, ou mettez `profile: none` sous target dans policy.yaml"
    ),
)
TARGET_SERVICE_MISSING = finding(
    "DCP-840",
    Level.BLOCKS,
    facts=("service", "items"),
    rules=Rule.OF_TARGET,
    meaning="the target lacks a service that the plan needs",
    en=(
        "the target has no {service} service, which {items} items of the project need: ask the provider for it, or "
        "skip these items in policy.yaml"
    ),
    fr=(
        "la cible n'a pas de service {service}, dont {items} éléments du projet ont besoin : demandez-le au "
        "fournisseur, ou excluez ces éléments dans policy.yaml"
    ),
)
WORKER_NOT_FOUND = finding(
    "DCP-843",
    Level.BLOCKS,
    facts=("server", "cloud", "key"),
    meaning="the server that Decamp should run on does not exist",
    en=(
        "{key} in policy.yaml names the server {server}, which the scan of {cloud} did not find: correct the id, or "
        "scan again"
    ),
    fr=(
        "{key} dans policy.yaml désigne le serveur {server}, que le scan de {cloud} n'a pas trouvé : corrigez "
        "l'identifiant, ou relancez `decamp scan`"
    ),
)
WORKER_WOULD_MOVE = finding(
    "DCP-844",
    Level.BLOCKS,
    meaning="the server that Decamp runs on would move too",
    en="Decamp runs on this server (disks.source_worker) and would move it too: skip it in policy.yaml",
    fr="Decamp tourne sur ce serveur (disks.source_worker) et le déplacerait aussi : excluez-le dans policy.yaml",
)
