"""Textes français des constats ; l'élément et son nom figurent à côté, le texte n'a pas à les répéter."""

from migrate.messages.containers_fr import CONTAINERS

FINDINGS: dict[str, str] = {
    **CONTAINERS,
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
        "le quota {resource} de la cible ({used} sur {limit} pris, {need} nécessaires) a de la place pour {disks} "
        "copies temporaires à la fois, par lesquelles les volumes sont restaurés ou relus : baissez limits.target "
        "dans policy.yaml, ou faites-le augmenter"
    ),
    "DCP-606": (
        "les données utilisateur (user data) de certains serveurs ne sont pas connues, car aucun cloud ne les montre à "
        "un membre (serveurs : {servers}) : demandez-les à leur propriétaire, et s'il faut les garder, "
        "indiquez-les sous servers.user_data_files dans policy.yaml, puis refaites le relevé"
    ),
    "DCP-607": (
        "{selector}, dans la liste {list} de policy.yaml, ne désigne rien : corrigez l'orthographe ou retirez-le"
    ),
    "DCP-608": (
        "la connexion à {cloud} est un jeton qui expire le {ends_at} sans pouvoir être renouvelé, donc avant la fin du "
        "travail : utilisez un mot de passe ou un identifiant d'application (application credential) dans clouds.yaml"
    ),
    "DCP-609": (
        "le plan repose sur un point {proof} : {what} (éléments : {items}) ; déplacez-en d'abord un seul et "
        "vérifiez-le avant les autres"
    ),
    # ------------------------------------------------ une place sur la cible
    "DCP-610": (
        "aucun gabarit de la cible n'est aussi grand que {flavor} ({vcpus} vCPU, {ram_mib} Mio, {disk_gib} Gio de "
        "disque) : demandez-en un à la cible, ou écartez le serveur dans policy.yaml"
    ),
    "DCP-611": (
        "il reçoit le gabarit {target} au lieu de {source} ({what}), qui est {size} : voyez mappings.flavors pour en "
        "choisir un autre"
    ),
    "DCP-612": (
        "policy.yaml fait correspondre {source} à {wanted} ({mapping}), que la cible n'a pas : choisissez parmi {known}"
    ),
    "DCP-613": (
        "policy.yaml fait correspondre le gabarit {source} ({source_gib} Gio) à {target}, dont le disque est trop "
        "petit ({target_gib} Gio) : choisissez-en un plus grand"
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
    "DCP-619": (
        "{what} ne peut pas être conservé : le service de la cible devrait parler la version {needs} et parle la {has} "
        "; passez-vous-en, ou demandez à la cible une version plus récente"
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
        "le serveur est verrouillé alors qu'il faudrait l'arrêter : déverrouillez-le à la source et refaites le "
        "relevé, ou écartez-le"
    ),
    "DCP-623": (
        "le serveur démarre sur un volume qui n'a pas pu être déterminé ou qui n'est pas déplacé ({volume}) : réglez "
        "d'abord le cas de ce volume, ou écartez aussi le serveur"
    ),
    "DCP-624": (
        "une fois qu'une personne a donné son accord, le serveur est arrêté à la source pour la capture de ses disques "
        "({disks}), afin qu'ils concordent et qu'il ne tourne pas des deux côtés : prévenez ses utilisateurs ; mettez "
        "servers.start à twin pour lui si les deux doivent tourner"
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
    "DCP-628": (
        "il a deux ports sur le réseau {network}, dont l'ordre n'est pas certain : vérifiez ensuite ses interfaces"
    ),
    "DCP-629": (
        "son image {image} n'existe plus ou appartient à un autre projet, et ses propriétés (bus disque, "
        "micrologiciel) viennent de la seule image du disque capturé : vérifiez le démarrage du serveur"
    ),
    # ------------------------------------------------ images, volumes, instantanés, sauvegardes
    "DCP-630": "l'image est {status} et non active : il n'y a rien à déplacer",
    "DCP-631": (
        "l'image est vide et ne fait que représenter des instantanés de volumes ({snapshots}) : elle n'est pas "
        "déplacée, et les instantanés le sont selon le réglage snapshots de policy.yaml"
    ),
    "DCP-632": (
        "l'image ({size}) est plus grande que ce que la cible accepte ({limit}) : faites relever cette limite, "
        "ou écartez-la"
    ),
    "DCP-633": (
        "le disque ({size}) peut donner une image plus grande que ce que le cloud {cloud} accepte ({limit}) : si cela "
        "échoue, lisez les volumes, leurs instantanés et leurs sauvegardes comme des périphériques (disks.capture à "
        "attached dans policy.yaml), ou faites relever cette limite"
    ),
    "DCP-634": "l'image est {visibility} à la source et privée sur la cible : partagez-la de nouveau à la main",
    "DCP-635": (
        "des propriétés qui n'ont de sens que pour l'ancien cloud sont abandonnées ({properties}) : nommez celles à "
        "garder sous images.keep_properties dans policy.yaml"
    ),
    "DCP-636": (
        "l'image est partagée avec des projets auxquels rien ne correspond encore sur la cible ({projects}) : "
        "indiquez-les sous mappings.projects dans policy.yaml, ou partagez-la de nouveau à la main"
    ),
    "DCP-637": (
        "le serveur est {status}, et sa mémoire ne peut pas être déplacée : reprenez son exécution et refaites le "
        "relevé, ou acceptez dans policy.yaml que son disque soit déplacé en l'état et sa mémoire perdue"
    ),
    "DCP-638": (
        "le serveur est remisé ({status}) et n'a pas de disque à copier : réactivez-le (unshelve) à la source et "
        "refaites le relevé, ou écartez-le"
    ),
    "DCP-639": (
        "le serveur est en mode de secours (rescue), et le disque qui tourne n'est pas le sien : quittez ce mode à la "
        "source et refaites le relevé, ou écartez-le"
    ),
    "DCP-640": (
        "le volume est chiffré, et une image qui en serait faite ne serait lisible par personne : lancez Decamp sur "
        "un serveur de ce cloud avec `disks.capture: attached` dans policy.yaml, ou écartez-le"
    ),
    "DCP-641": (
        "plusieurs serveurs peuvent tenir le volume ({servers} le tiennent) : une seule copie en est faite, du type de "
        "volume {type}, et tous ceux qui le tiennent la reçoivent. Ce qu'ils y écrivent sans s'accorder se perd "
        "là-bas comme ici"
    ),
    "DCP-642": (
        "un volume dans l'état {status} ne peut pas être capturé : réparez-le à la source et refaites le relevé, "
        "ou écartez-le"
    ),
    "DCP-643": (
        "policy.yaml laisse les instantanés de volumes à la source, dont celui-ci, du volume {volume} ({size_gib} Gio) "
        ": mettez `snapshots: volume` ou `snapshots: image` pour les garder"
    ),
    "DCP-644": (
        "l'instantané du volume {volume} ({size_gib} Gio) devient {becomes} à part entière, car aucun cloud n'importe "
        "d'instantané : faites un autre choix sous snapshots dans policy.yaml"
    ),
    "DCP-645": (
        "policy.yaml laisse les sauvegardes à la source, dont celle-ci, du volume {volume} ({size_gib} Gio) : mettez "
        "`backups: volume` pour garder ce qu'elles contiennent"
    ),
    "DCP-646": (
        "la sauvegarde du volume {volume} ({size_gib} Gio) devient un volume à part entière et prend cette place sur "
        "les deux clouds : mettez `backups: leave` pour y renoncer"
    ),
    "DCP-647": (
        "le conteneur du service de sauvegarde contient {backups} sauvegardes de volumes, sous une forme que seul "
        "l'ancien cloud sait lire, et rien n'en est copié : `backups: volume` déplace leur contenu, `backups: "
        "container` le copie malgré tout"
    ),
    "DCP-648": (
        "le disque éphémère ({ephemeral_gib} Gio) et le disque d'échange ({swap_mib} Mio) de son gabarit ne sont pas "
        "capturés : copiez d'abord sur un volume ce qui compte"
    ),
    "DCP-649": (
        "le volume appartient au groupe de volumes {group}, qui n'est pas recréé sur la cible : regroupez les volumes "
        "à la main s'ils doivent rester ensemble"
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
        "un autre conteneur porte ce nom sur la cible, avec {objects} objets, et rien n'y sera ajouté : retirez-le "
        "là-bas, ou écartez celui-ci dans policy.yaml"
    ),
    "DCP-655": (
        "la cible n'a pas de stockage objet : écartez le conteneur dans policy.yaml et gardez ses objets ailleurs"
    ),
    "DCP-656": (
        "la liste d'accès {header} est posée avec ses noms de projets ou d'utilisateurs ({value}), comme accepté : "
        "vérifiez qu'ils désignent sur la cible qui vous voulez, ou retirez DCP-880 pour ce conteneur de accept dans "
        "policy.yaml"
    ),
    "DCP-657": (
        "un instantané ou une sauvegarde dans l'état {status} ne peut pas être lu : réparez-le à la source et refaites "
        "le relevé, ou écartez-le"
    ),
    "DCP-658": (
        "le groupe de ce nom qu'a déjà la cible recevrait les règles de la source (retirées : {removed} ; ajoutées : "
        "{added} ; ports qui l'utilisent là-bas : {ports}) : vérifiez que rien n'y a besoin de lui tel qu'il est, puis "
        "acceptez-le dans accept de policy.yaml"
    ),
    "DCP-659": (
        "le conteneur contient {backups} sauvegardes de volumes, et on ne sait pas lesquels de ses {objects} objets "
        "elles sont : rien n'en est copié, quoi qu'il contienne d'autre ; `backups: container` le copie en entier, et "
        "`backups: volume` déplace le contenu des sauvegardes"
    ),
    # ------------------------------------------------ réseau
    "DCP-660": (
        "aucun routeur ne mène de {address} à son port dans le sous-réseau {subnet} : reliez le sous-réseau à un "
        "routeur muni d'une passerelle, ou écartez l'adresse"
    ),
    "DCP-661": "l'adresse flottante {address} y figure et va changer : {rewrite}",
    "DCP-662": (
        "son réseau {network} n'est pas à vous : nommez sous mappings.networks le réseau de la cible qu'il devient "
        "({known}), ou écartez-le"
    ),
    "DCP-663": "le réseau est partagé avec d'autres projets à la source et ne le sera plus sur la cible",
    "DCP-664": "le routeur perd son interface dans le sous-réseau {subnet}, qui n'est pas déplacé",
    "DCP-665": (
        "le port appartient à un service qui n'est pas déplacé ({owner}) : remettez ce service en place à la main"
    ),
    "DCP-666": "une règle qui nomme le groupe {group} est supprimée, car ce groupe n'est pas déplacé",
    "DCP-667": (
        "aucun routeur ne mène d'elle au sous-réseau {subnet} à la source, et la cible n'attribue pas d'adresse sans "
        "routeur : un routeur vers {network} est créé, et les serveurs de ce sous-réseau pourront alors joindre "
        "l'extérieur"
    ),
    "DCP-668": "sa politique de qualité de service {policy} n'est pas reprise : demandez-en une semblable à la cible",
    "DCP-669": (
        "le routeur ne traduit pas les adresses à la source (SNAT désactivé) et le fera sur la cible, où un membre ne "
        "peut pas choisir : faites désactiver la traduction si les adresses internes doivent rester visibles"
    ),
    # ------------------------------------------------ laissé de côté pour une autre raison
    "DCP-670": "policy.yaml l'écarte ({selector})",
    "DCP-671": "quelque chose dont il a besoin est laissé de côté ({because}) : réglez d'abord ce point",
    "DCP-672": (
        "cet élément n'est pas déplacé en l'état : son disque est seulement capturé et gardé dans le dépôt ; réglez ce "
        "qui le retient, ou écartez-le dans policy.yaml si personne n'en a besoin"
    ),
    # ------------------------------------------------ réseau, suite
    "DCP-673": (
        "le port est de type {vnic_type} à la source et sera un port ordinaire sur la cible : demandez à la cible si "
        "elle propose de tels ports, et vérifiez le pilote dans le système invité"
    ),
    "DCP-674": (
        "une règle qui nomme le groupe d'adresses {group} est supprimée : écrivez à la main une règle pour chacune de "
        "ses adresses"
    ),
    "DCP-675": (
        "la redirection de port {forwarding} n'est pas reprise ({why}) : donnez au serveur une adresse à lui, ou "
        "redirigez le port par un autre moyen"
    ),
    "DCP-676": (
        "la cible n'a pas de trunks : celui-ci est laissé de côté, et le serveur est déplacé sans ses VLAN ; "
        "donnez-lui à la main un port sur chaque réseau"
    ),
    "DCP-677": (
        "sa route statique vers {destination} par {nexthop} est supprimée, car ce prochain saut n'est pas déplacé : "
        "remettez-la à la main sur la cible"
    ),
    "DCP-678": "il perd son VLAN {vlan}, car le port {port} n'est pas déplacé : réglez d'abord le cas de ce port",
    "DCP-679": (
        "{what} ne peut pas être conservé, car le service réseau de la cible n'a pas {extension} : passez-vous-en, "
        "ou demandez-le à la cible"
    ),
    # ------------------------------------------------ conseils pour le système invité
    "DCP-680": (
        "ses disques peuvent changer de nom dans le système invité ({source_device} → {target_device}) : désignez-les "
        "par UUID ou LABEL dans fstab et dans le chargeur de démarrage avant la dernière capture"
    ),
    "DCP-681": (
        "ses interfaces réseau peuvent changer de nom dans le système invité, car leurs adresses MAC changent ({nics}) "
        ": cherchez des adresses MAC dans ses réglages réseau et ses règles udev"
    ),
    "DCP-682": (
        "les paquets du réseau {network} pourront faire {target_mtu} octets sur la cible au lieu de {source_mtu} "
        "(MTU) : cherchez une MTU fixe dans les systèmes invités qui y sont et dans leurs tunnels"
    ),
    "DCP-683": (
        "cloud-init prend le serveur déplacé pour un nouveau et peut refaire les clés d'hôte, réinitialiser les mots "
        "de passe et relancer les scripts de premier démarrage : désactivez-le dans le système invité avant la "
        "dernière capture si cela ne doit pas arriver"
    ),
    "DCP-684": (
        "une licence de son système ({system}) peut être liée à l'ancienne machine : demandez à son éditeur, et ayez "
        "la clé sous la main pour la bascule"
    ),
    "DCP-685": (
        "il répond pour des adresses qui peuvent passer d'un serveur à l'autre ({addresses}) : vérifiez après la "
        "bascule que chacune répond, et depuis un seul serveur"
    ),
    # ------------------------------------------------ une place sur la cible, et réseau, suite
    "DCP-686": (
        "son gabarit {flavor} n'existe plus à la source, et personne n'en connaît la taille : indiquez-en un de la "
        "cible sous mappings.flavors, ou écartez le serveur dans policy.yaml"
    ),
    "DCP-687": (
        "le port perd le groupe de sécurité {group}, qui appartient à un autre projet : donnez-lui un groupe à vous "
        "qui laisse passer le même trafic"
    ),
    "DCP-688": (
        "{servers} serveurs tiennent le volume, ce que le type de volume {type} de la cible ne permet pas : associez "
        "son type à un autre sous mappings.volume_types (la cible annonce {known}), ou excluez-le"
    ),
    "DCP-689": (
        "plusieurs serveurs peuvent tenir le volume, et un seul au plus le pourra s'il devient un volume du type "
        "{type} : associez son type sous mappings.volume_types si d'autres doivent venir"
    ),
    # ------------------------------------------------ inutilisé
    "DCP-690": (
        "le volume ({size_gib} Gio) n'est attaché à rien : écartez-le dans policy.yaml si personne n'en a besoin"
    ),
    "DCP-691": (
        "aucun serveur n'a été créé à partir de l'image ({size}) : écartez-la dans policy.yaml si personne n'en a "
        "besoin"
    ),
    "DCP-692": "aucun port n'utilise le groupe de sécurité : écartez-le dans policy.yaml si personne n'en a besoin",
    "DCP-693": "aucun serveur n'a le port ({address}) : écartez-le dans policy.yaml si personne n'en a besoin",
    "DCP-694": "l'adresse {address} ne mène à rien : écartez-la dans policy.yaml si personne n'en a besoin",
    # ------------------------------------------------ serveurs qui tourneraient des deux côtés
    "DCP-695": (
        "le serveur n'est pas démarré sur la cible, car il tournerait des deux côtés (consistency: crash le laisse "
        "tourner à la source) : tâches cron et courriels partiraient deux fois, une clé de licence servirait deux "
        "fois, des tiers verraient deux machines du même nom. Mettez servers.consistency à auto ou à stopped pour "
        "qu'il soit d'abord arrêté, ou servers.start à twin pour lui si une copie à côté de lui est voulue"
    ),
    "DCP-696": (
        "il tournera des deux côtés, comme le dit servers.start (twin), à partir d'une copie prise {copy} : ce qu'il "
        "écrit ensuite à la source y reste. Séparez bien les deux (tâches cron, courriels, clés de licence, adresses "
        "connues de tiers)"
    ),
    "DCP-697": (
        "sa copie {target} sur la cible est plus ancienne que ce qu'il a, car il tourne à la source : une fois son "
        "arrêt accordé par une personne, ses disques sont capturés de nouveau et {target} est remplacé avec ses "
        "disques, si personne ne s'en est servi ; ce qui y a été écrit est perdu. Mettez servers.start à twin pour "
        "lui pour garder les deux"
    ),
    "DCP-698": (
        "il tourne des deux côtés : ici et, fait d'une copie plus ancienne, sous {target} sur la cible, sans que "
        "personne l'ait choisi. Mettez servers.consistency à auto ou à stopped pour qu'il soit arrêté et {target} "
        "remplacé une fois qu'une personne l'a accordé, ou servers.start à twin pour lui pour garder les deux"
    ),
    # ------------------------------------------------ ce qu'aucun outil ne transporte
    "DCP-801": (
        "un répartiteur de charge ne peut pas être déplacé ({details}) : remettez-le en place à la main sur la cible"
    ),
    "DCP-802": (
        "une pile Heat ne peut pas être déplacée, et ce qu'elle possède est déplacé élément par élément (serveurs : "
        "{servers}) : figez-la, sans mise à jour ni suppression, jusqu'à l'arrêt de la source, et gardez son modèle"
    ),
    "DCP-803": (
        "une zone DNS ne peut pas être déplacée ({details}) : exportez ses enregistrements, recréez-la à son nouvel "
        "emplacement, puis changez la délégation"
    ),
    "DCP-804": (
        "un secret ne peut pas être déplacé, et sa valeur n'est jamais lue ({details}) : enregistrez-le de nouveau à "
        "la main sur la cible"
    ),
    "DCP-805": (
        "un partage de fichiers ne peut pas être déplacé ({details}) : créez-en un sur la cible, et copiez ses "
        "fichiers depuis un serveur qui le monte"
    ),
    "DCP-806": (
        "un cluster ne peut pas être déplacé en tant que tel ({details}) : montez-en un nouveau à la main, "
        "transférez-y sa charge, et écartez ses serveurs dans policy.yaml"
    ),
    "DCP-807": (
        "ce qui relève du service {service} ne peut pas être déplacé ({details}) : remettez-le en place à la main sur "
        "la cible"
    ),
    "DCP-808": (
        "le service {service} figure au catalogue de la source, et ce que vous y avez ne peut pas être listé ({why}) : "
        "allez y voir vous-même"
    ),
    # ------------------------------------------------ what was not listed
    "DCP-818": (
        "la cible ne liste pas ({service} : {why}) : {listing} ; cet élément ne peut donc y être créé, et le reste "
        "continue sans lui : demandez le rôle qui permet de les lister, puis relancez scan et plan, ou acceptez "
        "DCP-818 dans policy.yaml pour le laisser ; `run --only evacuate` lit la source entre-temps"
    ),
    "DCP-816": (
        "non listés à la source ({service} : {why}) : {listing} ; ce qu'il y en a est inconnu et ne sera PAS déplacé, "
        "et ce qui en dépend est laissé de côté : demandez le rôle qui permet de les lister et relancez scan, ou "
        "laissez-les de côté exprès sous scan.skip dans policy.yaml"
    ),
    "DCP-817": (
        "non demandés à la source, scan.skip de policy.yaml disant {selector} : {listing} ; ils restent sur place : "
        "retirez ce mot et relancez scan s'ils doivent être déplacés"
    ),
    "DCP-819": (
        "{cloud} n'indique pas ({service} : {why}) : {listing} ; ce qui en dépend n'a pas été examiné : demandez le "
        "rôle qui permet de les lister et relancez scan"
    ),
    "DCP-900": (
        "il désigne quelque chose qui n'a pas été listé ({listing} : {why}) et serait déplacé à moitié : il est "
        "laissé de côté ; demandez le rôle qui permet de lister cela, puis relancez scan et plan"
    ),
    "DCP-910": (
        "il porte la marque d'une copie temporaire d'un autre déménagement ({mark}) et ne sera PAS déplacé ; s'il est "
        "à vous, changez son nom et ses métadonnées puis relancez scan, sinon supprimez-le par le `decamp clean` de ce "
        "déménagement"
    ),
    "DCP-907": (
        "{what} ({listing}) est illisible tel que {service} le liste ({why}) : cela ne sera PAS déplacé, et ce qui le "
        "désigne est laissé de côté ; demandez au fournisseur d'y remédier et relancez scan, ou acceptez DCP-907 dans "
        "policy.yaml pour le laisser sur place"
    ),
    "DCP-908": (
        "{cloud} : {what} ({listing}) est illisible tel que {service} le liste ({why}) et n'a pas été examiné : "
        "regardez-le vous-même"
    ),
    "DCP-909": (
        "{what} ({listing}) est listé bizarrement par {service} ({why}) et est déplacé malgré tout : regardez-le "
        "vous-même une fois déplacé"
    ),
    "DCP-901": (
        "ses en-têtes ne peuvent être lus ({why}), donc ni ses droits d'accès ni, sans doute, ses objets : demandez à "
        "son propriétaire le droit de le lire et relancez scan, ou excluez-le dans policy.yaml"
    ),
    # ------------------------------------------------ la place dans le stockage objet de la cible
    "DCP-902": (
        "le conteneur déjà présent sur la cible peut contenir {limit} ({header}), et celui-ci contient {need} : "
        "augmentez-y son quota et refaites le relevé, ou écartez-le dans policy.yaml"
    ),
    "DCP-903": (
        "le stockage objet de la cible est trop petit pour les conteneurs à déplacer : il leur faut {need}, {used} sur "
        "{limit} sont pris, il manque {short} ; faites-le augmenter, ou écartez des conteneurs dans policy.yaml"
    ),
    "DCP-904": (
        "sur le cloud {cloud}, toutes les images du projet tiennent au plus {limit} Mio ({used} pris), et celles par "
        "lesquelles les disques passent peuvent en prendre {need} à la fois : moins s'ils sont en partie vides, ce qui "
        "n'est connu qu'à la lecture. Faites augmenter ce quota, faites-en moins à la fois (limits dans policy.yaml), "
        "ou mettez {key} à attached : les volumes ne passent alors par aucune image"
    ),
    "DCP-905": (
        "d'après ses quotas, le conteneur {container} de la cible a de la place pour {room}, et les disques capturés "
        "qui doivent y être stockés prennent jusqu'à {disks} : moins s'ils sont vides ou se ressemblent, ce qui n'est "
        "connu qu'à la lecture ; faites-les augmenter, ou indiquez un dossier sous store dans policy.yaml"
    ),
    "DCP-906": (
        "le disque ({size}) peut donner une image plus grande que ce que le cloud {cloud} accepte ({limit}) : il n'est "
        "pas restauré. Mettez disks.restore à attached dans policy.yaml, ce qui écrit les volumes sans image (et pour "
        "un disque racine servers.boot à volume aussi, pour un instantané snapshots à volume), faites relever cette "
        "limite, ou acceptez DCP-906 pour lui si ce qu'il contient est plus petit"
    ),
    # ------------------------------------------------ règles de la cible, trouvées avant qu'elle refuse
    "DCP-820": (
        "la cible ({profile}) n'accepte de sous-réseaux que dans {limit}, pas {cidr} : changez la plage du réseau à la "
        "source et refaites le relevé, ou écartez le sous-réseau"
    ),
    "DCP-821": (
        "la cible ({profile}) n'accepte pas de sous-réseau plus petit qu'un {limit}, ce qui est le cas de {cidr} : "
        "prenez-en un plus grand à la source et refaites le relevé, ou écartez-le"
    ),
    "DCP-822": (
        "la cible ({profile}) se réserve {address} dans le sous-réseau {subnet} ({limit}) : prenez une autre adresse à "
        "la source et refaites le relevé, ou écartez l'élément"
    ),
    "DCP-823": (
        "la cible ({profile}) n'accepte les sous-réseaux IPv6 qu'en {limit}, ce que {cidr} n'est pas : changez-le à la "
        "source et refaites le relevé, ou écartez-le"
    ),
    "DCP-824": (
        "la cible ({profile}) n'accepte pas de port sans groupe de sécurité, et le port de {address} reçoit donc celui "
        "par défaut : vérifiez que ses règles laissent passer le trafic"
    ),
    "DCP-825": (
        "la cible ({profile}) n'accepte pas la paire d'adresses {address} : restreignez-la à la source et refaites le "
        "relevé, ou écartez le port"
    ),
    "DCP-826": (
        "la cible ({profile}) ne laisse personne choisir l'adresse MAC d'un port ({mac}) : mettez `keep_mac: false` "
        "dans policy.yaml"
    ),
    "DCP-827": (
        "la cible ({profile}) n'accepte que des images de moins de {limit}, et celle-ci fait {size} : réduisez-la à la "
        "source et refaites le relevé, ou écartez-la"
    ),
    "DCP-828": (
        "la cible ({profile}) n'accepte de tels disques que de {limit} Gio, et celui-ci en fait {size_gib} : changez "
        "sa taille à la source et refaites le relevé, ou écartez-le"
    ),
    "DCP-829": (
        "la cible ({profile}) n'accepte que des métadonnées de {limit} octets au plus, et {key} en fait {length} : "
        "raccourcissez-la à la source et refaites le relevé, ou écartez l'élément"
    ),
    "DCP-830": (
        "la cible ({profile}) n'accepte que {limit} octets de données utilisateur, et celles de ce serveur en font "
        "{length} : raccourcissez-les, ou mettez `user_data: keep` dans policy.yaml"
    ),
    "DCP-831": (
        "le volume a {count} instantanés, et la cible ({profile}) n'en garde que {limit} par volume : prévoyez-en "
        "moins après le déplacement"
    ),
    "DCP-832": (
        "les limites de {provider} (profil {profile}) sont documentées par {source} : vérifiez qu'elles "
        "valent encore, ou mettez `profile: none` sous target dans policy.yaml"
    ),
    "DCP-833": (
        "la cible ({profile}) n'accepte pas de port sans groupe de sécurité, et il n'y en a aucun pour le port de "
        "{address} (sa sécurité de port est désactivée, ou aucun groupe `default` n'est déplacé) : changez cela à la "
        "source et refaites le relevé, ou écartez le port"
    ),
    "DCP-813": (
        "l'adresse {address} mène à un port sur {becomes}, qui appartient à des tiers : seul un routeur à eux peut y "
        "mener ; demandez s'il y en a un, ou écartez l'adresse"
    ),
    "DCP-814": (
        "sous mappings.{mapping}, ces lignes s'appliquent toutes à lui et nomment des cibles différentes : {lines}. "
        "Restreignez l'une d'elles, ou donnez-lui une ligne à lui"
    ),
    "DCP-834": (
        "son réseau {network} n'est pas à vous et n'est pas déplacé : il devient un port sur {becomes} ; nommez-en un "
        "autre sous mappings.networks"
    ),
    "DCP-835": (
        "l'adresse {address} n'est pas conservée : {becomes} en donne une nouvelle, que le rapport montre à côté ; "
        "prévoyez le changement des noms DNS, des pare-feu et des réglages dans les systèmes invités"
    ),
    "DCP-836": (
        "ses paires d'adresses ({pairs}) ne sont pas conservées : personne ne peut en mettre sur {becomes}, un réseau "
        "de tiers ; demandez à son propriétaire, ou nommez un réseau à vous sous mappings.networks"
    ),
    "DCP-837": (
        "sa sécurité de port était désactivée, et sur {becomes}, un réseau de tiers, personne ne peut la désactiver : "
        "le port reçoit le groupe de sécurité par défaut, et ce que le serveur relaie pour d'autres est rejeté"
    ),
    "DCP-838": (
        "une règle nomme {address}, l'adresse d'un port qui ne la conserve pas : mettez-y la nouvelle à la main dès "
        "que le rapport la montre"
    ),
    "DCP-839": (
        "policy.yaml le veut sur {wanted}, mais une exécution précédente l'a mis sur {becomes}, où il reste : pour "
        "changer cela, attachez à la main un autre port sur la cible, ou retirez la ligne"
    ),
    "DCP-840": (
        "la cible n'a pas de service {service}, dont {items} éléments du projet ont besoin : demandez-le à la cible, "
        "ou écartez-les dans policy.yaml"
    ),
    "DCP-841": (
        "la cible n'accepte pas d'image au format {format}, seulement {known} : convertissez-la à la source et "
        "refaites le relevé, ou écartez-la"
    ),
    "DCP-842": (
        "son disque passerait par une image au format {format}, et la cible n'accepte que {known} : faites-y accepter "
        "ce format, ou écartez-le"
    ),
    "DCP-843": (
        "{key} dans policy.yaml désigne le serveur {server}, que {cloud} n'a pas montré : corrigez l'identifiant, ou "
        "refaites le relevé"
    ),
    "DCP-844": (
        "Decamp tourne sur ce serveur, comme le dit disks.source_worker, et le déplacerait aussi : écartez-le dans "
        "policy.yaml"
    ),
    "DCP-845": (
        "des volumes de {others} seraient attachés au serveur {server} de {zone}, et tous les clouds n'attachent pas "
        "d'une zone à l'autre : essayez-en un à la main, ou lancez Decamp sur un serveur de leur zone"
    ),
    "DCP-846": (
        "le volume est chiffré à la source, et ce qui en est gardé dans le dépôt ne l'est pas : que personne d'autre "
        "ne puisse lire le dépôt"
    ),
    "DCP-847": (
        "le volume est chiffré, et ce qu'il devient sur la cible ne l'est pas ({becomes}) : choisissez un type de "
        "volume qui chiffre sous mappings.volume_types dans policy.yaml, ou acceptez-le"
    ),
    "DCP-848": (
        "le volume est chiffré, et la cible ne dit à aucun membre si son type de volume {type} chiffre : créez-y un "
        "volume vide de ce type et refaites le relevé, ou acceptez dans policy.yaml qu'il soit peut-être gardé en clair"
    ),
    "DCP-849": (
        "les volumes du type {type} sont chiffrés sur la cible et ne peuvent pas être relus par une image : lancez "
        "Decamp sur un serveur de la cible avec `disks.restore: attached`, ou choisissez un autre type sous "
        "mappings.volume_types"
    ),
    # ------------------------------------------------ disques racine qui deviennent des volumes de démarrage
    "DCP-890": (
        "son disque racine devient un volume de démarrage de {size_gib} Gio, de type {type}, supprimé avec le "
        "serveur et compté parmi les volumes : voyez servers.boot ou servers.boot_volume_type pour faire autrement"
    ),
    "DCP-891": (
        "il reçoit le gabarit {target}, qui a un disque ; {nearer} n'en a pas et est plus proche de l'ancien : pour "
        "l'obtenir, mettez servers.boot à volume pour ce serveur"
    ),
    "DCP-892": (
        "{selector} sous servers.boot ne change rien, ce serveur démarre déjà d'un volume : retirez cette ligne"
    ),
    # ------------------------------------------------ limites d'un profil de fournisseur, suite
    "DCP-893": (
        "il avait un disque de configuration (config drive), et la cible ({profile}) n'en fait pas : vérifiez que "
        "son cloud-init interroge le service de métadonnées"
    ),
    "DCP-894": (
        "la cible ({profile}) n'accepte ici qu'un nom d'au plus {limit} lettres, chiffres, `_`, `-` et `.` : "
        "renommez-le à la source et relancez un scan, ou écartez-le"
    ),
    "DCP-895": (
        "la cible ({profile}) accepte pour un serveur une description d'au plus {limit} caractères, sans < ni >, "
        "et celle-ci en a {length} : changez-la à la source et relancez un scan, ou écartez le serveur"
    ),
    "DCP-896": (
        "la cible ({profile}) accepte les images aux formats {known}, pas {format} : convertissez-la à la source "
        "et relancez un scan, ou écartez-la"
    ),
    "DCP-897": (
        "la cible ({profile}) accepte pour un volume, champ {what}, {limit} octets au plus, et celui-ci en a "
        "{length} : raccourcissez-le à la source et relancez un scan, ou écartez le volume"
    ),
    "DCP-898": (
        "la cible ({profile}) permet à {limit} serveurs au plus de tenir un même volume, et {servers} tiennent "
        "celui-ci : détachez-le de quelques-uns à la source et relancez un scan, ou écartez-le"
    ),
    "DCP-899": (
        "la cible ({profile}) ne démarre aucun serveur d'un volume que d'autres tiennent aussi : détachez-le des "
        "autres à la source et relancez un scan, ou écartez-le"
    ),
    "DCP-809": (
        "la cible ({profile}) n'accepte pas deux traits d'union de suite dans le nom d'un bucket, comme dans "
        "{bucket} : nommez-en un autre sous target.objects.s3.buckets dans policy.yaml"
    ),
}
