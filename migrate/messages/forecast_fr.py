"""Mots français de la prévision : son verdict et ses raisons, son écran, ce sur quoi reposent ses chiffres."""

FORECAST: dict[str, str] = {
    "forecast.verdict.GREEN": "VERT : tout sera sorti de la source à temps",
    "forecast.verdict.GREEN-read": "VERT : tout ce que le plan lit est sorti de la source",
    "forecast.verdict.AMBER": "ORANGE : l'échéance peut être tenue, sans certitude",
    "forecast.verdict.RED": "ROUGE : en l'état, l'échéance ne sera pas tenue",
    "forecast.verdict.UNKNOWN": "Pas de verdict : policy.yaml n'indique pas d'échéance",
    "forecast.evacuated": "Source entièrement lue : P50 {p50}, P90 {p90}",
    "forecast.finish": "Cible complète : P50 {p50}, P90 {p90}",
    "forecast.was-evacuated": "Source entièrement lue depuis le {p50}",
    "forecast.was-finish": "Cible complète depuis le {p50}",
    "forecast.deadline": "Coupure : {at} ; lecture à finir pour le {end} (marge de sécurité de {guard}, {origin})",
    "forecast.as-of": "État au {at}. Fuseau : {zone}. P50 : une chance sur deux, P90 : neuf sur dix",
    "forecast.after-off": (
        "La cible peut n'être complète qu'après le {at} : elle est alors reconstruite à partir du dépôt"
    ),
    "forecast.guard.default": "par défaut",
    "forecast.guard.declared": "fixée dans policy.yaml",
    "forecast.chance": "Simulations qui finissent à temps : {share} sur {runs}",
    "forecast.rates": "Débit de lecture nécessaire : {required} ; mesuré jusqu'ici : {observed}",
    "forecast.not-in-sight": "pas avant dix ans",
    "forecast.why": "Pourquoi :",
    "forecast.own": "Éléments qui ont leur propre échéance :",
    "forecast.classes": "Base des estimations :",
    "forecast.resources": "Charge de chaque ressource par date, à P90 :",
    "forecast.critical": "Ce qui finit le plus souvent en dernier :",
    "downtime.title": (
        "Durée d'arrêt de chaque serveur, de son arrêt jusqu'à ce que le serveur déplacé ait tous ses volumes :"
    ),
    "downtime.stays": "{name} (non recréé sur la cible : à l'arrêt jusqu'à la capture de ses disques)",
    "downtime.is-down": "{name} (à l'arrêt depuis {at})",
    "downtime.evacuate": (
        "Avec `run --only evacuate`, chaque serveur reste à l'arrêt jusqu'à ce que vous le restauriez sur la cible."
    ),
    "forecast.done": "{path} écrit. Ensuite : {command}",
    "forecast.anew": (
        "{path} est illisible ({code}) : la prévision repart de zéro, et sa marge de sécurité se calcule sur le temps "
        "qui reste aujourd'hui"
    ),
    "forecast.stale": "Pas de prévision : corrigez d'abord policy.yaml. Voir {command}",
    "status.forecast": "Prévision : {verdict}",
    "status.alarm": (
        "ALERTE : aucune étape ne s'est terminée depuis le {at}. Vérifiez qu'une exécution est active et examinez "
        "ci-dessous les étapes qui n'avancent pas"
    ),
    "next.restart": "plus aucune étape n'avance depuis trop longtemps",
    "next.forecast": "en l'état, ce ne sera pas fini à temps ; la prévision montre le goulot d'étranglement",
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
    "col.needs": "Requis",
    "col.has": "Disponible",
    "col.share": "Part",
    "col.even": "P50",
    "col.sure": "P90",
    "col.in-time": "À temps",
    # ------------------------------------------------ pourquoi
    "why.no-deadline": "policy.yaml n'indique pas d'échéance",
    "why.evacuated": "tout avait été lu à la source le {at} : sa coupure n'a plus d'incidence",
    "why.evacuated-part": "tout ce que le plan lit à la source avait été lu le {at}",
    "why.nothing-to-read": "le plan ne lit rien à la source",
    "why.missed": "l'échéance est passée le {at} ; étapes qui doivent encore lire la source : {count}",
    "why.no-end": "le travail ne finit pas avant dix ans",
    "why.late-half": "à P50, la lecture de la source finit {late_s} trop tard",
    "why.late-tail": "à P90, la lecture de la source finit {late_s} trop tard",
    "why.late-tail-open": "à P90, le travail ne finit pas avant dix ans",
    "why.fits": "à P90, la lecture de la source finit avec {spare_s} d'avance",
    "why.own-late": "{selector} risque de manquer son échéance du {date}",
    "why.own-left-out": "{selector} a sa propre échéance, mais le plan ne le déplace pas",
    "why.bottleneck": (
        "d'ici le {date}, il faut {demand_s} de {resource}, mais seulement {supply_s} sont disponibles : c'est le "
        "goulot d'étranglement"
    ),
    "why.uncalibrated": (
        "non étalonnée : {samples} mesures sur les {needed} qu'il faut pour {klass} ; d'ici là, des estimations par "
        "défaut sont utilisées et VERT n'est jamais annoncé"
    ),
    "why.blocks": (
        "constats bloquants : {count} ; aucune exécution ne démarre avant que vous les ayez réglés ({command})"
    ),
    "why.failed": "étapes en échec : {count} ; la prévision suppose qu'elles réussissent à la prochaine tentative",
    "why.stalled": "plus rien n'avance depuis le {at}",
    "why.gates": "approbations manquantes : {count} ; la prévision suppose que vous les donnez maintenant",
    # ------------------------------------------------ mots
    "origin.measured": "mesuré",
    "origin.declared": "déclaré",
    "origin.default": "estimation par défaut",
    "resource.source": "la liaison réseau depuis la source",
    "resource.target": "la liaison réseau vers la cible",
    "resource.bandwidth": "le débit fixé dans policy.yaml",
    "resource.slots.source": "places à la source (limits.source)",
    "resource.slots.target": "places sur la cible (limits.target)",
    "resource.slots.disks": "places pour les disques (limits.disks)",
    "class.api": "appels d'API",
    "class.server": "opérations sur les serveurs (création, arrêt, attachement)",
    "class.server.check": "contrôles de santé des serveurs",
    "class.program": "vos programmes (servers.after_up)",
    "class.disk.capture": "capture de volumes",
    "class.root.capture": "capture de disques racine",
    "class.backup.capture": "capture de sauvegardes",
    "class.disk.restore": "restauration de volumes",
    "class.disk.verify": "vérification de volumes",
    "class.image.capture": "capture d'images",
    "class.image.restore": "restauration d'images",
    "class.image.verify": "vérification d'images",
    "class.objects.small": "conteneurs de petits objets",
    "class.objects.large": "conteneurs de gros objets",
    "class.objects.last-pass": "dernières passes sur les conteneurs des vagues",
    "prior.api": "une hypothèse grossière pour un appel et ses contrôles d'état",
    "prior.server": "une hypothèse grossière pour un changement d'état de serveur",
    "prior.server.check": "une hypothèse grossière pour que les services d'un nouveau serveur répondent",
    "prior.last-pass": "une hypothèse grossière : deux listes comparées, et peu d'objets copiés",
    "prior.program": "une hypothèse grossière pour un programme qui bascule un répartiteur ou un enregistrement DNS",
    "prior.disk": (
        "une hypothèse grossière : le cloud écrit une image, puis Decamp la lit, chaque fois à 1 Gbit/s environ, le "
        "débit documenté d'un flux de disque sur d'autres clouds"
    ),
    "prior.backup": "comme pour un volume, plus la restauration préalable par le cloud",
    "prior.image": "une hypothèse grossière pour un flux d'un service d'images",
    "prior.objects": "20 objets par seconde, le plus bas des débits couramment prévus ; 30 Mio/s pour les gros objets",
    "prior.used": "les disques sont comptés comme pleins, tant que rien n'est mesuré",
    "prior.shared": (
        "une hypothèse : dans un cas sur trois, tout un cloud est un tiers plus lent ou plus rapide que prévu"
    ),
}
