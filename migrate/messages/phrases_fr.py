"""Mots français des écrans et des rapports."""

from migrate.messages.forecast_fr import FORECAST
from migrate.messages.help_fr import HELP
from migrate.messages.reasons_fr import REASONS
from migrate.messages.report_fr import REPORT
from migrate.messages.wizard_fr import WIZARD

PHRASES: dict[str, str] = {
    "none": "aucun",
    "no-deadline": "non indiquée",
    "everything": "toute la migration",
    "unknown-yet": "pas encore connue",
    "objects": "{count} objet{s}",
    "stopping": "decamp : arrêt après le bloc en cours ; refaites Ctrl-C pour arrêter immédiatement",
    "go-on": "Pour reprendre : {command}",
    # ------------------------------------------------ commandes
    "ask.source": "Cloud source (un nom de votre clouds.yaml)",
    "ask.target": "Cloud cible (un nom de votre clouds.yaml)",
    "ask.deadline": (
        "Quand la source sera-t-elle coupée ? (exemple : 2020-02-01T00:00:00+01:00 ; laissez vide si vous l'ignorez)"
    ),
    "workspace.closed": (
        "D'autres utilisateurs de cette machine pouvaient lire {path} : Decamp en a réservé l'accès à son propriétaire "
        "({count} fichier{s} ou dossier{s})"
    ),
    "init.done": "{path} créé. Ensuite : {command}",
    "trust.not-kept": (
        "Il faudra consentir à cet espace de travail plus tard, avec {command}, ou avec un dossier que nomme "
        "DECAMP_TRUST_DIR : {why}"
    ),
    "trust.not-new": ("{path} n'était pas vide : quelqu'un d'autre a pu le remplir. Avant d'y travailler : {command}"),
    "trust.one-wish": (
        "dites une seule des options --agree, --withdraw et --address ; --keep-approvals ou "
        "--drop-approvals avec --agree seulement"
    ),
    "trust.withdrawn": "Plus rien n'est consenti pour {path} sur cette machine",
    "trust.nothing": "Rien n'avait été consenti pour {path} sur cette machine",
    "trust.dropped": "{count} approbation{s} arrivée{s} avec l'espace de travail retirée{s}",
    "trust.kind": "QUOI",
    "trust.where": "DANS",
    "trust.what": "CE QUI EST DIT",
    "trust.agreed": "CONSENTI",
    "trust.kind.workspace": "espace de travail",
    "trust.kind.cloud": "identifiants",
    "trust.kind.program": "programme, lancé en votre nom",
    "trust.kind.ledger": "registre, ouvert",
    "trust.kind.objects": "les objets vont à",
    "trust.kind.key": "clé, lue",
    "trust.kind.login": "identifiants de l'assistant",
    "trust.kind.accepted": "pertes acceptées",
    "trust.yes": "oui",
    "trust.no": "NON",
    "trust.whole": "Vous avez consenti à tout cela sur cette machine",
    "trust.next": "Lisez chaque ligne, et les fichiers qu'elle nomme. Si c'est bien ce que vous voulez : {command}",
    "trust.no-address": "{value} n'est pas une adresse web : écrivez-la comme https://auth.example.com/v3",
    "trust.address": "`decamp wizard --answers` peut envoyer des mots de passe à {address}",
    "run.not-agreed": "`decamp run --execute` ne commencerait pas. {why}",
    "scan.login": "{side} : connecté à {cloud}, projet {project}",
    "scan.login-from": "{side} : les identifiants de {cloud} viennent de {files} et sont envoyés à {address}",
    "fact.missing.container": "un conteneur qui n'est pas à la source",
    "fact.missing.wave": "une vague que le plan n'a pas et à laquelle n'appartient aucun serveur de la source",
    "fact.why.link": "un lien",
    "fact.why.foreign": "la propriété d'un autre utilisateur",
    "fact.seen.refused": "connexion refusée",
    "fact.seen.closed": "connexion fermée",
    "fact.seen.unreachable": "adresse injoignable",
    "fact.seen.timeout": "pas de réponse à temps",
    "fact.seen.no-tls": "la réponse n'est pas en TLS",
    "fact.seen.no-http": "la réponse n'est pas en HTTP",
    "fact.seen.no-match": "aucune correspondance",
    "fact.seen.too-slow": "la recherche du motif a pris trop de temps",
    "fact.seen.empty": "rien d'écrit pour l'instant",
    "fact.seen.cut-off": "recherche dans le premier Mio",
    "fact.seen.whole": "recherche dans tout le corps",
    "fact.why.not-set": "la variable n'est pas définie",
    "fact.why.in-workspace": "elle est dans l'espace de travail, et quiconque reçoit celui-ci la reçoit aussi",
    "fact.why.not-agreed": "personne n'y a consenti sur cette machine, tel qu'il est à présent : `decamp trust`",
    "fact.why.relative": "DECAMP_TRUST_DIR doit être un chemin qui commence par /",
    "fact.why.others-write": "d'autres utilisateurs peuvent y écrire",
    "fact.why.damaged": "endommagé",
    "fact.why.no-file": "autre chose qu'un fichier ou un dossier",
    "fact.why.folder": "un dossier",
    "fact.why.not-read": "un tube que personne ne lit",
    "scan.no-verify": (
        "{side} : les certificats ne sont pas vérifiés (verify vaut false dans clouds.yaml), et n'importe qui sur le "
        "trajet réseau peut lire et modifier tout le trafic. Indiquez plutôt avec cacert le fichier de l'autorité de "
        "certification"
    ),
    "scan.plain-http": (
        "{side} : HTTP en clair vers {addresses} ; n'importe qui sur le trajet réseau peut lire et modifier tout le "
        "trafic, mots de passe et jetons compris. Utilisez HTTPS"
    ),
    "scan.done": "{side} : {path} écrit",
    "scan.diff": "Changements depuis {path} :",
    "scan.diff.none": "Aucun changement depuis {path}.",
    "scan.diff.new": "{what} : nouveau ({name})",
    "scan.diff.gone": "{what} : disparu ({name})",
    "scan.diff.other": "{path} est un inventaire de la {side}, que ce scan ne lit pas",
    "scan.unlisted": (
        "{side} : {service} figure au catalogue mais ses ressources ne peuvent pas être listées ({why}). Vérifiez ce "
        "service vous-même"
    ),
    "check.none": "Rien ne bloque, rien ne change, rien n'est perdu. Ensuite : {command}",
    "check.blocked": "Constats bloquants : {count}. Réglez-les dans {path}, puis lancez {command}",
    "check.decided": "{level} (décidé)",
    "check.losses": "Pertes non décidées : {count}. Évitez-les, ou acceptez-les dans {path}",
    "check.clear": "Rien ne bloque. Ensuite : {command}",
    "plan.done": (
        "{path} écrit (étapes : {steps}, données de toutes les étapes : {bytes}, points de validation : {gates}). "
        "Ensuite : {command}"
    ),
    "plan.blocked": "Constats bloquants : {count}. Réglez-les avant d'exécuter le plan : voir {command}",
    "run.rehearsal": "Simulation : rien n'est modifié. Pour exécuter le plan : {command}",
    "run.there": "existe déjà",
    "clean.no-source": "Connexion à la source impossible : les restes de Decamp n'y ont pas été cherchés",
    "run.no-source": "La source n'est plus nécessaire : le reste du plan s'exécute à partir du dépôt",
    "run.passes": (
        "Si la source est définitivement perdue : le dépôt a la dernière passe de chaque disque de {count} serveur{s}. "
        "Pour les déplacer depuis là, comme après une coupure de courant, mettez servers.consistency à crash, "
        "servers.start à twin, et acceptez DCP-555 dans policy.yaml, lancez {command}, puis relancez cette commande"
    ),
    "run.done": "Tout est fait. Ensuite : {command}",
    "run.not-compared": (
        "Connexion à la source impossible : les conteneurs n'ont pas été comparés de nouveau, et leurs copies restent "
        "en l'état. Le reste du plan s'exécute à partir du dépôt"
    ),
    "run.chosen": "Les étapes choisies sont faites. Ensuite : {command}",
    "run.done-but": "Toutes les étapes sont faites, mais quelque chose demande encore votre attention : voir ci-dessus",
    "run.left-unseen": "Impossible de chercher partout ce qui reste : {why}. Vérifiez plus tard avec {command}",
    "run.partial": "Certaines étapes ne sont pas faites. Voir {command}",
    "run.waiting": "Éléments bloqués isolément : {count} ; le reste continue sans eux. Listez-les avec {command}",
    "run.losses": "Pertes non acceptées : {count}. Listez-les avec {command}",
    "option.not-text": "ce n'est pas un texte dans l'encodage de ce terminal",
    "run.paused": (
        "{cloud}, {service} : débit limité par le service (HTTP {status}) ; requêtes suspendues pendant {seconds} s"
    ),
    "run.room": (
        "Le dépôt a {free} de libre (mesuré) ; les disques et images encore à capturer ({count}) demandent jusqu'à "
        "{most} (déclaré par la source). Les zéros, les blocs partagés et la compression en réduisent la taille : cela "
        "peut suffire. Si le dépôt est plein, l'exécution s'arrête ; elle reprend quand vous libérez de la place"
    ),
    "run.bandwidth": "{value} n'est pas un débit valide (exemples : `50M`, `50 MiB/s`, `100 Mbit/s`, `off`)",
    "gate.DCP-624": (
        "Decamp arrête ces serveurs avant de capturer leurs disques, pour que les disques soient cohérents et qu'aucun "
        "serveur ne tourne sur les deux clouds ; il ne les redémarre pas à la source"
    ),
    "rollback.title": "Retour arrière de la vague {wave} :",
    "rollback.target": "Mis de côté sur la cible",
    "rollback.lost": "Ce qui y a été écrit est perdu",
    "rollback.used": "Ce que d'autres y ont fait",
    "rollback.source": "À la source",
    "rollback.not-there": "absent",
    "rollback.span": "du {start} au {end}",
    "rollback.starts": "redémarré",
    "rollback.stays-off": "reste arrêté, comme avant",
    "rollback.runs": "fonctionne déjà",
    "rollback.containers": (
        "Ce que les serveurs déplacés ont écrit dans ces conteneurs reste sur la cible et n'est pas recopié à la "
        "source : {containers}"
    ),
    "rollback.rehearsal": (
        "Simulation : rien n'est modifié. Pour revenir en arrière et perdre ce qui est nommé ci-dessus : {command}"
    ),
    "rollback.done": (
        "La vague {wave} est de retour à la source depuis le {at} ; ce qui en a été créé sur la cible est arrêté et "
        "conservé. Pour la basculer de nouveau : {command}, puis planifiez, approuvez et exécutez"
    ),
    "rollback.was-back": "La vague {wave} est revenue en arrière le {at} ; il ne reste rien à faire",
    "accept.done": "{who} a accepté la vague {wave} le {at} : elle ne peut plus revenir en arrière",
    "approve.none": "Le plan n'a aucun point de validation : aucune approbation n'est nécessaire",
    "approve.gate": "Point de validation {gate} : {granted} serveur{s} sur {count} ({why})",
    "approve.over": "fait",
    "approve.no-gate": "--server et --wave doivent être précédés du nom d'un point de validation",
    "approve.parted": (
        "Ces serveurs sont dans la même vague que des serveurs approuvés mais ne sont pas approuvés : {servers}. Aucun "
        "serveur de la vague n'est arrêté tant que tous ne sont pas approuvés."
    ),
    "approve.done": "Point de validation {gate} approuvé par {who} pour {count} étape{s}. Ensuite : {command}",
    "verify.no-source": "Connexion à la source impossible : on ignore si elle a changé depuis la copie",
    "verify.not-fresh": (
        "Éléments modifiés à la source depuis la copie : {count} ; relancez scan, plan puis run pour copier ces "
        "changements"
    ),
    "verify.unhealthy": (
        "{count} serveur{s} en échec à un contrôle de santé : corrigez ce qu'indique le tableau, puis lancez {command}"
    ),
    "verify.not-moved": (
        "{count} élément{s} pas encore déplacé{s}, donc non comparé{s} : à la fin, comparez tout par {command}"
    ),
    "verify.listed": "selon la liste de la source à {at}",
    "verify.done": "{count} élément{s} comparé{s}, différences : {differences}, non relus : {unread}. Preuves : {path}",
    "scan.listings": "Lecture des listes d'objets de la source : environ {requests} requêtes",
    "scan.headers": (
        "Lecture des objets de la source : {listings} requêtes pour les listes et au plus {requests} pour les en-têtes "
        "({option} NOMBRE en demande moins)"
    ),
    "verify.unlisted": (
        "{count} objet{s} non déplacé{s}, car illisible{s} dans la liste de la source (voir ci-dessus) : faites "
        "corriger la liste et relancez run, ou acceptez DCP-812 ; d'ici là, verify se termine par 3"
    ),
    "run.unlisted": (
        "{name} : {count} objet{s} NON déplacé{s}, car illisible{s} dans la liste de la source ({names}) ; le reste du "
        "conteneur est sur la cible"
    ),
    "verify.untold": (
        "{count} conteneur{s} : des en-têtes d'objets sont perdus sans qu'un scan l'ait signalé (voir ci-dessus). "
        "Lancez `{command}` puis `decamp plan` pour les enregistrer ; d'ici là, verify se termine par 3"
    ),
    "report.done": "{path} écrit",
    "report.offline": (
        "La cible ne peut pas donner les nouvelles adresses pour l'instant ({why}) ; le rapport les prend dans "
        "target.json"
    ),
    "report.tables": "{paths} écrits également",
    "status.launches": "Dernier lancement d'essai de chaque vague :",
    "launch.outcome-passed": "réussi (contrôles réussis : {passed}, en échec : {failed}, impossibles : {impossible})",
    "launch.outcome-failed": "échec (contrôles réussis : {passed}, en échec : {failed}, impossibles : {impossible})",
    "launch.keep-or-remove": "--keep et --remove s'excluent",
    "launch.span": "{value} n'est pas une durée d'une minute à 7 jours, par exemple 2h ou 90 minutes",
    "launch.taken": "Prise le",
    "launch.consistency": "Cohérence",
    "launch.stopped": "serveur arrêté",
    "launch.crash-consistent": "comme après une coupure de courant",
    "launch.at-rest": "pas en service",
    "launch.quota": "Quota de la cible",
    "launch.need": "Besoin",
    "launch.used": "Utilisé",
    "launch.limit": "Limite",
    "launch.groups": "Groupes de sécurité",
    "launch.groups-moved": "les siens, déjà déplacés",
    "launch.groups-default": "le groupe default de la cible",
    "launch.groups-none": "aucun",
    "launch.impossible": "Impossible ici",
    "launch.not-made": "pas créé",
    "launch.ok": "{count} contrôle{s} réussi{s}",
    "launch.moments": (
        "Les disques de {server} montrent des moments différents ({moments}) : leurs contenus ne vont peut-être pas "
        "ensemble"
    ),
    "launch.no-key": "{server} démarre sans sa paire de clés, que la cible n'a pas encore",
    "launch.short": (
        "La cible n'a pas la place pour cela en plus de ce qui s'y trouve ; quotas insuffisants : {resources}"
    ),
    "launch.rehearsal": (
        "Simulation : {count} serveur{s} de {name} à démarrer sur des réseaux sans routeur, à contrôler, puis à "
        "supprimer. Pour le faire : ajoutez --execute"
    ),
    "launch.broke-off": "Le lancement d'essai de {name} a été interrompu : {why}",
    "launch.passed": (
        "Le lancement d'essai de {name} est réussi ; contrôles réussis : {passed}, en échec : {failed}, impossibles "
        "sans routeur : {impossible}. Preuves : {path}"
    ),
    "launch.failed": (
        "Le lancement d'essai de {name} a échoué ; contrôles réussis : {passed}, en échec : {failed}, impossibles "
        "sans routeur : {impossible}. Preuves : {path}"
    ),
    "launch.removed": "Tout ce qu'il a créé sur la cible est supprimé",
    "launch.kept": "Ce qu'il a créé reste sur la cible jusqu'à {until} ; --remove le supprime",
    "launch.left": "Une partie n'a pas pu être supprimée ({why}) : `{command} --execute` la supprime",
    "launch.until": "Le lancement d'essai de {name} est conservé jusqu'à {at}",
    "launch.over": "Le lancement d'essai de {name} était conservé jusqu'à {at} : ce délai est écoulé",
    "launch.is-left": "Un lancement d'essai de {name} n'a pas été supprimé en entier",
    "next.launch-over": "ce qu'un lancement d'essai a laissé occupe de la place sur la cible",
    "launch.holds": (
        "Ce que le lancement d'essai de {name} a créé est encore sur la cible et y occupe une place dont le "
        "déplacement a besoin : aucun serveur n'est arrêté avant sa suppression. Pour le supprimer : {command}"
    ),
    "launch.required": (
        "La politique exige un lancement d'essai avant l'arrêt, et ces serveurs n'en ont pas réussi selon le plan "
        "actuel : {servers}. Lancez {command} pour eux : d'ici là, ils ne sont pas arrêtés"
    ),
    "clean.none": "Decamp n'a rien laissé à supprimer",
    "clean.rehearsal": "Simulation : {count} à supprimer. Pour le faire : {command}",
    "clean.removed": "supprimé",
    "clean.removable": "peut être supprimé",
    "clean.done": "{count} supprimé{s}",
    "store.whole": "Le dépôt est complet. Disques capturés qui y sont entiers : {whole} sur {captured}",
    "store.whole-so-far": (
        "Ce qui est capturé à ce jour est complet. Disques capturés qui sont entiers : {whole} sur {captured}"
    ),
    "store.pending": "Disques du plan qui ne sont pas encore capturés : {count}",
    "store.no-ledger": "Ce que le dépôt devrait contenir n'est pas connu : {why}",
    "store.findings": "Problèmes dans le dépôt : {count}. Disques capturés qui y sont entiers : {whole} sur {captured}",
    "store.not-there": (
        "{place} n'est pas le dépôt de cette migration. Disques capturés qui devraient s'y trouver : {captured}. S'il "
        "est sur un partage ou un autre disque, montez-le, puis vérifiez de nouveau ; d'ici là, n'effacez rien à la "
        "source"
    ),
    "store.not-there-proved": (
        "{place} n'est pas le dépôt de cette migration. Disques qui devraient y être ou en ont été retirés, et sont "
        "vérifiés sur la cible : {count}"
    ),
    "store.none-yet": "Il n'y a pas de dépôt en {place}, et le registre ne nomme aucun disque capturé",
    "store.unknown": "Le registre ne nomme aucun disque capturé : rien ne dit ce que ce dépôt devrait contenir",
    "store.proved": "Disques qui ne sont plus dans le dépôt, et sont vérifiés sur la cible : {count}",
    "store.not-read": "Les données elles-mêmes n'ont pas été vérifiées. Pour les lire et les vérifier : {command}",
    "store.what.missing_pack": "un paquet manque",
    "store.what.damaged_pack": "un paquet est endommagé",
    "store.what.marked_pack": "un paquet avait déjà été trouvé endommagé",
    "store.what.missing_chunk": "un bloc n'est dans aucun paquet",
    "store.what.missing_copy": "la copie d'un index de paquet manque : Decamp la reconstruit",
    "store.what.damaged_copy": "la copie d'un index de paquet est endommagée",
    "store.what.missing_table": "une table manque",
    "store.what.damaged_table": "une table est endommagée",
    "store.what.damaged_part": "l'état d'une capture inachevée est endommagé : Decamp relit cette partie",
    "store.what.damaged_manifest": "le manifeste est endommagé",
    "store.what.no_manifest": "la capture n'est pas terminée",
    "store.what.missing_disk": "selon le registre il est capturé, et il n'est pas dans le dépôt",
    "store.what.stray": "ce fichier n'est pas de Decamp",
    "store.key-made": (
        "{path} créé : c'est la clé de dépôt {id}. Sans elle, personne ne peut lire ce qu'elle chiffre : "
        "sauvegardez-en une copie en lieu sûr, puis indiquez-la dans policy.yaml, comme key sous store : {reference}"
    ),
    "store.pass": "copie d'un disque",
    "store.leftover": "reste",
    "store.stray": "fichier laissé par une exécution interrompue",
    "store.pack": "paquet",
    "store.pruned": "Éléments supprimés, dont {size} de paquets et de fichiers",
    "store.nothing": "Tout le contenu du dépôt est encore nécessaire",
    "store.prune-rehearsal": (
        "Simulation : ces éléments seraient supprimés, dont {size} de paquets et de fichiers. Pour les supprimer : "
        "{command}"
    ),
    # ------------------------------------------------ what was not listed
    "scan.refused.source": (
        "{side} : impossible de lister {listing} ({service} : {why}). Leur contenu est inconnu et ne sera PAS déplacé"
    ),
    "scan.odd.source": (
        "{side} : PAS lu : {what} ({listing} ; {service} : {why}). Cet élément et ceux qui y font référence ne seront "
        "pas déplacés"
    ),
    "scan.odd.other": "{side} : pas lu : {what} ({listing} ; {service} : {why})",
    "scan.odd.kept": "{side} : entrée anormale dans la liste, mais lue : {what} ({listing} ; {service} : {why})",
    "scan.refused.target": (
        "{side} : impossible de lister {listing} ({service} : {why}). Les éléments qui en dépendent sont bloqués"
    ),
    "scan.refused.offer": (
        "{side} : impossible de lister {listing} ({service} : {why}). Les contrôles qui en dépendent ne sont pas faits"
    ),
    "scan.left-out": "{side} : exclus du scan : {listing} (scan.skip : {word})",
    "scan.shrunk.source": (
        "{side} : l'inventaire précédent en contenait {count} ({listing}), celui-ci n'en contient aucun. Un plan fondé "
        "sur cet inventaire ne les déplace pas"
    ),
    "scan.shrunk.target": (
        "{side} : l'inventaire précédent en contenait {count} ({listing}), celui-ci n'en contient aucun. Decamp "
        "n'examine pas ceux qui s'y trouvent"
    ),
    "unknown-parts": (
        "Le projet n'est PAS couvert en entier. Non listés, inconnus, non déplacés : {parts}. À décider : voir "
        "{command}"
    ),
    "run.done-known": "Le plan est exécuté, mais il ne couvre pas tout le projet. Ensuite : {command}",
    "run.evacuates": (
        "Constats bloquants sur la cible : {count}. Decamp lit tout de même la source ; copies vers la cible en "
        "attente : {held}. Voir {command}"
    ),
    "run.unplanned": (
        "{count} étape{s} de plans antérieurs ignorée{s}, car le dernier scan n'a pas listé leurs éléments : ce "
        "qu'elles ont créé sur la cible reste et n'est pas mis à jour ({steps})"
    ),
    "fact.why.left-out": "exclus du dernier scan : relancez `decamp scan`",
    "fact.why.DCP-416": "absent du catalogue",
    "fact.why.DCP-713": "la réponse est illisible",
    "fact.why.odd": "l'un d'eux est illisible",
    "fact.why.twice": "listé deux fois avec un contenu différent ; Decamp utilise le premier",
    "fact.why.half-characters": "un de ses textes contient des caractères incomplets, affichés �",
    "fact.why.no-date": "sa date est invalide et n'est pas conservée",
    "fact.why.latin-1": "un de ses en-têtes n'est pas en UTF-8 et a été lu comme du Latin-1",
    "fact.listing.image-quota": "les quotas d'images",
    "fact.listing.image-format": "les formats d'images",
    "fact.listing.object-limit": "les limites du stockage objet",
    "fact.listing.keypair": "les paires de clés",
    "fact.listing.server": "les serveurs",
    "fact.listing.server-group": "les groupes de serveurs",
    "fact.listing.flavor": "les gabarits",
    "fact.listing.compute-zone": "les zones de disponibilité des serveurs",
    "fact.listing.compute-quota": "les quotas de calcul",
    "fact.listing.volume": "les volumes",
    "fact.listing.snapshot": "les instantanés de volume",
    "fact.listing.backup": "les sauvegardes de volume",
    "fact.listing.volume-type": "les types de volume",
    "fact.listing.volume-zone": "les zones de disponibilité des volumes",
    "fact.listing.volume-quota": "les quotas de volumes",
    "fact.listing.network": "les réseaux",
    "fact.listing.subnet": "les sous-réseaux",
    "fact.listing.router": "les routeurs",
    "fact.listing.port": "les ports",
    "fact.listing.floating-ip": "les IP flottantes",
    "fact.listing.port-forwarding": "les redirections de port",
    "fact.listing.security-group": "les groupes de sécurité",
    "fact.listing.trunk": "les trunks",
    "fact.listing.external-network": "les réseaux externes",
    "fact.listing.network-quota": "les quotas réseau",
    "fact.listing.extension": "les extensions du service réseau (VPN, pare-feu et autres)",
    "fact.listing.image": "les images",
    "fact.listing.image-member": "les partages d'images",
    "fact.listing.container": "les conteneurs",
    # ------------------------------------------------ ce qu'une répétition dit de chaque action
    "would.keypair.import": "clé publique à importer",
    "would.security-group.make": "à créer",
    "would.security-group.rules": "règles à mettre en place",
    "would.network.make": "à créer",
    "would.subnet.make": "à créer",
    "would.router.make": "à créer",
    "would.router.interface": "à relier au sous-réseau",
    "would.port.make": "à créer",
    "would.floating-ip.make": "nouvelle adresse à allouer",
    "would.image.capture": "à télécharger ({size})",
    "would.image.restore": "à envoyer ({size})",
    "would.server.stop": "à arrêter à la source (point de validation {gate})",
    "would.volume.capture": "à télécharger au moyen d'un instantané, d'un clone et d'une image ({size} au plus)",
    "would.disk.pass": "à lire dans le dépôt pendant que son serveur tourne ({size} au plus)",
    "would.disk.preload": "dernière passe à écrire dans son volume avant l'arrêt ({size} au plus)",
    "would.volume.restore": "à envoyer comme image, à partir de laquelle le volume est créé ({size} au plus)",
    "would.server.capture": "disque racine à télécharger au moyen d'une image ({size} au plus)",
    "would.server.image": "disque racine à envoyer comme image de démarrage ({size} au plus)",
    "would.disk.verify": "à relire et à comparer ({size} au plus)",
    "would.server.make": "à créer, puis attente de son démarrage",
    "would.server.attach": "volume à attacher",
    "would.server.check": "contrôles de santé à exécuter",
    "would.server.after-up": "vos programmes à lancer (servers.after_up)",
    "run.again": "fait ; à comparer de nouveau avec la source, changements à copier",
    "would.container.copy": "à copier avec {count} objet{s} ({size})",
    "would.container.last-pass": "à comparer de nouveau une fois les serveurs arrêtés, changements à copier",
    "would.subnet.dhcp": "DHCP à activer",
    "would.router.routes": "routes statiques à mettre en place",
    "would.floating-ip.forward": "redirection de port à mettre en place",
    "would.trunk.make": "à créer",
    "would.server-group.make": "à créer",
    "would.image.share": "à partager avec le projet",
    "would.snapshot.capture": "à télécharger au moyen d'un clone et d'une image ({size} au plus)",
    "would.snapshot.image": "à envoyer comme image ({size} au plus)",
    "would.backup.capture": (
        "à restaurer dans un volume temporaire, puis à télécharger au moyen d'une image ({size} au plus)"
    ),
    # ------------------------------------------------ suivi
    "watch.title": "Decamp {migration} : {source} → {target}",
    "watch.title-at": "Decamp {migration} : {source} → {target}, {at} ({zone})",
    "watch.dates": "Lecture à finir avant {end} (coupure : {at})",
    "watch.progress": "{done} sur {planned} au plus, {rate} (il faut {needed})",
    "watch.not-begun": "Rien n'a encore été exécuté ; étapes faites : 0 sur {steps}",
    "watch.running": "Une exécution est en cours ; étapes faites : {steps_done} sur {steps}",
    "watch.idle": "Aucune exécution au travail ; étapes faites : {steps_done} sur {steps} ; vue le {at}",
    "watch.done": "Toutes les étapes du plan sont faites, mais pas encore vérifiées",
    "watch.done-verified": (
        "Toutes les étapes du plan sont faites ; différences trouvées par la dernière vérification : {differences}"
    ),
    "watch.unplanned": "Aucun plan à jour pour l'instant : il n'y a rien à suivre",
    "watch.again": "Nouvel essai ; Ctrl-C met fin au suivi",
    "watch.nobody": "Ensuite : vous n'avez rien à faire tant que l'exécution est en cours",
    "watch.waves": "Vagues",
    "watch.rest": "tout le reste",
    "watch.items": "En cours",
    "watch.errors": "En échec",
    "watch.waits": "En attente",
    "watch.held": "{stage} (en pause)",
    "watch.down": "à l'arrêt depuis {span}",
    "watch.of": "{down} sur {budget}",
    "watch.foretold": "P50 {p50}, P90 {p90}",
    "watch.attempt": "tentative {attempt}",
    "watch.abandoned": "abandonnée",
    "watch.silent": "sans nouvelles depuis {span}",
    "next.approve-meanwhile": "des étapes attendent cette approbation ; l'exécution fait les autres entre-temps",
    # ------------------------------------------------ dossier d'assistance
    "col.file": "Fichier",
    "bundle.document": "document, les valeurs qui ressemblent à des secrets remplacées par ***",
    "bundle.policy": "la politique, sans ses commentaires",
    "bundle.ledger": "une copie du registre à cet instant",
    "bundle.log": "journal, ce qui ressemble à un secret remplacé par ***",
    "bundle.versions": "versions, et noms des variables d'environnement",
    "bundle.left-out": "N'en font pas partie :",
    "bundle.private": "tout sauf les journaux, car il peut contenir des mots de passe et des clés",
    "bundle.not-needed": "inutile à l'assistance",
    "bundle.damaged": "illisible",
    "bundle.program-output": (
        "ce qu'ont dit des programmes en échec, qui peut contenir des secrets : --program-output l'ajoute"
    ),
    "bundle.older-lines": "seules ses dernières lignes en font partie",
    "bundle.secrets": (
        "Les noms, adresses et métadonnées de vos ressources s'y trouvent ; les mots de passe, jetons, clés et données "
        "utilisateur, non. Parcourez-le avant de l'envoyer"
    ),
    "bundle.ask": "Écrire {path} ?",
    "bundle.not-written": "Rien n'a été écrit",
    "bundle.written": "{path} est écrit ({size}). L'assistance l'ouvre avec : decamp -C {path} status",
    "fact.why.duplicate": "présent deux fois",
    "fact.why.outside": "son nom mène hors du dossier",
    "fact.why.compressed": "elle est compressée : passez d'abord gunzip dessus",
    "fact.why.too-large": "trop volumineux",
    # ------------------------------------------------ emballage et déballage
    "pack.label": "emballage",
    "pack.unfit": "Pas emballé : {name}, car le déballage refuserait ce nom : renommez-le, ou emportez-le à la main",
    "pack.skipped": "Pas emballé : {name} n'est pas un fichier ordinaire",
    "pack.not-needed": "Pas emballé : {name}, que Decamp refait",
    "pack.ledger": "Pas emballé : le registre {place} reste où il est, la nouvelle machine doit pouvoir l'atteindre",
    "pack.store": "Pas emballé : le dépôt {place} reste où il est, la nouvelle machine doit pouvoir l'atteindre",
    "pack.store-key": "Pas emballée : la clé du dépôt, {place} ; apportez-la séparément sur la nouvelle machine",
    "pack.private": (
        "private/ en fait partie, avec les données utilisateur, la clé des valeurs masquées et les identifiants de "
        "l'assistant ; un clouds.yaml ailleurs, non : envoyez ce fichier comme vous enverriez un mot de passe, puis "
        "supprimez-le"
    ),
    "pack.done": (
        "Emballé dans {path} ({size}). Plus rien n'est fait dans cet espace de travail. Sur la nouvelle machine : "
        "decamp unpack {path}. Pour continuer ici malgré tout : {command}"
    ),
    "pack.undone": (
        "Cet espace de travail continue ici. N'utilisez pas le paquet ailleurs : les deux déplaceraient le même client"
    ),
    "pack.not-moved": "Cet espace de travail n'a pas été emballé : il n'y a rien à annuler",
    "unpack.done": "Migration {migration} déballée dans {path}, chaque fichier tel qu'il a été emballé",
    "unpack.needs": (
        "clouds.yaml doit avoir sur cette machine les entrées {source} et {target}, pour les deux mêmes projets"
    ),
    "unpack.ledger": "Le registre {place} n'a pas été emballé : cette machine doit pouvoir l'atteindre",
    "unpack.store": "Le dépôt {place} n'a pas été emballé : cette machine doit pouvoir l'atteindre",
    "unpack.store-key": (
        "La clé du dépôt, {place}, n'a pas été emballée : mettez-la en place avant la prochaine exécution"
    ),
    "unpack.next": "Ensuite : {command}",
    # ------------------------------------------------ état
    "status.title": "Migration {migration} : {source} → {target}",
    "status.steps": "Étapes : {counts}",
    "status.bytes": "Données de toutes les étapes : {done} sur {planned} au plus",
    "status.deadline": "Échéance : {deadline}",
    "status.verified": "Vérification : {text}",
    "status.health": "Contrôles de santé : {passed} serveur{s} sur {count} les passent, {failed} en échec",
    "health.passed": "contrôles de santé réussis : {count}, à {at}",
    "health.of": "{passed} sur {planned}",
    "status.down": "Serveurs à l'arrêt (arrêtés à la source, pas encore en marche sur la cible) :",
    "status.gates": "En attente de votre approbation :",
    "status.passes": "La dernière passe de chaque serveur :",
    "status.pass-old": "{at} (ancienne)",
    "col.pass": "Passe du",
    "col.was-read": "Lu",
    "col.changed": "Changé",
    "col.stored": "Stocké",
    "col.took": "Durée",
    "col.changes": "Changements",
    "status.waves": "Vagues revenues en arrière ou acceptées :",
    "wave-stage.planned": "prévue",
    "wave-stage.down": "à l'arrêt",
    "wave-stage.up": "en marche sur la cible",
    "wave-stage.accepted": "acceptée",
    "wave-stage.rolling-back": "retour arrière en cours",
    "wave-stage.rolled-back": "revenue en arrière",
    "status.downtimes": "Durées d'arrêt, mesurées et telles que prévues avant chaque arrêt :",
    "col.lasted": "Mesurée",
    "status.held": "N'avancent pas :",
    "status.next": "Ensuite : {command} ({why})",
    "next.init": "ce dossier n'a pas encore de policy.yaml",
    "next.scan": "le scan des clouds n'a pas encore été fait",
    "next.check": "le plan manque ou ne correspond plus à la politique et aux inventaires",
    "next.read": "le scan des deux clouds est fait",
    "next.approve": "toutes les étapes restantes attendent cette approbation",
    "next.run": "certaines étapes ne sont pas encore faites",
    "next.rerun": "des étapes ont échoué ou sont bloquées ; réglez d'abord les problèmes ci-dessus",
    "next.blocks": "aucune exécution ne démarre tant que des constats bloquent",
    "next.again": (
        "la source a été relue par un scan depuis : les conteneurs sont comparés de nouveau et les changements copiés"
    ),
    "next.rollback": "le retour arrière de cette vague a commencé et doit être terminé",
    "next.verify": "toutes les étapes sont faites, mais pas encore vérifiées",
    "next.differences": "la vérification a trouvé des différences ou n'a pas pu tout relire ; le rapport les liste",
    "next.clean": "des ressources temporaires de Decamp existent encore",
    "next.report": "toutes les étapes sont faites, vérifiées et nettoyées",
    # ------------------------------------------------ cut-over
    "stage.stop": "arrêt propre",
    "stage.last-pass": "dernière passe",
    "stage.restore": "restauration",
    "stage.verify": "vérification",
    "stage.start": "démarrage sur la cible",
    "stage.check": "contrôles de santé",
    "stage.up": "en marche",
    "cutover.title": "Vague {wave} : {servers}",
    "cutover.under-way": "Bascule en cours depuis {began}, à présent : {stage}",
    "cutover.is-paused": "Mise en pause par {who} à {at}",
    "cutover.is-postponed": "Reportée à {until} par {who} à {at}",
    "cutover.window": "Sa plage horaire s'ouvre à {opens_at}",
    "cutover.unapproved": "Pas approuvé : {servers}. Approuvez par {command}",
    "cutover.no-budget": "Budget d'interruption : aucun (cut_over.budget dans policy.yaml)",
    "cutover.below-floor": (
        "Budget d'interruption : {budget}, sous le plancher de {server}, {floor} (surtout : {stage}) : il ne "
        "peut être tenu"
    ),
    "cutover.budget-tight": "Budget d'interruption : {budget}, que l'interruption peut dépasser (P90 ci-dessous)",
    "cutover.budget-fits": "Budget d'interruption : {budget}, il suffit",
    "cutover.budget-unknown": (
        "Budget d'interruption : {budget} ; il suffit d'après des estimations par défaut, rien n'est encore mesuré"
    ),
    "cutover.on-failure-back": "En cas d'échec : les serveurs redémarrent d'eux-mêmes sur la source",
    "cutover.on-failure-wait": "En cas d'échec : tout reste en l'état jusqu'à votre décision",
    "cutover.one-wish": "choisissez entre --execute, --pause, --postpone et --resume ; --anyway va avec --execute",
    "cutover.is-up": "{wave} est déjà en marche sur la cible. Ensuite : {verify}",
    "cutover.resumed": "{wave} reprend",
    "cutover.not-paused": "{wave} n'était ni en pause ni reportée",
    "cutover.paused": (
        "{wave} est en pause : une exécution qui y travaille la retient en quelques secondes. Reprenez par {command}"
    ),
    "cutover.postponed": "{wave} est reportée à {until}. Reprenez plus tôt par {command}",
    "cutover.measured": "{server} a été interrompu pendant {lasted} (prévu : P50 {even}, P90 {sure})",
    "cutover.done": "{wave} est en marche sur la cible. Ensuite : {verify}",
    "cutover.programs-left": (
        "{wave} est en marche sur la cible, mais il reste vos programmes (servers.after_up) pour {servers}. Lancez-les "
        "par {command}"
    ),
    "cutover.stands": (
        "{wave} n'est pas encore en marche (reste : {stage}), et ses serveurs sont arrêtés sur la source. "
        "Continuez par {command}, ou revenez en arrière par {back}"
    ),
    "cutover.not-begun": "{wave} n'a pas été arrêtée, et tourne sur la source comme avant. Voir {status}",
    "cutover.back": "{wave} : {server} tourne de nouveau sur la source ; sur la cible : {parked}",
    "cutover.rolled-back": (
        "{wave} est revenue en arrière et tourne sur la source. Pour la basculer de nouveau, commencez par {scan}"
    ),
    "cutover.rolling-back": "{wave} revient en arrière, et ce n'est pas terminé : {command} --execute",
    "cutover.no-time": (
        "{value} n'est ni une durée comme « 2 hours » ni une date et une heure comme 2027-01-30T22:00:00+01:00"
    ),
    "cutover.past": "{value} est dans le passé",
    "cutover.stage": "{wave} : {stage}, interrompue depuis {down}",
    "cutover.stage-of": "{wave} : {stage}, interrompue depuis {down} sur {budget}",
    "cutover.stage-over": "{wave} : {stage}, interrompue depuis {down}, plus que le budget de {budget}",
    "col.budget": "Budget",
    "status.held-at": "{stage} (retenu depuis {at})",
    "col.floor": "Plancher",
    # ------------------------------------------------ rapport
    "report.title": "Rapport de migration : {source} → {target}",
    "report.made": "Établi le",
    "report.migration": "Migration",
    "report.source": "Source",
    "report.target": "Cible",
    "report.deadline": "Échéance",
    "report.steps": "Étapes",
    "report.bytes": "Données de toutes les étapes",
    "report.bytes-of": "{done} sur {planned} au plus",
    "report.differences": "Différences",
    "report.not-verified": "pas encore vérifié : lancez `decamp verify`",
    "report.differences-found": (
        "{count} différence{s}, éléments comparés : {items}, non relus : {unread}, vérifiés le {at}"
    ),
    "report.differences-old": (
        "{count} différence{s}, éléments comparés : {items}, non relus : {unread}, vérifiés le {at} par rapport à un "
        "plan antérieur. Relancez `decamp verify`"
    ),
    "report.listed": "Les conteneurs ont été comparés aux listes de la source, prises entre {first} et {last}.",
    "report.differences-line": "{text}.",
    "report.moved": "Ce qui est déplacé",
    "report.moved-none": "Rien n'est déplacé.",
    "report.addresses": "Adresses",
    "report.changes": "Ce qui change",
    "report.changes-none": "Rien ne change.",
    "report.losses": "Ce qui est perdu",
    "report.losses-none": "Rien n'est perdu.",
    "report.by-hand-none": "Vous n'avez rien à faire à la main.",
    "report.held": "Ce qui n'avance pas, et pourquoi",
    "report.proof": "Preuves",
    "report.times": "Durées mesurées",
    "report.times-none": "Rien n'a encore été mesuré.",
    # ------------------------------------------------ colonnes
    "col.what": "Quoi",
    "col.value": "Valeur",
    "col.kind": "Type",
    "col.name": "Nom",
    "col.old-id": "Ancien id",
    "col.new-id": "Nouvel id",
    "col.old-new": "Ancien → nouveau",
    "col.old": "Ancienne",
    "col.new": "Nouvelle",
    "col.server": "Serveur",
    "col.record": "Enregistrement",
    "col.type": "Type",
    "col.ttl": "TTL (s)",
    # ------------------------------------------------ où en est une nouvelle adresse
    "standing.changed": "changée",
    "standing.kept": "conservée",
    "standing.planned": "sera conservée",
    "standing.not-made": "pas encore créée",
    "standing.not-asked": "inconnue : la cible n'a pas été interrogée",
    "standing.missing": "n'est plus à la cible",
    "standing.stays": "aucune : non déplacée",
    "standing.done": "déjà changé",
    "standing.not-looked-up": "non résolu : {why}",
    "standing.from.zone": "d'après sa zone",
    "standing.from.cache": "restant dans un cache",
    "hosts.head": "Nouvelles adresses, pour /etc/hosts en attendant le DNS. Le reste est en commentaire.",
    "hosts.not-below": "ce nom n'est pas sous dns.names, ni sous un nom qui y est",
    "hosts.twice": "plusieurs serveurs ou noms DNS s'appellent ainsi",
    "col.size": "Taille",
    "col.count": "Nombre",
    "col.state": "État",
    "col.step": "Étape",
    "col.steps": "Étapes",
    "col.gate": "Point de validation",
    "col.passed": "Contrôles réussis",
    "col.why": "Pourquoi",
    "col.who": "Approuvé par",
    "col.at": "Le",
    "col.since": "Depuis",
    "col.level": "Niveau",
    "col.code": "Code",
    "col.item": "Élément",
    "col.disk": "Disque",
    "col.bytes": "Octets",
    "col.object": "Objet",
    "col.items": "Éléments",
    "col.text": "À savoir",
    "col.proof": "Preuve",
    "col.verdict": "Verdict",
    "col.differences": "Différences",
    "col.stage": "Phase",
    "col.busy": "Durée totale des étapes",
    "col.elapsed": "Durée écoulée",
    "col.rate": "Débit",
    "col.retries": "Nouvelles tentatives",
    "col.side": "Côté",
    "col.id": "Id",
    "col.do": "Action",
    "col.outcome": "Résultat",
    # ------------------------------------------------ valeurs
    "level.blocks": "bloque",
    "level.changes": "change",
    "level.loses": "perd",
    "level.advice": "conseil",
    "side.source": "source",
    "side.target": "cible",
    "state.pending": "à faire",
    "state.running": "en cours",
    "state.waiting": "en attente",
    "state.blocked": "bloquée",
    "state.done": "faite",
    "state.failed": "en échec",
    "state.skipped": "exclue",
    "states.pending": "à faire",
    "states.running": "en cours",
    "states.waiting": "en attente",
    "states.blocked": "bloquées",
    "states.done": "faites",
    "states.failed": "en échec",
    "states.skipped": "exclues",
    "verdict.same": "identique",
    "verdict.reduced": "réduit",
    "verdict.different": "différent",
    "verdict.missing": "manquant",
    "verdict.surplus": "en trop",
    "verdict.not re-read": "non relu",
    "verdict.not fresh": "périmé",
    "proof.source-server hash": "empreinte calculée sur le serveur source",
    "proof.re-read": "relecture depuis la cible",
    "proof.listing": "comparaison des deux listes",
    "proof.fields": "comparaison de chaque champ",
    "proof.manifest only": "manifeste seul",
    "left.foreign-link": "liens vers d'autres comptes, impossibles à copier : {count}",
    "left.gone": "objets qui ne sont plus à la source, dont la copie reste : {count}",
    "left.inside": "segments copiés avec leurs grands objets : {count}",
    "left.lost": "grands objets ou liens déjà incomplets à la source : {count}",
    "left.removed": "objets qui ne sont plus à la source, supprimés aussi sur la cible : {count}",
    "since.changed": "objets modifiés à la source depuis : {count}",
    "since.headers": "les en-têtes du conteneur ont changé à la source depuis",
    "since.new": "nouveaux objets à la source depuis la copie : {count}",
    "since.vanished": "objets disparus de la source depuis la copie : {count}",
    "left.unreadable": "objets dont l'entrée dans la liste de la source est illisible, non déplacés : {count}",
    "left.refused": "objets que la cible ne peut pas stocker : {count}",
    "expiring.overdue": "{count} objet{s} toujours présent{s} après la date d'expiration",
    "expiring.rule": "{count} objet{s} qu'une règle du bucket supprime à expiration",
    "left.expiring": "objets qui expirent, laissés à la source comme le veut policy.yaml : {count}",
    "refused": "la cible a refusé l'en-tête {header} du conteneur ({examples})",
    "dropped": "{count} objet{s} copié{s} sans {header}, que la cible ne peut pas conserver : {examples}",
    "kind.keypair": "paire de clés",
    "kind.security-group": "groupe de sécurité",
    "kind.network": "réseau",
    "kind.subnet": "sous-réseau",
    "kind.router": "routeur",
    "kind.port": "port",
    "kind.floating-ip": "IP flottante",
    "kind.image": "image",
    "kind.volume": "volume",
    "kind.snapshot": "instantané",
    "kind.server": "serveur",
    "kind.container": "conteneur",
    "kind.trunk": "trunk",
    "kind.server-group": "groupe de serveurs",
    "kind.backup": "sauvegarde",
    "kind.load-balancer": "répartiteur de charge",
    "kind.stack": "pile Heat",
    "kind.dns-zone": "zone DNS",
    "kind.secret": "secret",
    "kind.share": "partage de fichiers",
    "kind.cluster": "cluster",
    "kind.database": "base de données",
    "kind.other": "ressource d'un autre service",
    # ------------------------------------------------ mots qui figurent dans un fait
    "fact.reason.timeout": "pas de réponse à temps",
    "fact.reason.unusable": "aucune réponse exploitable",
    "fact.reason.loop": "des alias sans fin",
    "fact.reason.too-many": "plus d'adresses qu'aucun nom n'en a besoin",
    "fact.reason.no-resolver": "aucun serveur DNS n'est configuré sur ce système",
    "fact.reason.offline": "option --offline",
    "fact.why.unknown": "Decamp ne connaît pas ce service",
    "fact.becomes.volume": "un volume",
    "fact.becomes.image": "une image",
    "col.wave": "Vague",
    "col.parked": "Mis de côté sur la cible",
    "col.servers": "Serveurs",
    "col.shares": "Ils partagent",
    "col.window": "Plage horaire",
    "waves.title": "Vagues, dans leur ordre ; les serveurs d'une vague sont arrêtés ensemble :",
    "waves.containers": "Après l'arrêt des serveurs de {wave}, ces conteneurs sont comparés de nouveau : {containers}",
    "waves.order": "Chacune de celles-ci attend que la précédente soit en marche sur la cible : {waves}",
    "tie.address": "IP virtuelle {name}",
    "tie.server-group": "groupe de serveurs {name}",
    "tie.network": "réseau {name}",
    "tie.volume": "volume {name}",
    "fact.tie.address": "une adresse IP virtuelle",
    "fact.tie.server-group": "un groupe de serveurs",
    "fact.tie.network": "un réseau sans routeur",
    "fact.tie.volume": "un volume",
    "fact.tie.policy": "une vague de la politique",
    "fact.size.smaller": "plus petit en partie",
    "fact.size.enough": "assez grand",
    "fact.copy.running": "pendant qu'il tourne (dans l'état où une coupure de courant laisserait ses disques)",
    "fact.copy.earlier": "lors d'une exécution précédente",
    "fact.copy.stopped": "pendant son arrêt, après approbation ; redémarrez-le vous-même à la source",
    "fact.rewrite.yes": "Decamp met la règle à jour, comme le veut policy.yaml",
    "fact.rewrite.no": (
        "mettez `rewrite_addresses: true` sous network dans policy.yaml, ou corrigez-la à la main sur la cible"
    ),
    "fact.rewrite.hand": "corrigez-la à la main sur la cible une fois la nouvelle adresse connue",
    "fact.why.no-forwardings": "la cible ne prend pas en charge les redirections de port",
    "fact.why.no-ranges": "la cible ne redirige que des ports isolés",
    "fact.why.no-port": "son port interne n'est pas déplacé",
    "fact.why.no-router": "aucun routeur n'est relié à son port interne",
    "fact.why.no-keys": "aucune clé d'accès dans l'environnement ni dans ~/.aws",
    "fact.why.half-keys": "il manque la clé d'accès ou son secret",
    "fact.why.no-profile": "~/.aws n'a pas ce profil",
    "fact.why.versions-s3": "Decamp n'active pas le versionnement sur S3",
    "fact.why.versions-current": "comme le veut policy.yaml",
    "fact.why.key-too-long": "la clé est trop longue",
    "fact.why.object-too-large": "l'objet est trop grand",
    "fact.why.leading-slash": "la clé commence par une barre oblique",
    "fact.why.empty-part": "la clé contient deux barres obliques de suite",
    "fact.why.dot-part": "la clé contient . ou .. entre des barres obliques",
    "fact.why.control-character": "la clé contient un caractère de contrôle",
    "fact.why.slash-with-content": "la clé finit par une barre oblique, mais l'objet a un contenu",
    "fact.proof.memory": "testée seulement sur des clouds en mémoire",
    "fact.proof.facade": "testée seulement sur notre simulation d'un ancien cloud",
    "fact.proof.http": "testée seulement sur un service simulé",
    "fact.proof.none": "qu'aucun test ne couvre encore",
    "fact.what.keypairs": "les paires de clés",
    "fact.what.security-groups": "les groupes de sécurité et leurs règles",
    "fact.what.networks": "les réseaux, les sous-réseaux et les ports",
    "fact.what.networks-of-others": "les ports sur des réseaux d'autres projets",
    "fact.what.ipv6": "les sous-réseaux IPv6",
    "fact.what.late-dhcp": "le DHCP activé une fois que les ports ont leurs adresses",
    "fact.what.routers": "les routeurs et leurs routes",
    "fact.what.floating-addresses": "les IP flottantes",
    "fact.what.port-forwardings": "les redirections de port",
    "fact.what.trunks": "les trunks",
    "fact.what.server-groups": "les groupes de serveurs",
    "fact.what.images": "les images",
    "fact.what.shared-images": "les images partagées avec d'autres projets",
    "fact.what.disks": "les données des volumes et des disques racine",
    "fact.what.snapshots": "les instantanés de volume",
    "fact.what.snapshot-images": "des images créées à partir d'instantanés de volume",
    "fact.what.backups": "les sauvegardes de volume",
    "fact.what.health-checks": "les contrôles de santé",
    "fact.what.objects-of-waves": "les dernières passes sur les conteneurs des vagues",
    "fact.what.hooks": "vos programmes, dès qu'un serveur fonctionne",
    "fact.what.image-booted-servers": "les serveurs qui démarrent sur une image",
    "fact.what.volume-booted-servers": "les serveurs qui démarrent sur un volume",
    "fact.what.user-data": "les données utilisateur des serveurs déplacés",
    "fact.what.stops": "les serveurs arrêtés pour leur capture",
    "fact.what.warm-passes": "les passes sur les disques de serveurs qui tournent",
    "fact.what.delta-restore": "les volumes écrits avant l'arrêt",
    "fact.what.objects": "les conteneurs et leurs objets",
    "fact.what.encrypted-volumes": "les volumes chiffrés, lus et écrits comme périphériques d'un serveur",
    "fact.what.objects-on-s3": "les conteneurs et les objets déplacés vers S3",
    **REPORT,
    **WIZARD,
    **FORECAST,
    **HELP,
    **REASONS,
    "demo.label": "Clouds en mémoire : on voit comment se passe une migration, rien n'est prouvé sur OpenStack",
    "demo.tenants": "Un tenant sur la source : main ; et un plus petit : small",
    "demo.read-only": "Lecture seule : ce qui migre, ce qui change, ce qui est perdu",
    "demo.moves": "Une personne approuve la bascule, et le tenant migre",
    "demo.small": "Le petit tenant : capturé, puis son cloud est éteint, puis reconstruit",
    "demo.twin": (
        "Aucun serveur ne tourne sur les deux clouds sans qu'on le demande : celui qui n'est pas arrêté ne démarre pas "
        "sur la cible"
    ),
    "demo.chosen": (
        "Quelqu'un choisit : le serveur est d'abord arrêté (avec servers.start=twin, les deux tourneraient)"
    ),
    "demo.gone": "Le cloud source est éteint",
    "demo.moved": "Ce qui a migré",
    "demo.done": "Terminé, après {seconds} s.",
    "demo.differs": "Quelque chose diffère ou n'a pas migré, après {seconds} s.",
    "demo.report": "rapport : {report}   preuve : {proof}",
    "demo.tenant-main": "le tenant, passé d'un cloud à l'autre",
    "demo.tenant-small": "le petit tenant, reconstruit après la fin de son cloud",
    "demo.col-kind": "Type",
    "demo.col-name": "Nom",
    "demo.col-change": "Ancien → nouveau",
    "demo.col-size": "Taille ou nombre",
    "demo.col-state": "État",
}
