"""French phrases of the wizard."""

WIZARD: dict[str, str] = {
    # ------------------------------------------------ around every question
    "wizard.welcome": (
        "Decamp lit votre ancien cloud et copie vers le nouveau. Il n'y supprime ni n'y modifie rien de ce qui est à "
        "vous : pour lire vos disques, il fait des copies temporaires qu'il supprime ensuite, et il n'arrête un "
        "serveur qu'après votre accord. Vous pouvez quitter à tout moment (Ctrl-C) et revenir avec la même commande"
    ),
    "wizard.trust": (
        "Vous n'avez pas consenti à {path} sur cette machine : quelqu'un d'autre a pu le remplir. Voici ce qu'il "
        "utiliserait en votre nom. Si vous l'avez lu et voulez tout cela, tapez {word} ; les approbations arrivées "
        "avec lui sont retirées"
    ),
    "wizard.trust.new": (
        "{path} demande quelque chose de nouveau depuis que vous y avez consenti. Si vous l'avez lu et voulez tout "
        "cela, tapez {word}"
    ),
    "wizard.trust.line": "{kind} : {value}",
    "wizard.trust.word": "consentir",
    "wizard.trust.why": (
        "Par ces lignes, qui a fait l'espace de travail décide quels programmes sont lancés en votre nom, où vont vos "
        "mots de passe et où vos données sont copiées. Pour partir sans que rien ne soit fait, tapez q ; pour "
        "consentir, tapez {word}"
    ),
    "wizard.head": "{number} sur 7 · {part}",
    "wizard.part.1": "Comptes",
    "wizard.part.2": "Date",
    "wizard.part.3": "Ce que vous avez",
    "wizard.part.4": "Décisions",
    "wizard.part.5": "Le plan",
    "wizard.part.6": "La migration",
    "wizard.part.7": "Les preuves",
    "wizard.turn.4": "Décision {number} sur {of} · {text}",
    "wizard.turn.6": "Vague {number} sur {of} · {text}",
    "wizard.recommended": "conseillé",
    "wizard.key.why": "pourquoi : ?",
    "wizard.key.back": "revenir : b",
    "wizard.key.later": "décider plus tard : s",
    "wizard.key.quit": "quitter : q",
    "wizard.same-as": "équivaut à : {what}",
    "wizard.left": "Rien n'est perdu. Pour revenir à cette question : {command}",
    "wizard.nothing-before": "Il n'y a rien avant cette question",
    "wizard.no-way-back": (
        "On ne peut revenir sur rien à cette question, et la poser n'a rien changé. Pour recommencer avec d'autres "
        "clouds, prenez un autre dossier"
    ),
    "wizard.plain": "{text}",
    "wizard.finding": "{name} : {said}",
    "wizard.more": "et {count} de plus",
    # ------------------------------------------------ accounts
    "wizard.ask.source.login": "Comment vous connectez-vous à l'ancien cloud, celui que vous quittez ?",
    "wizard.ask.target.login": "Comment vous connectez-vous au nouveau cloud, celui où vous allez ?",
    "wizard.why.login": (
        "Le fichier RC (openrc.sh) dit où se trouve votre cloud et qui vous y êtes. Vous le téléchargez depuis le site "
        "du cloud, en haut à droite, sous votre nom. Decamp le lit comme un texte et ne l'exécute jamais"
    ),
    "wizard.login.entry": "Avec l'entrée {name} du clouds.yaml de cet ordinateur",
    "wizard.login.found": "Avec le fichier RC {path}",
    "wizard.login.rc": "Avec un fichier RC (openrc.sh), téléchargé depuis le site du cloud",
    "wizard.login.paste": "En collant les lignes d'un fichier RC",
    "wizard.login.keys": "Avec un identifiant d'application : un identifiant et un secret",
    "wizard.ask.file": "Où est le fichier RC ? (exemple : ~/Téléchargements/openrc.sh)",
    "wizard.why.file": (
        "Connectez-vous au site du cloud, ouvrez le menu sous votre nom, en haut à droite, et choisissez le fichier RC "
        "d'OpenStack. Votre navigateur l'enregistre, le plus souvent dans Téléchargements"
    ),
    "wizard.ask.paste": (
        "Collez les lignes du fichier RC, puis appuyez sur Entrée sur une ligne vide. Ce que vous collez ne s'affiche "
        "pas"
    ),
    "wizard.why.paste": "Seules comptent les lignes comme export OS_AUTH_URL=… Rien n'en est exécuté",
    "wizard.ask.address": "Quelle est l'adresse de connexion ? (exemple : https://auth.example.com/v3)",
    "wizard.why.address": (
        "La page qui vous a montré l'identifiant d'application l'indique, sous le nom auth_url ou OS_AUTH_URL"
    ),
    "wizard.ask.credential-id": "Quel est l'ID de l'identifiant d'application ?",
    "wizard.why.credential-id": (
        "Il s'est affiché à la création de l'identifiant d'application : 32 lettres et chiffres"
    ),
    "wizard.ask.password": "Mot de passe de votre compte sur {name}. Ce que vous tapez ne s'affiche pas",
    "wizard.why.password": (
        "C'est le mot de passe que vous tapez sur le site de ce cloud. Il est enregistré dans "
        "private/login/secure.yaml, que vous seul pouvez lire, et nulle part ailleurs"
    ),
    "wizard.ask.secret": "Secret de l'identifiant d'application sur {name}. Ce que vous tapez ne s'affiche pas",
    "wizard.why.secret": (
        "Il s'est affiché une seule fois, à la création de l'identifiant d'application. Il est enregistré dans "
        "private/login/secure.yaml, que vous seul pouvez lire, et nulle part ailleurs"
    ),
    "wizard.ask.region": "Ce cloud a plusieurs régions. Dans laquelle sont vos serveurs ?",
    "wizard.why.region": "Le site du cloud l'indique en haut, à côté du nom du projet",
    "wizard.ask.again": "La connexion n'a pas abouti. Que faire ?",
    "wizard.why.again": "Corrigez ce qu'indique la phrase ci-dessus, puis réessayez. Rien n'a été modifié nulle part",
    "wizard.again.again": "Réessayer",
    "wizard.again.other": "Me connecter autrement",
    "wizard.again.leave": "Quitter, et revenir plus tard",
    "wizard.login.done": "Connecté à {cloud}, projet {project} (région {region})",
    "wizard.login.password": (
        "le cloud a refusé le mot de passe de {user} : tapez-le de nouveau, et essayez-le sur le site du cloud s'il "
        "est encore refusé"
    ),
    "wizard.login.credential": (
        "le cloud a refusé l'identifiant d'application : son secret est faux, ou il a expiré ; tapez de nouveau le "
        "secret, ou créez un autre identifiant sur le site du cloud"
    ),
    "wizard.login.token": (
        "le cloud a refusé le jeton, qui ne dure que quelques heures : téléchargez un fichier RC qui demande un mot de "
        "passe, ou créez un identifiant d'application"
    ),
    "wizard.login.project": (
        "le mot de passe est bon, mais {user} n'a pas accès au projet {project} : choisissez ce projet sur le site du "
        "cloud, et téléchargez-y son fichier RC"
    ),
    "wizard.login.same-project": (
        "c'est encore l'ancien cloud : les deux connexions mènent au projet {project} ; donnez ici celle du nouveau "
        "cloud"
    ),
    "wizard.login.untrusted": (
        "cet ordinateur ne reconnaît pas le certificat de {url} : demandez au cloud le fichier de son autorité de "
        "certification, et indiquez-le dans le fichier RC par OS_CACERT"
    ),
    "wizard.login.proxy": (
        "un proxy bloque l'accès à {url} : corrigez la variable {proxy}, ou ajoutez le nom du cloud à no_proxy, puis "
        "recommencez"
    ),
    "wizard.login.no-name": (
        "rien ne porte le nom qui est dans {url} : vérifiez l'adresse (faute de frappe ?) et le réseau de cet "
        "ordinateur"
    ),
    "wizard.login.no-route": (
        "{url} ne répond pas : vérifiez que cet ordinateur a accès au réseau, et qu'aucun pare-feu ni VPN ne le bloque"
    ),
    "wizard.login.no-login-address": (
        "{url} répond, mais ce n'est pas là qu'on se connecte : reprenez l'adresse du fichier RC ; elle se termine "
        "souvent par /v3"
    ),
    "wizard.login.clock-ahead": (
        "l'horloge de cet ordinateur avance de {off_s} sur celle du cloud, ce qui peut faire refuser les connexions : "
        "mettez-la à l'heure"
    ),
    "wizard.login.clock-behind": (
        "l'horloge de cet ordinateur retarde de {off_s} sur celle du cloud, ce qui peut faire refuser les connexions : "
        "mettez-la à l'heure"
    ),
    "wizard.rc.secret": "Le mot de passe ou secret qu'il contient, non affiché : {stars} (signes : {count})",
    "wizard.rc.unread": "Ce que seul un shell pourrait dire avec certitude n'en a pas été repris : {names}",
    "wizard.rc-lacks.unsure": (
        "ce qu'il faut pour se connecter y est défini d'une façon que seul un shell pourrait suivre : collez plutôt "
        "les lignes simples, comme export OS_AUTH_URL=https://auth.example.com/v3, OS_USERNAME et OS_PROJECT_NAME"
    ),
    "wizard.rc-lacks.nothing": (
        "il ne contient aucune variable OS_, ce n'est donc pas un fichier RC : donnez le fichier openrc.sh du site du "
        "cloud, avec des lignes comme export OS_AUTH_URL=https://auth.example.com/v3"
    ),
    "wizard.rc-lacks.address": (
        "il n'indique aucune adresse de connexion : OS_AUTH_URL manque, ou n'est pas une adresse web"
    ),
    "wizard.rc-lacks.user": "il n'indique aucun utilisateur : OS_USERNAME manque, téléchargez de nouveau le fichier RC",
    "wizard.rc-lacks.project": (
        "il n'indique aucun projet : OS_PROJECT_NAME manque, téléchargez le fichier RC de votre projet"
    ),
    # ------------------------------------------------ date
    "wizard.ask.deadline": "Quand l'ancien cloud sera-t-il coupé ? (exemple : {example} 00:00 Europe/Paris)",
    "wizard.why.deadline": (
        "Tout doit être lu d'ici là. Decamp prévoit une marge de sécurité avant cette échéance, et vous prévient tôt "
        "si le temps manque. Décidez plus tard si vous ne connaissez pas la date"
    ),
    "wizard.ask.zone": "Dans quel fuseau horaire ? (exemple : Europe/Paris)",
    "wizard.why.zone": "Minuit à Paris n'est pas minuit à Londres : le jour même, une heure peut tout décider",
    # ------------------------------------------------ what you have
    "wizard.ask.tenant": "Est-ce bien ce que vous avez ?",
    "wizard.why.tenant": (
        "Ce qui manque ici est peut-être dans un autre projet ou une autre région, ou invisible pour votre compte. "
        "Dans ce cas, quittez, et recommencez dans un autre dossier avec la bonne connexion. Un nouveau scan relit les "
        "deux clouds et n'y modifie rien"
    ),
    "wizard.tenant.go-on": "Oui, continuer",
    "wizard.tenant.scan": "Quelque chose a changé depuis : relancer le scan",
    "wizard.tenant.whole": (
        "En tout : {servers} serveur(s), {volumes} disque(s) de {disks:bytes} en plus, {objects} objet(s) de "
        "{size:bytes}"
    ),
    "wizard.tenant.no-disks": "En tout : {servers} serveur(s), {objects} objet(s) de {size:bytes}",
    "wizard.tenant.server": (
        "{name} : {vcpus} CPU, {ram:bytes} de mémoire, {disks} disque(s) de {size:bytes}, joignable à {addresses}"
    ),
    "wizard.ask.unused.volumes": "Aucun serveur n'utilise {count} disque{s}. Faut-il aussi les migrer ?",
    "wizard.ask.unused.images": "Aucun serveur ne vient de {count} image{s}. Faut-il aussi les migrer ?",
    "wizard.ask.unused.addresses": "{count} adresse{s} publique{s} ne mène(nt) à rien. Faut-il aussi les remplacer ?",
    "wizard.why.unused": (
        "Ce qui migre prend du temps, et coûte sur le nouveau cloud. Ce qui reste est effacé à la coupure de l'ancien "
        "cloud"
    ),
    "wizard.keep": "Oui, les migrer aussi : rien n'est perdu",
    "wizard.leave": "Les laisser : ils seront effacés avec l'ancien cloud",
    # ------------------------------------------------ decisions
    "wizard.ask.blocks": "{count} obstacle{s} à trancher",
    "wizard.ask.loses": "{count} perte{s} à accepter ou non",
    "wizard.why.blocks": (
        "Tant que ce n'est pas tranché, la migration ne peut pas commencer, ou ceci ne migre pas. Le mieux est souvent "
        "de corriger sur le cloud, puis de relancer le scan. L'explication complète est dans docs/output.md, sous "
        "{code}"
    ),
    "wizard.why.loses": (
        "Ceci n'arrivera pas tel quel. Votre accord ne modifie aucun cloud : il atteste que vous le savez. "
        "L'explication complète est dans docs/output.md, sous {code}"
    ),
    "wizard.later.blocks": "Décider plus tard, et corriger sur le cloud entre-temps",
    "wizard.later.loses": "Décider plus tard : rien n'est accepté",
    "wizard.accept": "Accepter",
    "wizard.to-network": "Utiliser le réseau {name} du nouveau cloud",
    "wizard.ask.flavors": "Le nouveau cloud a d'autres gabarits de serveurs. Ceux-ci conviennent-ils ?",
    "wizard.why.flavors": (
        "Aucun gabarit proposé n'est inférieur à l'ancien. Un plus grand peut coûter plus cher : comparez avec les "
        "prix du nouveau cloud"
    ),
    "wizard.flavor.change": "{name} devient {flavor} ({what:flavors})",
    "wizard.flavors.proposed": "Oui, comme proposé",
    "wizard.flavors.choose": "Non, choisir les gabarits",
    "wizard.ask.flavor": "Quel gabarit pour les serveurs de gabarit {name} ?",
    "wizard.flavor": "{name} : {vcpus} CPU, {ram:bytes} de mémoire, {disk:bytes} de disque",
    "wizard.ask.start": (
        "Les serveurs qui tournent peuvent-ils être arrêtés sur l'ancien cloud avant de démarrer sur le nouveau ?"
    ),
    "wizard.why.start": (
        "Un serveur qui tourne deux fois envoie deux fois ses courriels et écrit à deux endroits. Rien n'est arrêté "
        "maintenant : chaque arrêt vous sera demandé, à son heure. Les jumeaux conviennent aux serveurs qui ne font "
        "que lire"
    ),
    "wizard.start.cut-over": "Oui, chacun après mon accord : aucun ne tourne jamais deux fois",
    "wizard.start.twin": "Non, les laisser tourner sur les deux clouds : je sais qu'ils ne font que lire",
    "wizard.ask.waves": "Les serveurs partent en {count} vagues. Cela convient-il ?",
    "wizard.why.waves": (
        "Les serveurs d'une vague s'arrêtent et redémarrent ensemble. Ceux qui partagent un disque ou une adresse sont "
        "déjà dans une même vague. Une petite vague s'arrête moins longtemps"
    ),
    "wizard.wave": "{name} : {servers}",
    "wizard.waves.proposed": "Oui, comme proposé",
    "wizard.waves.together": "Non, tous les serveurs en une seule vague",
    "wizard.ask.windows": "Quand les serveurs peuvent-ils être arrêtés ?",
    "wizard.why.windows": (
        "Vous donnez vous-même votre accord pour chaque vague, à l'heure qui vous convient. Une plage horaire empêche "
        "en plus qu'un accord donné arrête quoi que ce soit hors de ces heures"
    ),
    "wizard.windows.any": "Quand je le dirai",
    "wizard.windows.nights": "Seulement la nuit, de 22 h à 6 h",
    "wizard.windows.weekend": "Seulement le samedi et le dimanche",
    "wizard.windows.own": "Aux heures que j'indique",
    "wizard.ask.window": "À quelles heures ? (exemple : sat,sun 20:00-06:00 Europe/Paris)",
    "wizard.ask.put-off": "Vous avez remis {count} décision{s} à plus tard. Décider maintenant ?",
    "wizard.why.put-off": (
        "Les pertes que personne n'a acceptées figurent au rapport comme ouvertes. La migration peut commencer quand "
        "même"
    ),
    "wizard.put-off.go-on": "Non, continuer : rien n'est accepté",
    "wizard.ask.blocked": "La migration ne peut pas commencer : il reste {count} obstacle{s}. Que faire ?",
    "wizard.why.blocked": (
        "Corrigez sur le cloud, par exemple un quota trop petit, puis relancez le scan ; ou tranchez ici"
    ),
    "wizard.blocked.decide": "Décider maintenant",
    "wizard.blocked.scan": "C'est corrigé : relancer le scan",
    "wizard.leave-now": "Quitter, et revenir plus tard",
    # ------------------------------------------------ the move
    "wizard.ask.move": (
        "Commencer la migration ? Tout est copié pendant que vos serveurs tournent, et aucun n'est arrêté"
    ),
    "wizard.why.move": (
        "C'est la première fois que quelque chose est créé : des copies temporaires sur l'ancien cloud, supprimées "
        "ensuite, et vos ressources sur le nouveau, qui coûtent dès lors. On peut l'interrompre à tout moment, même "
        "par un ordinateur qui se met en veille"
    ),
    "wizard.move.yes": "Commencer",
    "wizard.ask.wave": (
        "Arrêter ces serveurs maintenant et les migrer ? Pour dire oui, tapez le nom de leur vague : {word}"
    ),
    "wizard.why.wave": (
        "Ils sont arrêtés sur l'ancien cloud, lus une dernière fois, démarrés sur le nouveau et contrôlés. Le retour "
        "arrière reste possible, par `decamp rollback {wave}`, tant que personne ne les a acceptés. Décidez plus tard "
        "si l'heure ne convient pas"
    ),
    "wizard.wave.stops": "s'arrêtent tous sur l'ancien cloud : {servers}",
    "wizard.wave.lasts": (
        "ils sont arrêtés environ {even_s} (une chance sur deux), neuf fois sur dix moins de {sure_s}"
    ),
    "wizard.ask.trouble": "`decamp {command}` n'a pas abouti, et a dit pourquoi ci-dessus. Que faire ?",
    "wizard.why.trouble": (
        "Réessayer reprend là où la commande s'est arrêtée. Relancez le scan si quelque chose a changé sur l'ancien "
        "cloud depuis le dernier. Rien de ce qui est fait n'est fait deux fois"
    ),
    "wizard.trouble.again": "Réessayer",
    "wizard.trouble.scan": "Quelque chose y a changé : relancer le scan",
    "wizard.end.waves": (
        "Encore sur l'ancien cloud, car vous l'avez remis à plus tard : {waves}. Revenez avec la même commande, à "
        "l'heure qui convient"
    ),
    "wizard.end.rolled-back": (
        "La vague {wave} a fait l'objet d'un retour arrière et tourne sur l'ancien cloud. Pour la migrer de nouveau : "
        "`decamp scan`, `decamp plan`, puis l'assistant"
    ),
    # ------------------------------------------------ proof
    "wizard.ask.clean": "Supprimer {count} copie{s} temporaire{s} de Decamp ?",
    "wizard.why.clean": (
        "Elles coûtent et ne servent plus. Seul ce que Decamp a lui-même créé pour un moment est supprimé"
    ),
    "wizard.clean.yes": "Les supprimer",
    "wizard.clean.no": "Les garder pour l'instant",
    "wizard.end.done": (
        "Tout est migré, et comparé sans aucune différence. Les preuves sont dans evidence/verify.json ; les anciennes "
        "et les nouvelles adresses, dans reports/addresses.csv ; le rapport, dans reports/, dit ce qui reste à faire à "
        "la main. Gardez ce dossier tant que l'ancien cloud existe. Regardez vos serveurs : tant que personne ne les a "
        "acceptés, `decamp rollback VAGUE` les redémarre sur l'ancien cloud ; quand tout va bien, `decamp accept VAGUE`"
    ),
    "wizard.end.differences": (
        "Tout est migré, mais la vérification a trouvé des différences, indiquées ci-dessus et dans le rapport. Ne "
        "coupez encore rien ; docs/runbooks/when-verify-says-different.md dit quoi faire"
    ),
    # ------------------------------------------------ wrong answers
    "wizard.wrong.choice": "{value} n'est pas une des réponses : tapez un nombre de 1 à {count}",
    "wizard.wrong.word": "pour dire oui, tapez exactement {word} ; pour dire non, tapez s ou q",
    "wizard.wrong.empty": "il faut ici une réponse ; ? explique la question",
    "wizard.wrong.date": (
        "{value} ne se lit pas comme une date : écrivez année, mois et jour, par exemple {example}, ou {example} "
        "00:00 Europe/Paris"
    ),
    "wizard.wrong.past": "{value} est déjà passé : écrivez le jour de la coupure, par exemple {example}",
    "wizard.wrong.skipped": (
        "{value} n'existe pas : les horloges sautent cette heure. Demandez quelle heure est visée, et écrivez-la comme "
        "date"
    ),
    "wizard.wrong.offset": (
        "{value} n'a pas le décalage de son fuseau horaire à ce moment : n'écrivez que l'un des deux"
    ),
    "wizard.wrong.twice": (
        "{value} vient deux fois, car les horloges reculent. Écrivez comme date {first} pour la première, ou {second} "
        "pour la seconde"
    ),
    "wizard.wrong.zone": "{value} n'est pas un fuseau horaire : écrivez par exemple Europe/Paris ou UTC",
    "wizard.wrong.window": "{value} n'indique pas d'heures : écrivez-les comme sat,sun 20:00-06:00 Europe/Paris",
    "wizard.wrong.address": "{value} n'est pas une adresse web : écrivez-la comme https://auth.example.com/v3",
    "fact.why.login-key": "l'assistant n'écrit pas {name}, qui pourrait envoyer un mot de passe ailleurs",
    "fact.why.login-file": "l'assistant n'écrit pas un tel fichier, que le SDK lirait",
    "fact.why.rc-too-large": "il est bien plus grand qu'un fichier RC",
}
