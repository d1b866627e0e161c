"""French phrases of `decamp explain`, and of what is typed wrongly."""

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
}
