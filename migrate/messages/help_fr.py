"""French phrases of `decamp explain`, `decamp doctor`, and of what is typed wrongly."""

HELP: dict[str, str] = {
    "usage.command": "il n'y a pas de commande {name}{nearest:near}",
    "usage.option": "il n'y a pas d'option {name} ici{nearest:near}",
    "nearest": " (vouliez-vous dire {names} ?)",
    "nearest.or": " ou ",
    # ------------------------------------------------ decamp explain
    "explain.finding": "{code} (constat : {level})",
    "explain.error": "{code} (erreur ou remarque)",
    "explain.example": "Exemple",
    "explain.cause": "Cause",
    "explain.consequence": "Conséquence",
    "explain.remedy": "Et maintenant",
    "explain.decision": "Dans policy.yaml",
    "explain.line": "`{line}` : {meaning}",
    "explain.settings": "Clés de policy.yaml",
    "explain.setting": "exemple : {example}",
    "explain.level.blocks": (
        "`decamp run --execute` ne démarre pas tant que vous n'avez pas corrigé le problème, exclu son élément ou "
        "accepté le constat dans policy.yaml ; `decamp check` se termine avec le code 3"
    ),
    "explain.level.alone": (
        "cet élément attend votre décision, et tout le reste est déplacé ; `decamp check` se termine avec le code 3"
    ),
    "explain.level.loses": (
        "quelque chose est perdu dans le déplacement si vous ne faites rien ; l'exécution n'attend pas, et rappelle "
        "combien de pertes personne n'a acceptées"
    ),
    "explain.level.changes": "l'élément est déplacé, mais il est différent sur la cible ; rien n'attend de vous",
    "explain.level.advice": "rien ne change et rien n'attend : c'est bon à savoir avant le déplacement",
    "explain.left-out": "le plan exclut l'élément",
    "explain.left-out-unless": "le plan exclut l'élément, sauf si vous acceptez ce constat dans policy.yaml",
    "explain.of-target": (
        "seule la cible est concernée : `decamp run --execute --only evacuate` sauve quand même ce qui est à la source"
    ),
    "explain.accept-one": "vous l'acceptez pour cet élément",
    "explain.accept-all": "vous l'acceptez partout",
    "explain.skip": "l'élément est laissé en arrière volontairement",
    "explain.exit.1": (
        "une commande se termine avec le code 1, car continuer ferait des dégâts ; ce qui est fait reste fait"
    ),
    "explain.exit.2": "une commande se termine avec le code 2 et n'a rien modifié",
    "explain.exit.3": (
        "une commande se termine avec le code 3 : ce dont il s'agit n'est pas fait, et le reste continue"
    ),
    "explain.exit.4": (
        "une commande se termine avec le code 4, car des octets ou des champs diffèrent ; rien n'est publié ni démarré "
        "à partir de cette copie"
    ),
    "explain.exit.5": (
        "une commande se termine avec le code 5, car les clouds ne sont pas comme prévu ; Decamp laisse en l'état ce "
        "qu'il a trouvé"
    ),
    "explain.exit.6": (
        "une commande se termine avec le code 6, car une connexion ou un service a échoué ; ce qui est fait reste fait"
    ),
    "explain.exit.130": "une commande se termine avec le code 130 ; la même commande continue",
    "explain.exit.none": "c'est une remarque : aucune commande ne se termine avec ce code",
    # ------------------------------------------------ decamp doctor
    "doctor.check": "Contrôle",
    "doctor.level.ok": "ok",
    "doctor.level.warning": "attention",
    "doctor.level.problem": "problème",
    "doctor.check.python": "Python",
    "doctor.check.libraries": "bibliothèques",
    "doctor.check.proxies": "proxys",
    "doctor.check.workspace": "espace de travail",
    "doctor.check.room": "place disque",
    "doctor.check.files": "secrets",
    "doctor.check.programs": "programmes",
    "doctor.check.ledger": "registre",
    "doctor.check.network": "réseau",
    "doctor.check.tls": "TLS",
    "doctor.check.clock": "horloge",
    "doctor.check.login": "connexion",
    "doctor.ok.python": "Python {version}",
    "doctor.ok.libraries": "{count} bibliothèques, toutes conformes",
    "doctor.ok.proxies-none": "l'environnement ne définit aucun proxy",
    "doctor.ok.proxy": "{name} vaut {value}",
    "doctor.ok.workspace": "{path} ne contient pas d'erreur",
    "doctor.ok.workspace-none": (
        "{path} ne contient pas d'espace de travail : ce qu'une politique demande n'est pas contrôlé"
    ),
    "doctor.ok.clouds-none": "aucun cloud n'a été contrôlé : nommez-en un avec --cloud",
    "doctor.ok.room": "il reste {size:bytes} dans {path}",
    "doctor.ok.file": "vous seul pouvez lire {path}",
    "doctor.ok.store-key": "la clé du dépôt est lisible ({place})",
    "doctor.ok.programs": "tous les programmes que nomme policy.yaml sont là : {names}",
    "doctor.ok.programs-none": "policy.yaml ne nomme aucun programme",
    "doctor.ok.ledger": "le registre s'ouvre",
    "doctor.ok.ledger-none": "il n'y a pas encore de registre : la première exécution le crée",
    "doctor.ok.address": "{cloud} répond à l'adresse {url}",
    "doctor.ok.address-proxy": "{cloud} répond à l'adresse {url}, par le proxy {proxy}",
    "doctor.ok.tls": "le certificat de {url} est reconnu, jusqu'au {at}",
    "doctor.ok.tls-none": "{url} n'a pas de certificat, car ce n'est pas du https",
    "doctor.ok.clock": "l'horloge de cette machine et celle de {cloud} diffèrent de {seconds} s",
    "doctor.ok.clock-unknown": "{cloud} ne donne pas l'heure",
    "doctor.ok.login": "{cloud} accepte la connexion, pour le projet {project}",
    "doctor.problems": "Problèmes : {count}. Chaque code a sa page : decamp explain CODE",
    "doctor.none": "Aucun problème",
}
