"""Textes français des constats ; l'élément et son nom figurent à côté, le texte n'a pas à les répéter."""

FINDINGS: dict[str, str] = {
    # ------------------------------------------------ la migration entière
    "DCP-601": "l'échéance {deadline} était passée au relevé de la source ({taken_at}) : corrigez-la dans policy.yaml",
    "DCP-602": (
        "le quota {resource} de la cible est trop petit : il faut {need}, {used} sur {limit} sont pris, "
        "il manque {short} ; faites-le augmenter, ou écartez quelque chose dans policy.yaml"
    ),
    "DCP-603": (
        "le quota {resource} de la source ne laisse pas la place de copier ne serait-ce que le plus grand disque : "
        "il faut {need}, {used} sur {limit} sont pris, il manque {short} ; libérez de la place ou faites-le augmenter"
    ),
    "DCP-604": (
        "le quota {resource} de la source ({used} sur {limit} pris, {need} voulus) permet {disks} captures à la fois : "
        "baissez limits.disks dans policy.yaml"
    ),
    "DCP-605": (
        "le quota {resource} de la cible ({used} sur {limit} pris, {need} nécessaires) permet {disks} restaurations "
        "à la fois : baissez limits.disks dans policy.yaml, ou faites-le augmenter"
    ),
    "DCP-606": (
        "les données utilisateur (user data) ne peuvent pas être relues sur la source : aucun serveur "
        "déplacé n'en aura (serveurs : {servers}) ; gardez les vôtres si un premier démarrage en a besoin"
    ),
    "DCP-607": (
        "{selector}, dans la liste {list} de policy.yaml, ne désigne rien : corrigez l'orthographe ou retirez-le"
    ),
    # ------------------------------------------------ une place sur la cible
    "DCP-610": (
        "aucun gabarit de la cible n'est aussi grand que {flavor} ({vcpus} vCPU, {ram_mib} MiB, {disk_gib} GiB de "
        "disque) : demandez-en un à la cible, ou écartez le serveur dans policy.yaml"
    ),
    "DCP-611": (
        "il reçoit le gabarit {target} au lieu de {source} ({what}) : voyez mappings.flavors pour en choisir un autre"
    ),
    "DCP-612": (
        "policy.yaml fait correspondre {source} à {wanted} ({mapping}), que la cible n'a pas : choisissez parmi {known}"
    ),
    "DCP-613": (
        "policy.yaml fait correspondre le gabarit {source} ({source_gib} GiB) à {target}, dont le disque est trop "
        "petit ({target_gib} GiB) : choisissez-en un plus grand"
    ),
    "DCP-614": (
        "il reçoit le type de volume {target} au lieu de {source} : indiquez mappings.volume_types pour en choisir un "
        "autre"
    ),
    "DCP-615": (
        "il reçoit la zone de disponibilité {target} au lieu de {source} : voyez la correspondance des zones pour en "
        "choisir une autre"
    ),
    "DCP-616": (
        "on ne sait pas quel réseau externe de la cible remplace {source} : indiquez mappings.external_networks, "
        "parmi {known}"
    ),
    "DCP-617": (
        "l'adresse {address} ne peut pas être déplacée : une nouvelle est prise sur {network} ; "
        "prévoyez le changement des noms DNS et des pare-feu"
    ),
    "DCP-618": (
        "l'adresse MAC {mac} de {address} n'est pas conservée : activez keep_mac dans policy.yaml si la cible le "
        "permet, sinon cherchez-la dans le système invité"
    ),
    # ------------------------------------------------ serveurs
    "DCP-620": (
        "un serveur dans l'état {status} ne peut pas être déplacé : réparez-le à la source et refaites le relevé, "
        "ou écartez-le"
    ),
    "DCP-621": (
        "le serveur est au milieu d'une opération ({status}, {task}) : attendez qu'elle finisse et refaites le relevé"
    ),
    "DCP-622": (
        "le serveur est verrouillé alors qu'il faudrait l'arrêter : déverrouillez-le, ou mettez consistency: crash "
        "dans policy.yaml"
    ),
    "DCP-623": (
        "le serveur démarre sur le volume {volume} : le volume est déplacé, pas le serveur ; "
        "créez le serveur à la main à partir du volume déplacé"
    ),
    "DCP-624": (
        "le serveur est arrêté pendant la capture de ses {disks} disques, pour qu'ils concordent, "
        "une fois qu'une personne a donné son accord"
    ),
    "DCP-625": (
        "le serveur est {status} à la source et tournera sur la cible : arrêtez-le là-bas s'il ne doit pas tourner"
    ),
    "DCP-626": (
        "la paire de clés {key} est celle d'un autre utilisateur ou écartée : le serveur est créé sans elle ; "
        "gardez la clé privée"
    ),
    "DCP-627": (
        "son volume {volume} est écarté et ne sera pas attaché : attachez-en un à la main si le serveur en a besoin"
    ),
    "DCP-629": (
        "son image {image} n'existe plus ou appartient à un autre projet, et ses propriétés (bus disque, "
        "micrologiciel) viennent de la seule image du disque capturé : vérifiez le démarrage du serveur"
    ),
    "DCP-628": (
        "il a deux ports sur le réseau {network}, dont l'ordre n'est pas certain : vérifiez ensuite ses interfaces"
    ),
    # ------------------------------------------------ images, volumes, instantanés
    "DCP-630": "l'image est {status} et non active : il n'y a rien à déplacer",
    "DCP-631": "l'image est vide et ne fait que représenter des instantanés de volumes : elle n'est pas déplacée",
    "DCP-632": (
        "l'image ({size}) est plus grande que ce que la cible accepte ({limit}) : faites relever cette limite, "
        "ou écartez-la"
    ),
    "DCP-633": (
        "le disque ({size}) peut donner une image plus grande que ce que le cloud {cloud} accepte ({limit}) : "
        "si cela échoue, faites relever cette limite"
    ),
    "DCP-634": "l'image est {visibility} à la source et privée sur la cible : partagez-la de nouveau à la main",
    "DCP-640": (
        "le volume est chiffré et ne peut pas être lu comme un disque ordinaire : copiez son contenu à la main, "
        "ou écartez-le"
    ),
    "DCP-641": (
        "le volume est attaché à plusieurs serveurs, ou peut l'être : copiez son contenu à la main, ou écartez-le"
    ),
    "DCP-642": (
        "un volume dans l'état {status} ne peut pas être capturé : réparez-le à la source et refaites le relevé, "
        "ou écartez-le"
    ),
    "DCP-643": (
        "l'instantané du volume {volume} ({size_gib} GiB) n'est pas déplacé : "
        "faites-en un volume à la source et refaites le relevé pour le garder"
    ),
    # ------------------------------------------------ en travers sur la cible
    "DCP-650": "une autre paire de clés porte ce nom sur la cible ({other}) : renommez ou retirez l'une des deux",
    "DCP-651": (
        "un autre groupe de sécurité porte ce nom sur la cible ({other}) : renommez-le, "
        "ou acceptez-en un second dans accept de policy.yaml"
    ),
    "DCP-652": (
        "un autre réseau porte ce nom sur la cible ({other}) : renommez-le, "
        "ou acceptez-en un second dans accept de policy.yaml"
    ),
    "DCP-653": (
        "sa plage {cidr} recouvre {other_cidr} du sous-réseau {other} sur la cible : retirez ce dernier, "
        "ou acceptez-le dans accept de policy.yaml"
    ),
    "DCP-654": (
        "un autre conteneur porte ce nom sur la cible, avec {objects} objets : videz-le ou retirez-le, "
        "ou acceptez le mélange dans accept de policy.yaml"
    ),
    "DCP-655": (
        "la cible n'a pas de stockage objet : écartez le conteneur dans policy.yaml et gardez ses objets ailleurs"
    ),
    "DCP-656": (
        "la liste d'accès {header} nomme des projets ou des utilisateurs de la source ({value}) : "
        "refaites-la à la main sur la cible"
    ),
    # ------------------------------------------------ réseau
    "DCP-660": (
        "aucun routeur ne mène de {address} à son port dans le sous-réseau {subnet} : reliez le sous-réseau à un "
        "routeur muni d'une passerelle, ou écartez l'adresse"
    ),
    "DCP-661": "l'adresse flottante {address} y figure et va changer : corrigez-la à la main sur la cible",
    "DCP-662": ("son réseau {network} n'est pas à vous : choisissez pour lui un réseau à vous, ou écartez-le"),
    "DCP-663": "le réseau est partagé avec d'autres projets à la source et ne le sera plus sur la cible",
    "DCP-664": "le routeur perd son interface dans le sous-réseau {subnet}, qui n'est pas déplacé",
    "DCP-665": (
        "le port appartient à un service qui n'est pas déplacé ({owner}) : remettez ce service en place à la main"
    ),
    "DCP-666": "une règle qui nomme le groupe {group} est supprimée, car ce groupe n'est pas déplacé",
    # ------------------------------------------------ laissé de côté pour une autre raison
    "DCP-670": "policy.yaml l'écarte ({selector})",
    "DCP-671": "quelque chose dont il a besoin est laissé de côté ({because}) : réglez d'abord ce point",
}
