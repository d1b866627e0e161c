"""What each finding means, in French: the `meaning` of its entry in the registry, which is English."""

from collections.abc import Mapping

from migrate.messages import codes

MEANINGS: Mapping[str, str] = {
    codes.DEADLINE_PASSED: "l'échéance était déjà passée lors du scan de la source",
    codes.TARGET_QUOTA_SHORT: "un quota de la cible est trop petit pour ce que le plan crée",
    codes.SOURCE_QUOTA_SHORT: (
        "un quota de la source ne laisse pas la place des copies temporaires, même pour le plus grand disque"
    ),
    codes.SOURCE_QUOTA_TIGHT: "un quota de la source permet moins de captures simultanées que la politique",
    codes.TARGET_QUOTA_TIGHT: "un quota de la cible permet moins de copies temporaires simultanées que la politique",
    codes.USER_DATA_UNKNOWN: (
        "les données utilisateur de certains serveurs sont inconnues, car aucun cloud ne les montre à un membre : "
        "demandez-les au propriétaire"
    ),
    codes.SELECTOR_UNMATCHED: "un sélecteur, un nom ou un code de la politique ne correspond à rien",
    codes.TOKEN_ENDS_EARLY: "la connexion utilise un jeton qui ne se renouvelle pas et expire avant la fin du travail",
    codes.UNPROVEN_FEATURE: "le plan repose sur une fonction qui n'a pas été éprouvée sur de vrais services",
    codes.NO_FLAVOR: "aucun gabarit de la cible n'est assez grand",
    codes.FLAVOR_CHANGES: "le serveur change de gabarit, par le nom ou par la taille",
    codes.MAPPING_TARGET_UNKNOWN: "la politique désigne quelque chose qui n'existe pas sur la cible",
    codes.FLAVOR_DISK_TOO_SMALL: "la politique désigne un gabarit dont le disque est trop petit",
    codes.VOLUME_TYPE_CHANGES: "le type de volume change",
    codes.ZONE_CHANGES: "la zone de disponibilité change",
    codes.EXTERNAL_NETWORK_UNCLEAR: "plusieurs réseaux externes de la cible peuvent convenir",
    codes.ADDRESS_CHANGES: "l'IP flottante ne peut pas être déplacée : la cible en attribue une nouvelle",
    codes.MAC_CHANGES: "l'adresse MAC change",
    codes.MICROVERSION_TOO_OLD: "le service de la cible est trop ancien pour conserver un réglage",
    codes.SERVER_STATE_UNMOVABLE: "un serveur dans cet état ne peut pas être déplacé",
    codes.SERVER_BUSY: "une opération est en cours sur le serveur",
    codes.SERVER_LOCKED: "le serveur doit être arrêté, mais il est verrouillé",
    codes.BOOT_VOLUME_UNKNOWN: "le volume de démarrage du serveur est inconnu ou n'est pas déplacé",
    codes.SERVER_STOPPED_FOR_CAPTURE: "le serveur est arrêté pour sa capture, après approbation",
    codes.SERVER_WILL_RUN: "le serveur est arrêté à la source et tournera sur la cible",
    codes.KEYPAIR_UNAVAILABLE: (
        "la paire de clés appartient à un autre utilisateur ou est exclue : le serveur est créé sans elle"
    ),
    codes.VOLUME_NOT_ATTACHED: "un volume du serveur est exclu et ne sera pas attaché",
    codes.PORT_ORDER_UNCERTAIN: "le serveur a deux ports sur un même réseau, et leur ordre n'est pas garanti",
    codes.SERVER_IMAGE_GONE: (
        "l'image du serveur n'existe plus ou appartient à un autre projet : ses propriétés (bus disque, "
        "micrologiciel) viennent de l'image du disque capturé"
    ),
    codes.IMAGE_NOT_ACTIVE: "l'image n'est pas active",
    codes.IMAGE_OF_SNAPSHOTS: (
        "l'image est une coquille vide pour des instantanés de volumes, qui sont déplacés à sa place"
    ),
    codes.IMAGE_TOO_LARGE: "l'image dépasse la taille maximale de la cible",
    codes.DISK_IMAGE_MAY_BE_TOO_LARGE: "le disque peut devenir une image qui dépasse la taille maximale de la source",
    codes.IMAGE_BECOMES_PRIVATE: "l'image devient privée",
    codes.IMAGE_PROPERTIES_DROPPED: "des propriétés de l'image qui ne valent que sur l'ancien cloud sont abandonnées",
    codes.IMAGE_SHARING_UNMAPPED: (
        "l'image est partagée avec des projets que la politique n'associe à aucun projet de la cible"
    ),
    codes.SERVER_MEMORY_LOST: (
        "le serveur est en pause ou suspendu : si vous l'acceptez, son disque est déplacé sans sa mémoire"
    ),
    codes.SERVER_SHELVED: "le serveur est mis de côté (shelved)",
    codes.SERVER_IN_RESCUE: "le serveur est en mode de secours",
    codes.VOLUME_ENCRYPTED: "le volume est chiffré, et une image de ce volume serait illisible",
    codes.VOLUME_SHARED: (
        "un volume à attachements multiples : Decamp en fait une seule copie, attachée à tous ses serveurs"
    ),
    codes.VOLUME_STATE_UNCAPTURABLE: "un volume dans cet état ne peut pas être capturé",
    codes.SNAPSHOTS_LEFT: "la politique laisse les instantanés de volumes en arrière",
    codes.SNAPSHOT_CONVERTED: "l'instantané de volume devient un volume ou une image",
    codes.BACKUP_LEFT: "la politique laisse la sauvegarde de volume en arrière",
    codes.BACKUP_CONVERTED: "la sauvegarde de volume devient un volume",
    codes.BACKUP_CONTAINER: (
        "le conteneur du service de sauvegarde contient des sauvegardes que seul l'ancien cloud sait lire"
    ),
    codes.EPHEMERAL_DISKS_LOST: "les disques éphémère et d'échange du gabarit ne sont pas capturés",
    codes.VOLUME_GROUP_LOST: "le volume perd son groupe de volumes",
    codes.KEYPAIR_NAME_TAKEN: "la cible a déjà une autre paire de clés de ce nom",
    codes.SECURITY_GROUP_NAME_TAKEN: "la cible a déjà un autre groupe de sécurité de ce nom",
    codes.NETWORK_NAME_TAKEN: "la cible a déjà un autre réseau de ce nom",
    codes.SUBNET_OVERLAPS: "un autre sous-réseau de la cible chevauche celui-ci",
    codes.CONTAINER_NAME_TAKEN: "la cible a déjà un autre conteneur de ce nom",
    codes.NO_OBJECT_STORE: "la cible n'a pas de stockage d'objets",
    codes.ACCESS_LIST_NAMES_ACCEPTED: (
        "la liste d'accès du conteneur nomme des projets ou des utilisateurs et est reprise telle quelle, comme accepté"
    ),
    codes.SNAPSHOT_UNREADABLE: "un instantané ou une sauvegarde dans cet état est illisible",
    codes.DEFAULT_GROUP_IN_USE: (
        "les règles de la source modifieraient le groupe `default` de la cible, qui a des règles ou des ports"
    ),
    codes.BACKUP_CONTAINER_OF_TENANT: (
        "un conteneur mêle des sauvegardes de volumes à d'autres objets, et rien n'en est copié"
    ),
    codes.FLOATING_IP_WITHOUT_ROUTER: "aucun routeur ne relie l'IP flottante à son port",
    codes.RULE_NAMES_CHANGED_ADDRESS: "une règle ou une paire d'adresses contient une IP flottante qui va changer",
    codes.PORT_NETWORK_UNCLEAR: (
        "le port est sur le réseau d'un autre projet, et plusieurs réseaux de la cible peuvent convenir"
    ),
    codes.NETWORK_UNSHARED: "le réseau n'est plus partagé avec d'autres projets",
    codes.ROUTER_INTERFACE_LOST: "le routeur perd son interface dans un sous-réseau qui n'est pas déplacé",
    codes.SERVICE_PORT_LOST: "le port appartient à un service qui n'est pas déplacé",
    codes.RULE_GROUP_LOST: "une règle qui désigne un groupe de sécurité non déplacé est abandonnée",
    codes.ROUTER_ADDED: "Decamp ajoute un routeur, dont l'IP flottante a besoin sur la cible",
    codes.QOS_LOST: "la politique QoS n'est pas déplacée",
    codes.SNAT_CHANGES: "SNAT est désactivé à la source, et un membre ne peut pas le désactiver sur la cible",
    codes.SKIPPED_BY_POLICY: "la politique l'exclut",
    codes.DEPENDENCY_LEFT_OUT: "il dépend de quelque chose qui est exclu",
    codes.CAPTURED_ONLY: "son disque est capturé dans le dépôt, mais en l'état il n'est pas déplacé",
    codes.PORT_BINDING_LOST: "le port perd son type de VNIC (SR-IOV par exemple)",
    codes.ADDRESS_GROUP_RULE_LOST: "une règle qui désigne un groupe d'adresses est abandonnée",
    codes.PORT_FORWARDING_LOST: "une redirection de port ne peut pas être déplacée",
    codes.NO_TRUNKS: "la cible ne connaît pas les trunks",
    codes.ROUTE_LOST: "une route statique dont le prochain saut n'est pas déplacé est abandonnée",
    codes.TRUNK_PORT_LOST: "le trunk perd un port qui n'est pas déplacé",
    codes.NETWORK_FEATURE_MISSING: "le service réseau de la cible ne connaît pas un réglage",
    codes.DEVICE_NAMES_CHANGE: (
        "des disques peuvent changer de nom de périphérique dans le système : montez-les par UUID ou LABEL"
    ),
    codes.INTERFACE_NAMES_CHANGE: "des interfaces réseau peuvent changer de nom dans le système",
    codes.MTU_CHANGES: "le MTU du réseau est différent sur la cible",
    codes.FIRST_BOOT_AGAIN: "cloud-init prendra le serveur déplacé pour un premier démarrage",
    codes.LICENCE_BOUND: "une licence peut être liée à l'ancienne machine",
    codes.VIRTUAL_ADDRESSES: "des adresses virtuelles passent d'un serveur à l'autre : contrôlez-les après la bascule",
    codes.FLAVOR_GONE: "le gabarit n'existe plus à la source, et sa taille est inconnue",
    codes.GROUP_OF_OTHERS_LOST: "le port perd un groupe de sécurité qui appartient à un autre projet",
    codes.SHARED_VOLUME_UNSUPPORTED: (
        "plusieurs serveurs utilisent le volume, mais son type sur la cible n'admet pas les attachements multiples"
    ),
    codes.SHARED_VOLUME_BECOMES_SINGLE: (
        "le volume admet des attachements multiples à la source et un seul sur la cible"
    ),
    codes.VOLUME_UNUSED: "le volume n'est pas attaché",
    codes.IMAGE_UNUSED: "aucun serveur n'utilise l'image",
    codes.SECURITY_GROUP_UNUSED: "aucun port n'utilise le groupe de sécurité",
    codes.PORT_UNUSED: "le port n'est attaché à aucun serveur",
    codes.FLOATING_IP_UNUSED: "l'IP flottante n'est pas utilisée",
    codes.TWIN_UNDECIDED: (
        "le serveur continue de tourner à la source et tournerait sur les deux clouds, sans que personne l'ait choisi"
    ),
    codes.TWIN_CHOSEN: (
        "le serveur tourne sur les deux clouds dès son démarrage sur la cible, comme le veut la politique"
    ),
    codes.SERVER_REPLACED: (
        "une copie du serveur est sur la cible et l'original tourne : une copie plus récente la remplace à la bascule"
    ),
    codes.TWIN_RUNS_ALREADY: "le serveur tourne déjà sur les deux clouds, sans que personne l'ait choisi",
    codes.LOAD_BALANCER: "un répartiteur de charge est à recréer à la main",
    codes.HEAT_STACK: "une pile Heat : ses ressources sont déplacées une par une, pas la pile ; n'y touchez plus",
    codes.DNS_ZONE: "une zone DNS est à déplacer à la main",
    codes.SECRET: "un secret est à enregistrer de nouveau à la main",
    codes.SHARED_FILE_SYSTEM: "un système de fichiers partagé est à copier à la main",
    codes.CLUSTER: "un cluster est à recréer à la main",
    codes.OTHER_SERVICE: "une ressource d'un autre service est à recréer à la main",
    codes.SERVICE_NOT_LISTED: "un service est au catalogue, mais ses ressources ne peuvent pas être listées",
    codes.BUCKET_NAME_REFUSED: "le fournisseur n'accepte pas ce nom de bucket",
    codes.OBJECT_ROWS_UNREADABLE: (
        "les entrées de certains objets dans la liste sont illisibles : ces objets ne sont pas déplacés"
    ),
    codes.FLOATING_IP_NEEDS_FOREIGN_ROUTER: (
        "le port de l'IP flottante est sur le réseau d'un autre projet : seul un routeur de ce projet peut la relier"
    ),
    codes.MAPPING_AMBIGUOUS: (
        "deux motifs de la politique correspondent au même élément et désignent des cibles différentes"
    ),
    codes.SOURCE_LISTING_REFUSED: "la source a refusé une liste : ses éléments sont inconnus et ne sont pas déplacés",
    codes.LISTING_SKIPPED: "la politique exclut une liste du scan : ses éléments ne sont pas déplacés",
    codes.TARGET_LISTING_REFUSED: "la cible a refusé une liste nécessaire pour créer cet élément",
    codes.OFFER_NOT_LISTED: (
        "un cloud ne liste pas une partie de son offre : les contrôles qui en dépendent n'ont pas eu lieu"
    ),
    codes.SUBNET_RANGE_REFUSED: "la cible n'accepte pas de sous-réseau dans cette plage",
    codes.SUBNET_TOO_SMALL: "la cible n'accepte pas de sous-réseau aussi petit",
    codes.SUBNET_ADDRESS_RESERVED: "la cible réserve cette adresse du sous-réseau",
    codes.IPV6_SUBNET_REFUSED: "la cible n'accepte pas ce sous-réseau IPv6",
    codes.DEFAULT_GROUP_ADDED: "la cible exige un groupe de sécurité sur chaque port : ce port reçoit celui par défaut",
    codes.ADDRESS_PAIR_REFUSED: "la cible n'accepte pas de paire d'adresses de cette plage",
    codes.MAC_CHOICE_REFUSED: "la cible ne permet pas de choisir l'adresse MAC",
    codes.IMAGE_OVER_PROVIDER_LIMIT: "l'image dépasse la taille maximale du fournisseur",
    codes.DISK_SIZE_REFUSED: "le disque est plus petit ou plus grand que ce que le fournisseur accepte",
    codes.METADATA_TOO_LONG: "une valeur de métadonnées dépasse la longueur maximale du fournisseur",
    codes.USER_DATA_TOO_LONG: "les données utilisateur dépassent la longueur maximale du fournisseur",
    codes.TOO_MANY_SNAPSHOTS: "le volume a plus d'instantanés que le fournisseur n'en permet",
    codes.PROFILE_USED: "Decamp applique les limites du profil d'un fournisseur : vérifiez qu'elles sont à jour",
    codes.SECURITY_GROUP_MISSING: "la cible exige un groupe de sécurité sur chaque port, et ce port n'en a pas",
    codes.PORT_NETWORK_CHANGES: "le réseau d'un autre projet est remplacé par ce réseau de la cible",
    codes.FIXED_ADDRESS_CHANGES: "l'IP fixe change : la cible en attribue une nouvelle",
    codes.ADDRESS_PAIRS_LOST: (
        "le port perd ses paires d'adresses : un membre ne peut pas les définir sur le réseau d'un autre projet"
    ),
    codes.PORT_SECURITY_FORCED: (
        "un membre ne peut pas désactiver la sécurité du port sur le réseau d'un autre projet : elle sera active, "
        "avec le groupe par défaut"
    ),
    codes.RULE_NAMES_LOST_ADDRESS: "une règle contient l'IP fixe d'un port qui en reçoit une nouvelle",
    codes.PORT_STAYS_ON_NETWORK: (
        "une exécution antérieure a créé le port sur un autre réseau que celui que la politique désigne maintenant "
        ": il y reste"
    ),
    codes.TARGET_SERVICE_MISSING: "la cible n'a pas un service dont le plan a besoin",
    codes.IMAGE_FORMAT_REFUSED: "la cible n'accepte pas ce format d'image",
    codes.DISK_FORMAT_REFUSED: "la cible n'accepte pas le format d'image par lequel le disque passerait",
    codes.WORKER_NOT_FOUND: "le serveur sur lequel Decamp doit tourner n'existe pas",
    codes.WORKER_WOULD_MOVE: "le serveur sur lequel tourne Decamp serait déplacé aussi",
    codes.VOLUME_ZONE_DIFFERS: "des volumes sont dans une autre zone que leur serveur",
    codes.ENCRYPTED_STORED_PLAIN: "le volume est chiffré à la source, mais pas ses données dans le dépôt",
    codes.ENCRYPTED_BECOMES_PLAIN: "le volume est chiffré, mais pas sur la cible",
    codes.ENCRYPTION_UNKNOWN: "le volume est chiffré, et l'on ignore si son type de volume sur la cible chiffre",
    codes.ENCRYPTED_UNREADABLE: (
        "le type de volume de la cible chiffre, et le volume ne peut donc pas être relu par une image"
    ),
    codes.CONTAINER_BECOMES_BUCKET: "le conteneur devient un bucket d'un autre nom, ou un préfixe dans un bucket",
    codes.BUCKET_NAMES_GLOBAL: "tous les clients d'un service S3 partagent les noms de buckets : réservez-les tôt",
    codes.BUCKET_OF_OTHERS: "le bucket appartient à quelqu'un d'autre, ou son accès est refusé",
    codes.BUCKET_NOT_EMPTY: "le bucket contient déjà des objets",
    codes.BUCKET_SHARED: "le fournisseur permet moins de buckets qu'il n'y a de conteneurs : plusieurs en partagent un",
    codes.OBJECT_STORE_DIFFERS: (
        "le scan de la cible date d'avant le stockage d'objets que la politique désigne maintenant"
    ),
    codes.BUCKET_ADDRESSING: "le fournisseur exige un autre style d'adresse pour les buckets",
    codes.ACCESS_LIST_LOST: "la liste d'accès du conteneur n'est pas déplacée : le bucket est privé",
    codes.CORS_LOST: "des règles CORS que le bucket ne reçoit pas",
    codes.WEBSITE_LOST: "des réglages de site web que le bucket ne reçoit pas",
    codes.TEMPURLS_END: "les URL temporaires cessent de fonctionner : S3 signe avec ses propres clés",
    codes.BUCKET_QUOTA_LOST: "S3 n'a pas de quota par bucket",
    codes.CONTAINER_METADATA_LOST: (
        "les métadonnées du conteneur ne sont pas déplacées : un bucket S3 n'a que des étiquettes"
    ),
    codes.CONTAINER_SYNC_LOST: "la synchronisation du conteneur n'est pas déplacée",
    codes.VERSIONS_CONTAINER: "les anciennes versions sont dans un conteneur à part, et S3 n'y en ajoute pas",
    codes.VERSIONS_COPIED: (
        "les anciennes versions des objets sont copiées aussi, avec d'autres identifiants et d'autres dates"
    ),
    codes.VERSIONS_LEFT: "les anciennes versions des objets restent en arrière",
    codes.SEGMENTS_CONTAINER: (
        "le conteneur contient des segments, qui deviennent sur S3 des parties de leurs grands objets"
    ),
    codes.TOO_MANY_BUCKETS: "il faut plus de buckets que le fournisseur n'en permet",
    codes.TEMPURL_KEYS_COPIED: "les clés des URL temporaires du conteneur sont copiées",
    codes.STORAGE_POLICY_CHANGES: "le conteneur reçoit la politique de stockage par défaut de la cible",
    codes.S3_EXPIRY_AND_LINKS: "S3 n'a ni expiration par objet, seulement des règles de bucket, ni liens symboliques",
    codes.OBJECTS_REFUSED: "des objets que S3 n'accepte pas, comptés par un scan des listes",
    codes.OBJECT_LINKS: "des liens symboliques, comptés par un scan des listes",
    codes.OBJECT_NAMES_UNCHECKED: "les noms des objets n'ont pas encore été comparés aux règles de S3",
    codes.VERSIONS_CONTAINER_LEFT: "le conteneur de ses anciennes versions n'est pas déplacé",
    codes.OBJECT_HEADERS_LOST: (
        "des en-têtes d'objets que S3 ne peut pas conserver, comptés par un contrôle de chaque objet"
    ),
    codes.EXPIRY_BECOMES_RULE: "des objets qui expirent : sur S3 par une règle du bucket, à minuit après leur heure",
    codes.EXPIRY_DROPPED: "des objets qui expirent sont gardés pour toujours sur S3",
    codes.EXPIRING_LEFT: "des objets qui expirent ne sont pas copiés vers S3",
    codes.ACCESS_LIST_NAMES_UNACCEPTED: (
        "la liste d'accès du conteneur nomme des projets ou des utilisateurs, et la politique ne les accepte pas"
    ),
    codes.ACCESS_LIST_EVERYBODY_UNACCEPTED: (
        "la liste d'accès du conteneur admet tout utilisateur connecté, et la politique ne l'accepte pas"
    ),
    codes.ACCESS_LIST_EVERYBODY_ACCEPTED: "le conteneur admet tout utilisateur connecté sur la cible, comme accepté",
    codes.OBJECT_HEADERS_UNCHECKED: "les en-têtes des objets n'ont pas encore été comparés à ce que S3 peut conserver",
    codes.OBJECT_HEADERS_PARTLY_CHECKED: (
        "les en-têtes d'une partie seulement des objets du conteneur ont été contrôlés"
    ),
    codes.CORS_BECOMES_BUCKETS: "les règles CORS du conteneur deviennent celles du bucket",
    codes.WEBSITE_BECOMES_BUCKETS: "le site web du conteneur devient celui du bucket",
    codes.BUCKET_SETTING_REFUSED: "le service a refusé un réglage du bucket, comme la vérification l'a vu",
    codes.ROOT_DISK_BECOMES_VOLUME: "le disque racine du serveur devient un volume de démarrage",
    codes.NEARER_FLAVOR_DISKLESS: "un gabarit plus proche n'a pas de disque : Decamp en a choisi un qui en a un",
    codes.BOOT_CHOICE_UNUSED: "servers.boot dans la politique nomme un serveur qui démarre déjà d'un volume",
    codes.CONFIG_DRIVE_LOST: "la cible ne connaît pas les disques de configuration",
    codes.NAME_REFUSED: "la cible n'accepte pas ce nom",
    codes.DESCRIPTION_REFUSED: "la cible n'accepte pas cette description de serveur",
    codes.PROVIDER_IMAGE_FORMAT_REFUSED: "le fournisseur n'accepte pas ce format d'image",
    codes.VOLUME_TEXT_TOO_LONG: "le nom ou la description du volume dépasse la longueur maximale du fournisseur",
    codes.TOO_MANY_HOLDERS: "plus de serveurs utilisent le volume que le fournisseur n'en permet",
    codes.SHARED_BOOT_VOLUME_REFUSED: "la cible ne peut pas démarrer un serveur d'un volume à attachements multiples",
    codes.REFERENCE_UNLISTED: "il se réfère à quelque chose qui n'a pas été listé : il serait déplacé incomplet",
    codes.CONTAINER_HEADERS_REFUSED: "l'accès aux en-têtes du conteneur est refusé, et sans doute aussi à ses objets",
    codes.CONTAINER_QUOTA_SHORT: "le quota du conteneur sur la cible est trop petit pour le contenu de la source",
    codes.ACCOUNT_QUOTA_SHORT: "le quota du compte Swift de la cible est trop petit pour les conteneurs à déplacer",
    codes.IMAGE_QUOTA_SHORT: (
        "le quota d'images peut être trop petit pour les images par lesquelles passent les disques"
    ),
    codes.STORE_CONTAINER_SHORT: "les disques capturés peuvent ne pas tenir dans le conteneur du dépôt sur la cible",
    codes.DISK_OVER_IMAGE_LIMIT: (
        "le disque peut devenir une image qui dépasse la taille maximale de la cible, et personne n'a décidé"
    ),
    codes.UNREADABLE_LEFT_OUT: "l'entrée d'un élément dans la liste de la source est illisible : il n'est pas déplacé",
    codes.UNREADABLE_UNCHECKED: "l'entrée d'un élément qui n'est pas déplacé, ou qui est sur la cible, est illisible",
    codes.LISTED_ODDLY: "l'entrée d'un élément dans la liste de la source est mal formée, mais il est déplacé",
    codes.TEMPORARY_OF_OTHERS: "il porte la marque d'une copie temporaire d'une autre migration : il n'est pas déplacé",
    codes.WAVE_TOGETHER: (
        "des serveurs sont arrêtés ensemble, car ils partagent une adresse, un groupe de serveurs ou un réseau "
        "sans routeur"
    ),
    codes.WAVE_SPLITS_TIE: (
        "la politique met dans des vagues différentes des serveurs qui partagent une adresse, un groupe de "
        "serveurs ou un réseau"
    ),
    codes.WAVES_SHARE_VOLUME: "la politique met dans des vagues différentes des serveurs qui partagent un volume",
    codes.WAVE_LINES_DISAGREE: "des motifs de waves.servers mettent le serveur dans des vagues différentes",
    codes.WAVE_WITHOUT_STOP: "la politique nomme une vague pour un serveur qui n'est pas arrêté",
    codes.WAVE_EMPTY: (
        "la politique donne un ordre ou une plage horaire à une vague dont aucun serveur de la source ne fait partie"
    ),
    codes.HEALTH_ADDRESS_MISSING: "un contrôle de santé interroge une adresse que le serveur n'aura pas",
    codes.HEALTH_PROGRAM_MISSING: "un contrôle de santé a besoin d'un programme que cette machine n'a pas",
    codes.HEALTH_FIXED_ADDRESS: (
        "un contrôle de santé interroge une adresse fixe, que toutes les machines n'atteignent pas"
    ),
    codes.HEALTH_CHECKS_UNUSED: "la politique contrôle un serveur qui n'est pas déplacé",
    codes.HOOK_PROGRAM_MISSING: "un programme à lancer avant l'arrêt du serveur manque sur cette machine",
    codes.LAUNCH_WITHOUT_PASS: (
        "la politique exige un lancement d'essai avant l'arrêt, et aucun disque n'est lu avant lui"
    ),
    codes.DNS_RECORD_CHANGES: "un enregistrement DNS désigne une adresse qui change",
    codes.DNS_ADDRESS_STAYS: "un enregistrement DNS désigne l'adresse de quelque chose qui n'est pas déplacé",
    codes.DNS_TTL_LONG: "le TTL d'un enregistrement DNS à changer dépasse dns.ttl_limit, ou une durée d'arrêt maximale",
    codes.DNS_TTL_UNKNOWN: "le TTL d'un enregistrement DNS à changer n'est connu que par un cache",
    codes.DNS_POINTS_ELSEWHERE: "un nom de dns.names ne désigne aucune adresse du projet",
    codes.DNS_NO_ADDRESS: "un nom de dns.names n'a pas d'adresse",
    codes.DNS_UNANSWERED: "des noms de dns.names n'ont pas pu être résolus",
    codes.HOOK_AFTER_MISSING: (
        "un programme à lancer après la bascule ou le retour arrière du serveur manque sur cette machine"
    ),
    codes.WAVE_CONTAINER_UNKNOWN: "une ligne de waves.containers nomme un conteneur ou une vague qui n'existe pas",
    codes.WAVE_CONTAINER_LINES_DISAGREE: (
        "des motifs de waves.containers mettent le conteneur dans des vagues différentes"
    ),
    codes.WAVE_CONTAINER_WRITABLE: (
        "d'autres peuvent écrire dans un conteneur d'une vague, et ce qu'ils écrivent après sa dernière passe "
        "n'est pas déplacé"
    ),
}
