"""Mots français de la prévision : son verdict et ses raisons, son écran, ce sur quoi reposent ses chiffres."""

FORECAST: dict[str, str] = {
    "forecast.verdict.GREEN": "VERT : tout sera sorti de la source à temps",
    "forecast.verdict.GREEN-read": "VERT : tout ce que le plan lit est sorti de la source",
    "forecast.verdict.AMBER": "ORANGE : les délais peuvent être tenus, sans certitude",
    "forecast.verdict.RED": "ROUGE : en l'état, les délais ne seront pas tenus",
    "forecast.verdict.UNKNOWN": "Pas de verdict : policy.yaml n'indique pas d'échéance",
    "forecast.evacuated": "Source entièrement lue : {p50} (une chance sur deux), {p90} (neuf sur dix)",
    "forecast.finish": "Cible complète : {p50} (une chance sur deux), {p90} (neuf sur dix)",
    "forecast.was-evacuated": "Source entièrement lue depuis le {p50}",
    "forecast.was-finish": "Cible complète depuis le {p50}",
    "forecast.deadline": "Extinction : {at} ; lecture à finir pour le {end} (marge de {guard}, {origin})",
    "forecast.as-of": "État au {at}. Fuseau horaire : {zone}",
    "forecast.after-off": "La cible peut n'être complète qu'après le {at} : elle est alors rebâtie depuis le stockage",
    "forecast.guard.default": "par défaut",
    "forecast.guard.declared": "selon policy.yaml",
    "forecast.chance": "Simulations qui finissent à temps : {share} sur {runs}",
    "forecast.rates": "Débit nécessaire pour ce qui reste à lire : {required} ; débit jusqu'ici : {observed}",
    "forecast.not-in-sight": "pas avant dix ans",
    "forecast.why": "Pourquoi :",
    "forecast.own": "Éléments qui ont leur propre date :",
    "forecast.classes": "Sur quoi reposent les durées :",
    "forecast.resources": "Ce qui doit être passé et pour quand, à neuf chances sur dix :",
    "forecast.critical": "Ce qui finit le plus souvent en dernier :",
    "downtime.title": (
        "Durée d'arrêt de chaque serveur, de son arrêt jusqu'à ce que son successeur ait tous ses volumes :"
    ),
    "downtime.stays": "{name} (non recréé à la cible : jusqu'à la capture de ses disques)",
    "downtime.is-down": "{name} (à l'arrêt depuis {at})",
    "downtime.evacuate": (
        "Avec `run --only evacuate`, chacun reste à l'arrêt jusqu'à sa reconstruction, aussi longtemps qu'elle tarde."
    ),
    "forecast.done": "{path} écrit. Ensuite : {command}",
    "forecast.anew": (
        "{path} est illisible ({code}) : la prévision repart de zéro, et sa marge se calcule sur le temps qui reste "
        "aujourd'hui"
    ),
    "forecast.stale": "Pas de prévision : policy.yaml est d'abord à corriger. Voir {command}",
    "status.forecast": "Prévision : {verdict}",
    "status.alarm": (
        "ALERTE : aucune étape ne s'est terminée depuis le {at} ; vérifiez qu'une exécution tourne, et ce qui est à "
        "l'arrêt ci-dessous"
    ),
    "next.restart": "plus rien n'avance depuis trop longtemps",
    "next.forecast": "en l'état, ce ne sera pas fait à temps ; cette commande dit ce qui retient tout",
    "col.server": "Serveur",
    "col.class": "Catégorie",
    "col.left": "Reste",
    "col.measured": "Mesurés",
    "col.origin": "Origine",
    "col.read": "Lecture",
    "col.send": "Envoi",
    "col.fixed": "Par élément",
    "col.range": "50–90 %",
    "col.date": "Pour le",
    "col.resource": "Ressource",
    "col.needs": "Il faut",
    "col.has": "Il y a",
    "col.share": "Part",
    "col.even": "Une chance sur deux",
    "col.sure": "Neuf sur dix",
    "col.in-time": "À temps",
    # ------------------------------------------------ pourquoi
    "why.no-deadline": "il n'y a pas d'échéance à laquelle se mesurer",
    "why.evacuated": "tout était lu à la source le {at} : son extinction n'a plus d'importance",
    "why.evacuated-part": "tout ce que le plan lit à la source était lu le {at}",
    "why.nothing-to-read": "il n'y a rien à lire à la source",
    "why.missed": "l'échéance est passée le {at}, et des étapes doivent encore lire la source : {count}",
    "why.no-end": "la fin n'est pas en vue avant dix ans",
    "why.late-half": "même dans la simulation médiane, la source est lue {late_s} trop tard",
    "why.late-tail": "une simulation sur dix finit {late_s} trop tard, ou plus tard encore",
    "why.late-tail-open": "une simulation sur dix n'a pas de fin en vue",
    "why.fits": "neuf simulations sur dix finissent avec {spare_s} d'avance ou plus",
    "why.own-late": "{selector} risque de ne pas être en place le {date}, sa propre date",
    "why.own-left-out": "{selector} a sa propre date, et le plan ne le déplace pas",
    "why.bottleneck": (
        "d'ici le {date}, il faut {demand_s} de {resource}, et il n'y a que {supply_s} : c'est là que ça bloque"
    ),
    "why.uncalibrated": (
        "non étalonnée : {samples} éléments mesurés sur les {needed} qu'il faut pour {klass} ; d'ici là, les durées "
        "sont supposées et le vert n'est jamais annoncé"
    ),
    "why.blocks": "constats bloquants à régler : {count} ; aucune exécution ne commence avant ({command})",
    "why.failed": "des étapes ont échoué : {count} ; elles sont comptées comme si l'essai suivant devait réussir",
    "why.stalled": "plus rien n'avance depuis le {at}",
    "why.gates": "des approbations manquent : {count} ; les durées les supposent données maintenant",
    # ------------------------------------------------ mots
    "origin.measured": "mesuré",
    "origin.declared": "déclaré",
    "origin.default": "supposé",
    "resource.source": "la liaison au départ de la source",
    "resource.target": "la liaison vers la cible",
    "resource.bandwidth": "le débit autorisé par policy.yaml",
    "resource.slots.source": "places à la source (limits.source)",
    "resource.slots.target": "places à la cible (limits.target)",
    "resource.slots.disks": "places pour les disques (limits.disks)",
    "class.api": "appels d'API",
    "class.server": "serveurs créés, arrêtés, raccordés à leurs disques",
    "class.disk.capture": "capture de volumes",
    "class.root.capture": "capture de disques racine",
    "class.backup.capture": "capture de sauvegardes",
    "class.disk.restore": "restauration de volumes",
    "class.disk.verify": "preuve de volumes",
    "class.image.capture": "capture d'images",
    "class.image.restore": "restauration d'images",
    "class.image.verify": "preuve d'images",
    "class.objects.small": "conteneurs de petits objets",
    "class.objects.large": "conteneurs de gros objets",
    "prior.api": "un chiffre rond de notre part pour un appel et ce qui est relu autour",
    "prior.server": "un chiffre rond de notre part pour qu'un serveur change d'état",
    "prior.disk": (
        "un chiffre rond de notre part : le cloud écrit une image, puis elle est lue, chaque passage au débit de "
        "1 Gbit/s environ qu'un flux de disque atteint ailleurs selon la documentation"
    ),
    "prior.backup": "comme un volume, précédé de la restauration par le cloud lui-même",
    "prior.image": "un chiffre rond de notre part pour un flux d'un service d'images",
    "prior.objects": (
        "20 objets par seconde, le plus bas des débits avec lesquels on planifie ; 30 Mio/s pour les gros"
    ),
    "prior.used": "les disques sont comptés comme pleins, tant que rien n'est mesuré",
    "prior.shared": (
        "une hypothèse de notre part : dans un cas sur trois, tout un cloud est un tiers plus lent ou plus rapide que "
        "prévu"
    ),
}
