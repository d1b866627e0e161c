"""Textes français par code : quoi, où, que faire."""

from migrate.messages.findings_fr import FINDINGS

TEXTS: dict[str, str] = {
    # ------------------------------------------------ 1xx : cette machine
    "DCP-100": (
        "une erreur imprévue s'est produite ({error}) : rien de ce qui est fait n'est perdu, "
        "et la même commande reprend"
    ),
    "DCP-111": "impossible d'écrire {path} ({why}) : libérez de la place ou corrigez les droits, puis relancez",
    "DCP-112": (
        "il reste {size} au dépôt des disques capturés, et un seul paquet de ce qui est à capturer en prend {limit} : "
        "libérez de la place, puis relancez ; rien n'a été modifié"
    ),
    "DCP-130": "arrêté à votre demande : ce qui est fait est enregistré, et la même commande reprend à cet endroit",
    "DCP-132": (
        "la clé du dépôt, {key}, ne peut être lue ({why}) : remettez-la, ou corrigez store.key dans policy.yaml ; sans "
        "la clé, rien de ce que contient le dépôt ne peut être lu"
    ),
    "DCP-133": (
        "le dépôt {store} est chiffré avec la clé {found}, et policy.yaml n'en nomme aucune : dites dans store.key où "
        "est cette clé, ou nommez un autre emplacement pour le dépôt"
    ),
    "DCP-134": (
        "le dépôt {store} est chiffré avec la clé {found}, et store.key dans policy.yaml mène à la clé {key} : nommez "
        "la bonne, ou un autre emplacement pour le dépôt"
    ),
    "DCP-135": (
        "le dépôt {store} contient ce qui n'est pas chiffré, et policy.yaml nomme pour lui la clé {key} : nommez un "
        "emplacement vide, où ce qu'il faut encore sera capturé de nouveau, ou retirez store.key ; rien n'a été changé"
    ),
    "DCP-136": (
        "d'autres peuvent lire la clé du dépôt, {key} : fermez-la par chmod 600 {path}, et si quelqu'un a pu la lire, "
        "commencez un autre dépôt avec une nouvelle clé"
    ),
    "DCP-137": (
        "{key} ne mène à aucune clé de dépôt, soit 32 octets aléatoires en base64 ou en hexadécimal : nommez le bon "
        "emplacement dans policy.yaml, ou créez une clé par `decamp store key FILE`"
    ),
    # ------------------------------------------------ 2xx : saisie et documents
    "DCP-200": "{what} ; voir `decamp --help`",
    "DCP-201": (
        "le cloud {cloud} n'est pas utilisable : nommez-en un de votre clouds.yaml (il contient : {known}), "
        "ou corrigez son entrée"
    ),
    "DCP-202": (
        "la source et la cible sont toutes deux {cloud} : indiquez deux clouds différents, ou deux de ses régions dans "
        "policy.yaml"
    ),
    "DCP-203": (
        "{path} existe déjà et reste tel quel : continuez avec `decamp -C` et ce dossier, ou choisissez-en un autre"
    ),
    "DCP-204": "aucune approbation ne s'appelle {gate} : le plan connaît {known}",
    "DCP-205": (
        "{value} n'est pas une échéance : écrivez une date avec son fuseau, par exemple 2020-02-01T00:00:00+01:00"
    ),
    "DCP-206": (
        "{path} n'est pas un dossier utilisable par Decamp : créez-en un avec `decamp init`, "
        "ou indiquez-en un autre avec -C"
    ),
    "DCP-207": "{option} manque et personne ne peut répondre ici : indiquez-le sur la ligne de commande",
    "DCP-208": "une approbation demande un nom : dites qui approuve avec --who",
    "DCP-209": "aucune étape du plan ne s'appelle {step} : `decamp plan` en donne la liste",
    "DCP-210": (
        "{path} n'existe pas : `decamp init` crée policy.yaml, `decamp scan` les inventaires, `decamp plan` le plan"
    ),
    "DCP-211": (
        "{path} est endommagé ou tronqué ({why}) : relancez la commande qui le produit, ou remettez une copie intacte"
    ),
    "DCP-212": (
        "{path} n'est pas un document lisible par cette version de Decamp (attendu : {expected}) : "
        "reproduisez-le avec cette version"
    ),
    "DCP-213": (
        "{path} a été modifié à la main et est refusé : modifiez plutôt policy.yaml, "
        "puis relancez la commande qui le produit"
    ),
    "DCP-214": (
        "le plan ne correspond plus à la politique et aux inventaires ({what}) : "
        "relancez `decamp plan` et lisez ce qui a changé"
    ),
    "DCP-215": (
        "le registre {path} est endommagé ({why}) : remettez une copie intacte, ou mettez-le de côté et relancez ; "
        "Decamp retrouve alors ce qu'il a créé grâce à ses marques"
    ),
    "DCP-216": (
        "{cloud} a plusieurs régions ({known}) : indiquez la vôtre dans policy.yaml, "
        "ou comme region_name dans clouds.yaml"
    ),
    "DCP-217": (
        "le registre {path} est injoignable ({why}) : vérifiez que son serveur tourne et qu'on peut le joindre "
        "d'ici, puis relancez la même commande"
    ),
    "DCP-218": (
        "le registre {path} nous refuse l'accès ({why}) : vérifiez l'utilisateur, la base et les droits ; le mot de "
        "passe est lu dans PGPASSFILE ou PGPASSWORD"
    ),
    "DCP-219": (
        "aucun registre ne peut être tenu à l'adresse {path} ({why}) : écrivez sqlite:///FICHIER ou "
        "postgresql://UTILISATEUR@HÔTE/BASE sous ledger dans policy.yaml, et installez decamp[postgresql] dans le "
        "second cas"
    ),
    "DCP-220": "{path} contient des erreurs, et rien n'a été changé : {problems}",
    "DCP-221": "{path} n'est pas du YAML valide ({why}) : corrigez la ligne et relancez la même commande",
    "DCP-222": (
        "des constats bloquent (au nombre de {count}), et rien n'a été changé : `decamp check` les liste ; réglez-les, "
        "ou écartez-les ou acceptez-les dans policy.yaml, puis refaites le plan"
    ),
    "DCP-223": (
        "{path} est illisible ({why}), et servers.user_data_files dans policy.yaml le nomme : mettez-y le fichier, ou "
        "corrigez son nom"
    ),
    "DCP-224": (
        "aucun serveur que l'approbation {gate} fait arrêter ne s'appelle {server} : `decamp approve` en donne la liste"
    ),
    "DCP-225": (
        "{path} se trouve dans le dossier courant sans que personne ne l'ait nommé, et celui qui l'y a mis choisirait "
        "où vont les mots de passe : lisez-le, puis fixez OS_CLIENT_CONFIG_FILE={clouds}, ou lancez la commande d'un "
        "autre dossier en nommant celui-ci par -C"
    ),
    "DCP-226": (
        "la source {source} et la cible {target} sont un seul et même projet, {project} ({id}, région {region}), et "
        "rien n'a été changé : il serait déménagé sur lui-même, et tout serait perdu à la coupure. Indiquez comme "
        "cible un autre projet, une autre région ou un autre cloud dans policy.yaml, ou corrigez son entrée dans "
        "clouds.yaml, puis relancez l'inventaire des deux côtés"
    ),
    "DCP-227": (
        "les régions {source} et {target} partagent le service {service} du projet ({address}), et rien n'a été "
        "changé : ce qui s'y trouve est déjà des deux côtés. Choisissez une région qui a le sien, ou un autre projet"
    ),
    "DCP-228": (
        "l'adresse S3 {endpoint} est une adresse de la source ({address}), et rien n'a été changé : ce qu'on y "
        "déménagerait serait perdu à la coupure. Indiquez le service S3 de la cible sous target.objects.s3 dans "
        "policy.yaml, ou retirez cette clé pour utiliser le Swift de la cible, puis relancez l'inventaire"
    ),
    "DCP-229": (
        "des valeurs de métadonnées ou d'en-têtes qui ressemblent à des secrets sont masquées par {path}, qui manque "
        "ou n'est pas le bon : copiez aussi le dossier private/ de cet espace de travail, ou relancez `decamp "
        "scan` puis `decamp plan`"
    ),
    # ------------------------------------------------ 3xx : où en est une étape
    "DCP-301": "attend l'approbation {gate} : lisez-la avec `decamp approve`, puis `decamp approve {gate}`",
    "DCP-302": "bloqué par {step} : réglez d'abord cette étape, puis relancez",
    "DCP-303": "une autre exécution a repris {step} : celle-ci l'a laissée, il n'y a rien à faire",
    "DCP-304": (
        "attend la plage horaire de policy.yaml, qui s'ouvre à {opens_at} : une exécution qui reste en marche reprend "
        "d'elle-même"
    ),
    "DCP-305": (
        "attend {cloud}, qui refuse la connexion pour l'instant ({why}) : l'exécution réessaie d'elle-même ; si "
        "l'identifiant lui-même a changé, corrigez clouds.yaml, arrêtez l'exécution et relancez-la"
    ),
    "DCP-306": (
        "attend que les serveurs arrêtés soient de nouveau en marche : limits.servers_down dans policy.yaml en "
        "autorise {limit} à la fois ; `decamp status` les nomme, et l'exécution continue d'elle-même"
    ),
    "DCP-307": (
        "n'est pas arrêté, car {servers} ne peut pas redémarrer tant que {step} n'est pas réglé : `decamp status` dit "
        "pourquoi ; réglez-le et relancez, ou augmentez limits.servers_down dans policy.yaml et refaites le plan"
    ),
    "DCP-308": (
        "n'est pas arrêté tant que {servers} ne peut pas l'être aussi, car ils partagent des volumes : lisez-la avec "
        "`decamp approve`, puis `decamp approve {gate} --server` pour chacun d'eux"
    ),
    "DCP-309": (
        "{url} nous renvoie vers {to}, que ni le catalogue ni clouds.yaml ne nomment : rien n'y a été envoyé ; si "
        "cette adresse est la bonne, inscrivez-la dans clouds.yaml (auth_url, ou endpoint_override du service)"
    ),
    "DCP-310": (
        "le fichier d'accès {path} est illisible ({why}), et aucun autre n'est pris à sa place : corrigez-le, ou "
        "nommez-en un autre par OS_CLIENT_CONFIG_FILE"
    ),
    "DCP-311": (
        "{path} est {why}, ce qu'aucun fichier d'un espace de travail n'est, et n'a été ni lu ni écrit : cherchez qui "
        "l'y a mis, retirez-le ou remettez une copie intacte, puis relancez la même commande"
    ),
    # ------------------------------------------------ 4xx : les clouds
    "DCP-400": "le cloud juge la requête incorrecte ({what}) : regardez l'élément en cause, puis relancez",
    "DCP-401": (
        "{cloud} a refusé la connexion (utilisateur : {user}) : vérifiez nom, mot de passe et projet dans clouds.yaml"
    ),
    "DCP-402": "{url} est injoignable : vérifiez le réseau, le proxy et l'adresse dans clouds.yaml",
    "DCP-403": (
        "le cloud ne l'autorise pas ({what}) : demandez ce droit à son support, ou écartez l'élément dans policy.yaml"
    ),
    "DCP-404": "{kind} {id} n'est plus là : relancez le relevé (scan) et le plan",
    "DCP-405": "{cloud} n'a pas de région {region}, seulement {known} : corrigez-la dans policy.yaml ou clouds.yaml",
    "DCP-406": (
        "{cloud} n'a pas d'adresse {interface} pour {service}, seulement {known} : corrigez interface dans clouds.yaml"
    ),
    "DCP-407": (
        "le certificat de {url} n'est pas reconnu : indiquez le fichier de son autorité comme cacert dans clouds.yaml"
    ),
    "DCP-409": "quelque chose fait obstacle sur le cloud ({what}) : regardez-le, puis relancez",
    "DCP-410": (
        "aucune clé S3 n'a été trouvée (profil {profile} : {why}) : définissez AWS_ACCESS_KEY_ID et "
        "AWS_SECRET_ACCESS_KEY, ou nommez dans policy.yaml un profil de ~/.aws"
    ),
    "DCP-411": (
        "le stockage S3 {url} refuse notre connexion ({why}) : vérifiez la clé d'accès, son secret et la région dans "
        "policy.yaml"
    ),
    "DCP-413": "le quota {resource} est épuisé : faites-le augmenter ou libérez-en, puis relancez",
    "DCP-415": (
        "ceci n'est pas pris en charge ({what}) : écartez l'élément dans policy.yaml, ou déplacez-le à la main"
    ),
    "DCP-416": (
        "le cloud n'a pas de service {service} : ce qui en dépend ne peut pas y aller ; écartez-le dans policy.yaml"
    ),
    "DCP-417": (
        "{path} offre {size_bytes} octets et le disque en compte {wanted_bytes} : rien n'a été écrit ; "
        "prenez un volume plus grand, puis relancez"
    ),
    "DCP-418": "{path} ne peut servir de disque ({why}) : vérifiez qu'il est là, libre et intact, puis relancez",
    "DCP-422": (
        "les octets diffèrent de ce qu'ils devraient être ({what}) : la copie ne sert pas ; relancez et, si cela "
        "persiste, supprimez-la d'abord là où elle est stockée"
    ),
    "DCP-423": (
        "{item} diffère de ce qui a été capturé ({what}) : aucun serveur n'en est fait ; "
        "retirez-le sur la cible et relancez"
    ),
    "DCP-424": (
        "{item} est fait d'une copie plus ancienne que celle de {taken_at} et n'est pas remplacé sans qu'on le "
        "demande : refaites relevé, plan et approbation tant que le serveur {server} tourne à la source, ou acceptez "
        "DCP-424 pour {server} dans policy.yaml (accept)"
    ),
    "DCP-425": (
        "{item} est fait d'une copie plus ancienne et quelqu'un s'en est servi depuis ({what}) : il reste tel quel. "
        "Retirez cela, ou retirez-le vous-même, ou acceptez DCP-425 pour {server} dans policy.yaml (accept) et "
        "perdez ce que contient un serveur que nous avons fait"
    ),
    "DCP-426": (
        "{item} est une copie de {taken_at}, et son serveur a continué de tourner à la source : ce qui y a "
        "été écrit ensuite n'y est pas. Refaites relevé et plan et accordez son arrêt pour qu'il soit capturé de "
        "nouveau, ou mettez servers.start à twin pour lui"
    ),
    "DCP-451": (
        "la garde de la source de Decamp a arrêté {method} {path} ({service}) : rien n'a été envoyé, "
        "et la source est inchangée"
    ),
    "DCP-452": (
        "une commande qui ne fait que lire allait modifier un cloud ou le dépôt ({method} {path}, {service}) et a été "
        "arrêtée : rien n'a été envoyé ; merci de nous signaler cette erreur"
    ),
    # ------------------------------------------------ 5xx : le plan et la réalité
    "DCP-501": (
        "{path} relève le projet {found}, et vous êtes connecté à {expected} : vérifiez clouds.yaml, "
        "ou relancez le relevé"
    ),
    "DCP-502": (
        "le plan est celui de {found}, et vous êtes connecté à {expected} : utilisez l'espace de travail de ce client"
    ),
    "DCP-503": (
        "le cloud ne répond pas correctement pour l'instant ({what}) : relancez plus tard, "
        "le travail reprend à cet endroit"
    ),
    "DCP-504": "le registre {path} est celui d'une autre migration : utilisez l'espace de travail d'où il vient",
    "DCP-505": "{item} a changé depuis le relevé ({what}) : relancez le relevé et le plan",
    "DCP-506": (
        "{kind} {name} existe sur la cible avec un autre contenu, et Decamp ne l'a pas créé : "
        "renommez ou retirez l'un des deux, puis relancez"
    ),
    "DCP-507": (
        "{item} doit encore lire la source, qui est injoignable : rétablissez la connexion, ou écartez cet élément"
    ),
    "DCP-508": ("{kind} {id} ne porte plus la marque de cette migration : il reste tel quel ; regardez-le vous-même"),
    "DCP-509": "le volume {volume} est attaché à un autre serveur ({server}) : détachez-le là-bas, puis relancez",
    "DCP-510": "{item} a fini dans l'état {status} sur le cloud : regardez-le là-bas, puis relancez",
    "DCP-511": "{item} est encore {status} après {seconds} s : relancez plus tard, l'attente reprend sur le même",
    "DCP-512": (
        "aucune copie complète de {disk} n'est dans le dépôt : relancez, pour que sa capture se termine d'abord"
    ),
    "DCP-513": "{item} s'est interrompu sur le cloud et a été retiré : relancez, il est refait",
    "DCP-514": "{item} a disparu de la cible : la restauration recommence",
    "DCP-515": (
        "les disques du serveur {server} ont été capturés lors d'arrêts différents, car il a tourné entre-temps : "
        "arrêtez-le à la source et relancez, ceux d'un arrêt antérieur sont capturés à nouveau"
    ),
    "DCP-516": (
        "le volume {volume} est toujours {status} après {seconds} s (serveur {server}) : relancez plus tard, le "
        "travail reprend à cet endroit ; si cela dure, demandez au cloud de rétablir l'état de ce volume"
    ),
    "DCP-517": (
        "le volume {volume} est attaché au serveur {server}, mais son périphérique n'est pas utilisable ici ({what}) : "
        "lancez Decamp sur ce serveur même, en root, et vérifiez disks.devices dans policy.yaml"
    ),
    "DCP-518": (
        "presque plus rien ne passe sur le réseau ({what}) : un nouvel essai part sur une connexion neuve ; "
        "si cela dure, vérifiez la liaison avec ce cloud"
    ),
    "DCP-519": (
        "le cloud n'a pas attaché le volume {volume} au serveur {server}, il est de nouveau {status} : un nouvel essai "
        "suit ; si cela persiste, regardez ce serveur"
    ),
    # ------------------------------------------------ 52x : pourquoi clean laisse quelque chose
    "DCP-520": "reste : il a été déplacé et est à vous désormais",
    "DCP-521": "reste : il porte notre marque sans être un temporaire à nous ; l'avez-vous tiré d'un temporaire ?",
    "DCP-522": "reste pour l'instant : une exécution s'en sert ; relancez clean quand elle sera finie",
    "DCP-523": (
        "reste : un second de même origine, inconnu du registre ; regardez les deux et retirez-en un à la main"
    ),
    "DCP-524": "une exécution travaille sur {step} : nettoyez le dépôt quand elle sera finie",
    "DCP-526": "une exécution a commencé depuis l'examen du dépôt : relancez le nettoyage quand aucune ne travaille",
    "DCP-527": (
        "le serveur {server} tourne à la source ({status}) et ses disques ont été capturés pendant qu'il tournait "
        "({taken_at}) : il tournerait des deux côtés, à partir d'une copie plus ancienne. Refaites le plan et "
        "accordez son arrêt, ou mettez servers.start à twin pour lui"
    ),
    "DCP-528": (
        "{item} est un jumeau, comme le dit servers.start : une copie de {taken_at} ; ce que l'original a écrit depuis "
        "reste à la source"
    ),
    "DCP-525": (
        "le serveur {server} a tourné à la source depuis que ses disques ont été capturés lors d'un arrêt "
        "({taken_at} ; il est {status} maintenant) : ils sont plus anciens que ce qu'il a. Mettez servers.stale à "
        "accept pour le créer quand même à partir d'eux, ou excluez-le"
    ),
    "DCP-815": (
        "une exécution précédente a mis le port {port} sur le réseau {network}, et le plan le veut sur {wanted} : il y "
        "reste, car un serveur peut s'en servir ; relancez scan, puis plan"
    ),
    # ------------------------------------------------ 7xx : vérification
    "DCP-701": (
        "un serveur tient ce disque depuis sa vérification et a pu y écrire : la preuve précédente demeure ; "
        "`decamp verify --reread all` le compare malgré tout"
    ),
    "DCP-702": "aucune copie complète de {disk} n'est dans le dépôt, donc rien à quoi le comparer : relancez d'abord",
    "DCP-703": (
        "{path} manque, et rien ne dit ce qui a été copié : relancez `decamp run --execute`, puis la vérification"
    ),
    "DCP-704": "{kind} {id} est passé à l'état {status} pendant sa relecture : vérifiez à nouveau",
    "DCP-705": "{kind} {id} est encore {status} après {waited_s} s : vérifiez à nouveau plus tard",
    "DCP-706": (
        "le disque est revenu dans un format que la vérification ne lit pas ({format}) : comparez-le à la main"
    ),
    "DCP-707": "la copie relue est tronquée ou endommagée ({id} : {why}) : vérifiez à nouveau",
    "DCP-708": "le manifeste de {disk} se contredit et ne prouve rien : capturez le disque à nouveau",
    "DCP-709": (
        "la source a changé depuis la liste qui a servi à cette copie : `scan`, `plan`, `run --execute` l'apportent"
    ),
    "DCP-710": (
        "la source n'a pas pu dire si elle a changé depuis : le constat vaut pour la liste de la copie ; relancez "
        "`verify --source` quand elle répond"
    ),
    "DCP-712": "apparu à la source depuis son relevé, absent du plan : `scan`, `plan`, `run --execute` l'apportent",
    "DCP-713": (
        "le cloud répond ce que personne ne peut lire ({what}) : relancez ; si cela persiste, montrez cette phrase au "
        "fournisseur"
    ),
    "DCP-711": (
        "{what} ne peut pas être refait : --again ne vaut que pour les conteneurs (`container:NOM`), --set-again pour "
        "ceux-ci, les groupes de sécurité et les adresses flottantes"
    ),
    "DCP-714": (
        "{item} : quelqu'un a modifié à la cible ce qui y avait été réglé, et cela reste ainsi ({what}) ; pour revenir "
        "à l'état de la source : `decamp run --execute --set-again {item}`"
    ),
    **FINDINGS,
}
