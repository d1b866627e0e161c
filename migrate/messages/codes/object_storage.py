"""Findings: containers, their objects, and buckets."""

from migrate.messages.codes.registry import Level, Rule, finding

BACKUP_CONTAINER = finding(
    "DCP-647",
    Level.CHANGES,
    facts=("backups",),
    rules=Rule.LEAVES_OUT,
    meaning="the container of the backup service holds volume backups that only the old cloud can read",
    en=(
        "the backup service's container holds {backups} volume backups that only the old cloud can read, so it is not "
        "copied: set `backups: volume` to move their content, or `backups: container` to copy the container as it is"
    ),
    fr=(
        "le conteneur du service de sauvegarde contient {backups} sauvegardes de volume que seul l'ancien cloud sait "
        "lire, et il n'est pas copié : mettez `backups: volume` pour déplacer leur contenu, ou `backups: container` "
        "pour copier le conteneur tel quel"
    ),
)
CONTAINER_NAME_TAKEN = finding(
    "DCP-654",
    Level.BLOCKS,
    facts=("objects",),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the target already has another container of this name",
    en=(
        "the target already has another container of this name, with {objects} objects, and Decamp does not write to "
        "it: delete it there, or skip this one in policy.yaml"
    ),
    fr=(
        "la cible a déjà un autre conteneur de ce nom, avec {objects} objets, et Decamp n'y écrit rien : supprimez-le "
        "là-bas, ou excluez celui-ci dans policy.yaml"
    ),
)
NO_OBJECT_STORE = finding(
    "DCP-655",
    Level.BLOCKS,
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the target has no object store",
    en="the target has no object store: skip the container in policy.yaml and store its objects elsewhere",
    fr="la cible n'a pas de stockage objet : excluez le conteneur dans policy.yaml et gardez ses objets ailleurs",
)
ACCESS_LIST_NAMES_ACCEPTED = finding(
    "DCP-656",
    Level.CHANGES,
    facts=("header", "value"),
    meaning="the container's access list contains projects or users and is set unchanged, as accepted",
    en=(
        "the access list {header} is set unchanged with its projects or users ({value}), as accepted: check that they "
        "mean the right ones at the target, or remove DCP-880 for this container from accept in policy.yaml"
    ),
    fr=(
        "la liste d'accès {header} est reprise telle quelle avec ses projets ou utilisateurs ({value}), comme vous "
        "l'avez accepté : vérifiez qu'ils désignent les bons sur la cible, ou retirez DCP-880 pour ce conteneur de la "
        "liste accept de policy.yaml"
    ),
)
BACKUP_CONTAINER_OF_TENANT = finding(
    "DCP-659",
    Level.LOSES,
    facts=("backups", "objects"),
    rules=Rule.LEAVES_OUT,
    meaning="a container of the tenant mixes volume backups with other objects, and none of it is copied",
    en=(
        "the container holds {backups} volume backups among its {objects} objects, which Decamp cannot tell apart, so "
        "nothing in it is copied: set `backups: container` to copy all of it, or `backups: volume` to move the content "
        "of the backups"
    ),
    fr=(
        "le conteneur contient {backups} sauvegardes de volume parmi ses {objects} objets, que Decamp ne peut pas "
        "distinguer, et rien n'en est copié : mettez `backups: container` pour tout copier, ou `backups: volume` pour "
        "déplacer le contenu des sauvegardes"
    ),
)
BUCKET_NAME_REFUSED = finding(
    "DCP-809",
    Level.BLOCKS,
    facts=("bucket", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the provider does not accept this bucket name",
    en=(
        "the target ({profile}) does not accept two hyphens in a row in a bucket name, as in {bucket}: choose another "
        "name under target.objects.s3.buckets in policy.yaml"
    ),
    fr=(
        "la cible ({profile}) n'accepte pas deux traits d'union de suite dans un nom de bucket, comme dans {bucket} : "
        "choisissez un autre nom sous target.objects.s3.buckets dans policy.yaml"
    ),
)
OBJECT_ROWS_UNREADABLE = finding(
    "DCP-812",
    Level.LOSES,
    facts=("objects", "example"),
    meaning="the listing entries of some objects are unreadable: these objects do not move",
    en=(
        "{objects} of its objects, such as {example}, have unreadable listing entries and will NOT move; the rest "
        "will: ask the provider to fix the listing and scan again, or accept DCP-812 in policy.yaml to leave them "
        "behind"
    ),
    fr=(
        "{objects} de ses objets, par exemple {example}, ont une entrée illisible dans la liste et ne seront PAS "
        "déplacés ; le reste le sera : demandez au fournisseur de corriger la liste et relancez `decamp scan`, ou "
        "acceptez DCP-812 dans policy.yaml pour les laisser à la source"
    ),
)
CONTAINER_BECOMES_BUCKET = finding(
    "DCP-850",
    Level.CHANGES,
    facts=("bucket",),
    meaning="the container becomes a bucket of another name, or a prefix in one",
    en="the container becomes {bucket} on S3: use that name in your applications",
    fr="le conteneur devient {bucket} sur S3 : utilisez ce nom dans vos applications",
)
BUCKET_NAMES_GLOBAL = finding(
    "DCP-851",
    Level.ADVICE,
    facts=("buckets", "endpoint"),
    meaning="all customers of an S3 service share its bucket names: reserve them early",
    en=(
        "{buckets} buckets will be created at {endpoint}, where all customers share the names: start their copy on the "
        "first day (`decamp run --execute --only container`) to reserve the names, or set `bucket_prefix` under "
        "target.objects.s3 in policy.yaml"
    ),
    fr=(
        "{buckets} buckets seront créés sur {endpoint}, où tous les clients se partagent les noms : lancez leur copie "
        "dès le premier jour (`decamp run --execute --only container`) pour réserver les noms, ou mettez "
        "`bucket_prefix` sous target.objects.s3 dans policy.yaml"
    ),
)
BUCKET_OF_OTHERS = finding(
    "DCP-852",
    Level.BLOCKS,
    facts=("bucket", "why"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the bucket belongs to somebody else, or access to it is denied",
    en=(
        "the bucket {bucket} belongs to somebody else, or access to it is denied ({why}): choose another name for the "
        "container under target.objects.s3.buckets in policy.yaml"
    ),
    fr=(
        "le bucket {bucket} appartient à quelqu'un d'autre, ou son accès est refusé ({why}) : choisissez un autre nom "
        "pour le conteneur sous target.objects.s3.buckets dans policy.yaml"
    ),
)
BUCKET_NOT_EMPTY = finding(
    "DCP-853",
    Level.BLOCKS,
    facts=("bucket",),
    rules=Rule.OF_TARGET,
    meaning="the bucket already holds objects",
    en=(
        "{bucket} already holds objects that this migration may not have written: choose another location under "
        "target.objects.s3.buckets in policy.yaml, or accept DCP-853 once you know whose they are"
    ),
    fr=(
        "{bucket} contient déjà des objets que cette migration n'a peut-être pas écrits : choisissez un autre "
        "emplacement sous target.objects.s3.buckets dans policy.yaml, ou acceptez DCP-853 une fois que vous savez à "
        "qui ils sont"
    ),
)
BUCKET_SHARED = finding(
    "DCP-854",
    Level.CHANGES,
    facts=("containers", "bucket", "limit", "profile"),
    meaning="the provider allows fewer buckets than there are containers: they share one",
    en=(
        "the provider ({profile}) allows {limit} buckets, so {containers} containers share the bucket {bucket}, each "
        "under its own prefix: ask for more, or choose the containers that get their own bucket under "
        "target.objects.s3.buckets in policy.yaml"
    ),
    fr=(
        "le fournisseur ({profile}) accorde {limit} buckets, et {containers} conteneurs se partagent donc le bucket "
        "{bucket}, chacun sous son propre préfixe : demandez-en davantage, ou choisissez les conteneurs qui ont leur "
        "propre bucket sous target.objects.s3.buckets dans policy.yaml"
    ),
)
OBJECT_STORE_DIFFERS = finding(
    "DCP-855",
    Level.BLOCKS,
    facts=("wanted",),
    meaning="the target was scanned with an object store different from the one that the policy sets",
    en="policy.yaml now sets the object store {wanted}, but target.json was scanned with another one: scan again",
    fr=(
        "policy.yaml indique désormais le stockage objet {wanted}, mais target.json vient du scan d'un autre : "
        "relancez `decamp scan`"
    ),
)
BUCKET_ADDRESSING = finding(
    "DCP-856",
    Level.ADVICE,
    facts=("style", "wanted", "profile"),
    meaning="the provider needs another bucket addressing style",
    en=(
        "the provider ({profile}) needs the bucket addressing style {wanted}, not {style}: set it under "
        "target.objects.s3 in policy.yaml"
    ),
    fr=(
        "le fournisseur ({profile}) exige le style d'adressage de bucket {wanted}, et non {style} : indiquez-le sous "
        "target.objects.s3 dans policy.yaml"
    ),
)
ACCESS_LIST_LOST = finding(
    "DCP-857",
    Level.LOSES,
    facts=("header", "value"),
    meaning="the container's access list does not move: the bucket is private",
    en=(
        "the access list {header} ({value}) does not move and the bucket is private: write a bucket policy by hand "
        "that allows the same access (for `.r:*`: Allow, Principal *, s3:GetObject)"
    ),
    fr=(
        "la liste d'accès {header} ({value}) n'est pas reprise et le bucket est privé : écrivez à la main une "
        "politique de bucket qui donne les mêmes accès (pour `.r:*` : Allow, Principal *, s3:GetObject)"
    ),
)
CORS_LOST = finding(
    "DCP-858",
    Level.LOSES,
    facts=("headers",),
    meaning="CORS rules that the bucket does not get",
    en=(
        "its CORS rules do not move ({headers}), as the bucket is shared with other containers, or the rules lack an "
        "origin or a number of seconds: set them by hand in the bucket's CORS configuration"
    ),
    fr=(
        "ses règles CORS ne sont pas reprises ({headers}), car le bucket est partagé avec d'autres conteneurs, ou il "
        "leur manque une origine ou un nombre de secondes : mettez-les à la main dans la configuration CORS du bucket"
    ),
)
WEBSITE_LOST = finding(
    "DCP-859",
    Level.LOSES,
    facts=("headers",),
    meaning="website settings that the bucket does not get",
    en=(
        "some of its website settings do not move ({headers}), as the bucket is shared with other containers, or S3 "
        "lacks them: set by hand what the service supports"
    ),
    fr=(
        "certains de ses réglages de site web ne sont pas repris ({headers}), car le bucket est partagé avec d'autres "
        "conteneurs, ou S3 n'a pas de tels réglages : définissez à la main ceux que le service propose"
    ),
)
TEMPURLS_END = finding(
    "DCP-860",
    Level.LOSES,
    meaning="temporary URLs stop working: S3 signs with its own keys",
    en=(
        "its temporary URLs stop working with the source, as S3 signs with its own keys: make your applications create "
        "S3 pre-signed URLs instead"
    ),
    fr=(
        "ses URL temporaires cessent de fonctionner avec la source, car S3 signe avec ses propres clés : faites créer "
        "à vos applications des URL présignées S3 à la place"
    ),
)
BUCKET_QUOTA_LOST = finding(
    "DCP-861",
    Level.LOSES,
    facts=("headers",),
    meaning="S3 has no bucket quota",
    en="its quota does not move ({headers}), as S3 has no bucket quota: set one by hand if the service offers its own",
    fr=(
        "son quota n'est pas repris ({headers}), car S3 n'a pas de quota de bucket : fixez-en un à la main si le "
        "service en propose un"
    ),
)
CONTAINER_METADATA_LOST = finding(
    "DCP-862",
    Level.LOSES,
    facts=("keys",),
    meaning="the container's metadata does not move: S3 buckets have tags only",
    en=(
        "its metadata does not move ({keys}), as S3 buckets have only tags, which Decamp does not set: record it "
        "elsewhere, or set it by hand as bucket tags"
    ),
    fr=(
        "ses métadonnées ne sont pas reprises ({keys}), car un bucket S3 n'a que des étiquettes, que Decamp ne pose "
        "pas : notez-les ailleurs, ou posez-les vous-même comme étiquettes du bucket"
    ),
)
CONTAINER_SYNC_LOST = finding(
    "DCP-863",
    Level.LOSES,
    facts=("to",),
    meaning="container synchronisation does not move",
    en=(
        "its synchronisation with {to} does not move, as the other side would need the new address: set it up again by "
        "hand on both sides"
    ),
    fr=(
        "sa synchronisation avec {to} n'est pas reprise, car l'autre côté aurait besoin de la nouvelle adresse : "
        "remettez-la en place à la main des deux côtés"
    ),
)
VERSIONS_CONTAINER = finding(
    "DCP-864",
    Level.LOSES,
    facts=("archive",),
    meaning="older versions are in a separate container, and S3 adds no new ones to it",
    en=(
        "its older versions are in the container {archive}, which is copied like any other but gets no new versions on "
        "S3: enable versioning on the bucket by hand"
    ),
    fr=(
        "ses anciennes versions sont dans le conteneur {archive}, qui est copié comme un autre mais ne reçoit plus de "
        "nouvelles versions sur S3 : activez à la main le versionnement du bucket"
    ),
)
VERSIONS_COPIED = finding(
    "DCP-865",
    Level.CHANGES,
    meaning="older versions of objects are copied too, with new ids and dates",
    en=(
        "it has older versions of its objects, which are copied too, with new ids and dates; they need space that its "
        "size does not include, and versioning at the target: set `versions: current` under objects in policy.yaml to "
        "leave them behind"
    ),
    fr=(
        "il contient d'anciennes versions de ses objets ; elles sont copiées aussi, avec de nouveaux identifiants et "
        "de nouvelles dates, occupent de la place en plus de la taille indiquée et demandent le versionnement sur la "
        "cible : mettez `versions: current` sous objects dans policy.yaml pour les laisser à la source"
    ),
)
VERSIONS_LEFT = finding(
    "DCP-866",
    Level.LOSES,
    facts=("why",),
    meaning="older versions of objects stay behind",
    en=(
        "only the current versions of its objects move, and older ones stay behind ({why}): copy by hand those that "
        "you need"
    ),
    fr=(
        "seules les versions actuelles de ses objets sont déplacées, et les anciennes restent à la source ({why}) : "
        "copiez à la main celles dont vous avez besoin"
    ),
)
SEGMENTS_CONTAINER = finding(
    "DCP-867",
    Level.CHANGES,
    facts=("bucket",),
    meaning="the container holds segments, which become parts of their large objects on S3",
    en=(
        "it holds segments, which become parts of their large objects on S3; only segments that belong to no large "
        "object are copied as objects, to {bucket}: check your applications for direct use of segments"
    ),
    fr=(
        "il contient des segments, qui deviennent sur S3 des parties de leurs grands objets ; seuls ceux qui "
        "n'appartiennent à aucun grand objet sont copiés comme objets, vers {bucket} : vérifiez que vos applications "
        "n'utilisent pas directement les segments"
    ),
)
TOO_MANY_BUCKETS = finding(
    "DCP-868",
    Level.BLOCKS,
    facts=("buckets", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the plan needs more buckets than the provider allows",
    en=(
        "{buckets} buckets are needed, but the provider ({profile}) allows {limit}: ask for more, or let containers "
        "share a bucket with BUCKET/PREFIX under target.objects.s3.buckets in policy.yaml"
    ),
    fr=(
        "il faut {buckets} buckets, mais le fournisseur ({profile}) en accorde {limit} : demandez-en davantage, ou "
        "faites partager un bucket à plusieurs conteneurs par BUCKET/PRÉFIXE sous target.objects.s3.buckets dans "
        "policy.yaml"
    ),
)
TEMPURL_KEYS_COPIED = finding(
    "DCP-869",
    Level.ADVICE,
    meaning="the container's temporary URL keys are copied",
    en=(
        "its temporary URL keys are copied, but never shown or stored, so existing URLs only need the new address: "
        "change the keys after the move if they may have leaked"
    ),
    fr=(
        "ses clés d'URL temporaires sont copiées, sans être ni affichées ni enregistrées, et il suffit de changer "
        "l'adresse des URL existantes : changez ces clés après le déplacement si elles ont pu fuiter"
    ),
)
STORAGE_POLICY_CHANGES = finding(
    "DCP-870",
    Level.ADVICE,
    facts=("policy",),
    meaning="the container gets the target's default storage policy",
    en=(
        "it uses the storage policy {policy} at the source, unlike most, and gets the target's default one: ask the "
        "provider whether that stores its objects as safely"
    ),
    fr=(
        "il utilise la politique de stockage {policy} à la source, contrairement à la plupart, et reçoit celle par "
        "défaut de la cible : demandez au fournisseur si elle protège aussi bien ses objets"
    ),
)
S3_EXPIRY_AND_LINKS = finding(
    "DCP-871",
    Level.ADVICE,
    meaning="S3 has no per-object expiry, only bucket rules, and no symbolic links",
    en=(
        "S3 has no symbolic links and no per-object expiry (X-Delete-At), so Decamp tags an object that expires with "
        "its day and adds a bucket rule that deletes it; a service without such rules never deletes it, which `verify` "
        "reports: set `objects.expiring` in policy.yaml to choose otherwise (keep, skip)"
    ),
    fr=(
        "S3 n'a ni liens symboliques ni expiration par objet (X-Delete-At) ; Decamp pose donc sur chaque objet qui "
        "expire une étiquette portant le jour d'expiration et ajoute au bucket une règle qui le supprime ; un service "
        "sans ces règles ne le supprime jamais, ce que `verify` signale : réglez `objects.expiring` dans policy.yaml "
        "pour choisir autrement (keep, skip)"
    ),
)
OBJECTS_REFUSED = finding(
    "DCP-872",
    Level.LOSES,
    facts=("why", "objects", "example"),
    meaning="objects that S3 does not accept, counted by a scan of the listings",
    en=(
        "{objects} of its objects, such as {example}, stay behind, as S3 does not accept them ({why}): rename or split "
        "them at the source and scan again, or store them elsewhere"
    ),
    fr=(
        "{objects} de ses objets, par exemple {example}, restent à la source, car S3 ne les accepte pas ({why}) : "
        "renommez-les ou découpez-les à la source et relancez `decamp scan`, ou gardez-les ailleurs"
    ),
)
OBJECT_LINKS = finding(
    "DCP-873",
    Level.ADVICE,
    facts=("objects", "example"),
    meaning="symbolic links, counted by a scan of the listings",
    en=(
        "{objects} of its objects, such as {example}, are symbolic links: recreate links into other accounts at the "
        "target by hand; S3 has no links at all"
    ),
    fr=(
        "{objects} de ses objets, par exemple {example}, sont des liens symboliques : refaites à la main sur la cible "
        "ceux qui mènent à d'autres comptes ; S3 n'a pas de liens du tout"
    ),
)
OBJECT_NAMES_UNCHECKED = finding(
    "DCP-874",
    Level.ADVICE,
    facts=("containers", "objects"),
    meaning="object names were not yet checked against S3's rules",
    en=(
        "the object names of {containers} containers ({objects} objects) were not checked, so what S3 will refuse is "
        "unknown: run `decamp scan --objects`, which needs one request per 10,000 names"
    ),
    fr=(
        "les noms d'objets de {containers} conteneurs ({objects} objets) n'ont pas été vérifiés, et ce que S3 refusera "
        "est inconnu : lancez `decamp scan --objects`, à raison d'une requête par 10 000 noms"
    ),
)
VERSIONS_CONTAINER_LEFT = finding(
    "DCP-875",
    Level.LOSES,
    facts=("archive",),
    meaning="the container for its older versions does not move",
    en=(
        "its older versions go to the container {archive}, which does not move, and no object can be overwritten "
        "without it: move that container too, or create one of that name by hand at the target"
    ),
    fr=(
        "ses anciennes versions vont dans le conteneur {archive}, qui n'est pas déplacé, et sans lui aucun objet ne "
        "peut être remplacé : déplacez aussi ce conteneur, ou créez-en un de ce nom à la main sur la cible"
    ),
)
OBJECT_HEADERS_LOST = finding(
    "DCP-876",
    Level.LOSES,
    facts=("header", "objects", "examples"),
    meaning="object headers that S3 cannot store, counted by a check of each object",
    en=(
        "{objects} of its objects, such as {examples}, are copied without {header}, which S3 cannot store unchanged: "
        "record it elsewhere, or change it at the source and run again; the rows of the copy list every such object "
        "(evidence/objects)"
    ),
    fr=(
        "{objects} de ses objets, par exemple {examples}, sont copiés sans {header}, que S3 ne peut pas conserver tel "
        "quel : notez-le ailleurs, ou changez-le à la source et relancez ; les lignes de la copie nomment chaque objet "
        "(evidence/objects)"
    ),
)
EXPIRY_BECOMES_RULE = finding(
    "DCP-877",
    Level.CHANGES,
    facts=("objects", "examples"),
    meaning="objects that expire: on S3 by a bucket rule, at the midnight after their time",
    en=(
        "{objects} of its objects, such as {examples}, expire (X-Delete-At); Decamp tags each with its day and adds a "
        "bucket rule that deletes it, at most one day later than at the source; a service without such rules never "
        "deletes them, which `verify` reports: set `keep` or `skip` under objects.expiring in policy.yaml to choose "
        "otherwise"
    ),
    fr=(
        "{objects} de ses objets, par exemple {examples}, expirent (X-Delete-At) ; Decamp pose sur chacun une "
        "étiquette portant le jour d'expiration et ajoute au bucket une règle qui le supprime, un jour plus tard au "
        "plus qu'à la source ; un service sans ces règles ne les supprime jamais, ce que `verify` signale : mettez "
        "`keep` ou `skip` dans objects.expiring de policy.yaml pour choisir autrement"
    ),
)
EXPIRY_DROPPED = finding(
    "DCP-878",
    Level.LOSES,
    facts=("objects", "examples"),
    meaning="objects that expire are kept for ever on S3",
    en=(
        "{objects} of its objects, such as {examples}, expire (X-Delete-At) but stay for ever on S3, as set by "
        "objects.expiring in policy.yaml: delete them by hand in time, or set `rule` or `skip` there"
    ),
    fr=(
        "{objects} de ses objets, par exemple {examples}, expirent (X-Delete-At) mais restent pour toujours sur S3, "
        "comme le veut objects.expiring dans policy.yaml : supprimez-les à la main le moment venu, ou mettez-y `rule` "
        "ou `skip`"
    ),
)
EXPIRING_LEFT = finding(
    "DCP-879",
    Level.LOSES,
    facts=("objects", "examples"),
    meaning="objects that expire are not copied to S3",
    en=(
        "{objects} of its objects, such as {examples}, expire (X-Delete-At) and are not copied, as set by "
        "objects.expiring in policy.yaml: set `rule` or `keep` there to copy them"
    ),
    fr=(
        "{objects} de ses objets, par exemple {examples}, expirent (X-Delete-At) et ne sont pas copiés, comme le veut "
        "objects.expiring dans policy.yaml : mettez-y `rule` ou `keep` pour les copier"
    ),
)
ACCESS_LIST_NAMES_UNACCEPTED = finding(
    "DCP-880",
    Level.LOSES,
    facts=("header", "value"),
    meaning="the container's access list contains projects or users, and the policy does not accept them",
    en=(
        "the access list {header} contains projects or users of the source ({value}), which may mean somebody else at "
        "the target, so they are left out: set the target's own names there by hand. If the names are right there too, "
        "accept DCP-880:container:NAME in policy.yaml to set them; DCP-880 alone accepts the loss"
    ),
    fr=(
        "la liste d'accès {header} contient des projets ou des utilisateurs de la source ({value}), qui peuvent "
        "désigner quelqu'un d'autre sur la cible ; ils sont laissés de côté : mettez-y à la main les noms propres à la "
        "cible. Si les mêmes noms conviennent sur la cible, acceptez DCP-880:container:NOM dans policy.yaml pour les "
        "reprendre ; DCP-880 seul accepte la perte"
    ),
)
ACCESS_LIST_EVERYBODY_UNACCEPTED = finding(
    "DCP-881",
    Level.LOSES,
    facts=("header", "value"),
    meaning="the container's access list admits every user with a login, and the policy does not accept that",
    en=(
        "the access list {header} admits every user with a login at the source ({value}); at the target that would be "
        "every customer of the provider, so it is left out: set the intended names there by hand. If you mean "
        "everybody, accept DCP-881:container:NAME in policy.yaml to set it; DCP-881 alone accepts the loss"
    ),
    fr=(
        "la liste d'accès {header} donne accès à quiconque a un compte sur la source ({value}) ; sur la cible, elle "
        "donnerait accès à tous les clients du fournisseur, et elle n'est pas reprise : mettez-y à la main les noms "
        "voulus. Si l'accès doit être ouvert à tous, acceptez DCP-881:container:NOM dans policy.yaml pour la reprendre "
        "; DCP-881 seul accepte la perte"
    ),
)
ACCESS_LIST_EVERYBODY_ACCEPTED = finding(
    "DCP-882",
    Level.CHANGES,
    facts=("header", "value"),
    meaning="the container admits every user with a login at the target, as accepted",
    en=(
        "the access list {header} admits every user with a login at the target ({value}), that is every customer of "
        "the provider, as accepted: if you do not mean that, remove DCP-881 for this container from accept in "
        "policy.yaml"
    ),
    fr=(
        "la liste d'accès {header} donne accès à quiconque a un compte sur la cible ({value}), c'est-à-dire à tout "
        "client du fournisseur, comme vous l'avez accepté : si ce n'est pas voulu, retirez DCP-881 pour ce conteneur "
        "de la liste accept de policy.yaml"
    ),
)
OBJECT_HEADERS_UNCHECKED = finding(
    "DCP-884",
    Level.ADVICE,
    facts=("containers", "objects"),
    meaning="object headers were not yet checked against what S3 can store",
    en=(
        "the object headers of {containers} containers ({objects} objects) were not checked, so it is unknown which of "
        "them S3 cannot store and which objects expire: run `decamp scan --objects`, which needs one request per "
        "object; `--objects-sample 1000` needs fewer"
    ),
    fr=(
        "les en-têtes d'objets de {containers} conteneurs ({objects} objets) n'ont pas été vérifiés ; on ignore donc "
        "lesquels S3 ne peut pas conserver et quels objets expirent : lancez `decamp scan --objects`, à raison d'une "
        "requête par objet ; `--objects-sample 1000` en demande moins"
    ),
)
OBJECT_HEADERS_PARTLY_CHECKED = finding(
    "DCP-885",
    Level.ADVICE,
    facts=("looked", "objects"),
    meaning="the headers of some objects in the container were checked, not of all",
    en=(
        "the headers of {looked} of its {objects} objects were checked, and the findings count those only: run `decamp "
        "scan --objects` to check all"
    ),
    fr=(
        "les en-têtes de {looked} de ses {objects} objets ont été vérifiés, et les constats ne comptent que ceux-là : "
        "lancez `decamp scan --objects` pour les vérifier tous"
    ),
)
CORS_BECOMES_BUCKETS = finding(
    "DCP-886",
    Level.CHANGES,
    facts=("headers",),
    meaning="the container's CORS rules become the bucket's",
    en=(
        "its CORS rules become the bucket's ({headers}): run `decamp verify`, which reports if the service refuses "
        "them or the bucket already has others"
    ),
    fr=(
        "ses règles CORS deviennent celles du bucket ({headers}) : lancez `decamp verify`, qui signale si le service "
        "les refuse ou si le bucket en a déjà d'autres"
    ),
)
WEBSITE_BECOMES_BUCKETS = finding(
    "DCP-887",
    Level.CHANGES,
    facts=("headers",),
    meaning="the container's website becomes the bucket's",
    en=(
        "its website becomes the bucket's ({headers}), at another address and not public: publish the service's "
        "website address, and write a bucket policy by hand that lets everybody read; `verify` reports if the service "
        "refuses the website"
    ),
    fr=(
        "son site web devient celui du bucket ({headers}), à une autre adresse et sans être public : communiquez "
        "l'adresse de site web du service, et écrivez à la main une politique de bucket qui laisse tout le monde lire "
        "; `verify` signale si le service le refuse"
    ),
)
BUCKET_SETTING_REFUSED = finding(
    "DCP-888",
    Level.LOSES,
    facts=("header", "value"),
    meaning="the service refused a bucket setting, as verify has seen",
    en=(
        "the service refused {header} ({value}) as a bucket setting: set it by hand if the service supports it, or "
        "accept DCP-888"
    ),
    fr=(
        "le service a refusé {header} ({value}) comme réglage du bucket : définissez-le à la main si le service le "
        "permet, ou acceptez DCP-888"
    ),
)
CONTAINER_HEADERS_REFUSED = finding(
    "DCP-901",
    Level.LOSES,
    facts=("why",),
    rules=Rule.LEAVES_OUT,
    meaning="access to the container's headers is denied, and probably to its objects too",
    en=(
        "access to its headers is denied ({why}), so its settings and probably its objects cannot be read: ask its "
        "owner for permission and scan again, or skip it in policy.yaml"
    ),
    fr=(
        "l'accès à ses en-têtes est refusé ({why}), et ses réglages et sans doute ses objets sont illisibles : "
        "demandez l'autorisation à son propriétaire et relancez `decamp scan`, ou excluez-le dans policy.yaml"
    ),
)
CONTAINER_QUOTA_SHORT = finding(
    "DCP-902",
    Level.BLOCKS,
    facts=("header", "need", "limit"),
    rules=Rule.OF_TARGET,
    meaning="the quota of the container at the target is too small for the source's content",
    en=(
        "the container at the target has a quota of {limit:quota} ({header}), but this one holds {need:quota}: raise "
        "the quota there and scan again, or skip the container in policy.yaml"
    ),
    fr=(
        "le conteneur de la cible a un quota de {limit:quota} ({header}), mais celui-ci contient {need:quota} : "
        "augmentez ce quota là-bas et relancez `decamp scan`, ou excluez le conteneur dans policy.yaml"
    ),
)
ACCOUNT_QUOTA_SHORT = finding(
    "DCP-903",
    Level.BLOCKS,
    facts=("need", "limit", "used", "short"),
    rules=Rule.OF_TARGET,
    meaning="the target's Swift account quota is too small for the containers that move",
    en=(
        "the target's Swift account quota is too small for the containers that move: {need:bytes} needed, {used:bytes} "
        "of {limit:bytes} used, {short:bytes} short; ask the provider to raise it, or skip containers in policy.yaml"
    ),
    fr=(
        "le quota du compte Swift de la cible est trop petit pour les conteneurs à déplacer : il faut {need:bytes}, "
        "{used:bytes} sur {limit:bytes} sont utilisés, il manque {short:bytes} ; faites-le augmenter, ou excluez des "
        "conteneurs dans policy.yaml"
    ),
)
STORE_CONTAINER_SHORT = finding(
    "DCP-905",
    Level.ADVICE,
    facts=("container", "disks", "room"),
    meaning="the captured disks may not fit into the store's container at the target",
    en=(
        "the quotas of the container {container} at the target leave room for {room:bytes}, but the disks to be "
        "captured into it need up to {disks:bytes}, less if they are partly empty or alike: ask the provider for a "
        "higher quota, or set a folder under store in policy.yaml"
    ),
    fr=(
        "les quotas du conteneur {container} de la cible laissent de la place pour {room:bytes}, mais les disques à y "
        "capturer demandent jusqu'à {disks:bytes}, moins s'ils sont en partie vides ou se ressemblent : faites "
        "augmenter ces quotas, ou indiquez un dossier sous store dans policy.yaml"
    ),
)
