"""Findings: containers, their objects, and buckets."""

from migrate.messages.codes.registry import Level, Rule, finding

BACKUP_CONTAINER = finding(
    "DCP-647",
    Level.CHANGES,
    facts=("backups",),
    rules=Rule.LEAVES_OUT,
    meaning="the container of the backup service holds volume backups, of use to its old cloud alone",
    en=(
        "the backup service's container holds {backups} volume backups in a form that only the old cloud can read, "
        "and nothing in it is copied: `backups: volume` moves what they hold, `backups: container` copies it all "
        "the same"
    ),
    fr=(
        "le conteneur du service de sauvegarde contient {backups} sauvegardes de volumes, sous une forme que seul "
        "l'ancien cloud sait lire, et rien n'en est copié : `backups: volume` déplace leur contenu, `backups: "
        "container` le copie malgré tout"
    ),
)
CONTAINER_NAME_TAKEN = finding(
    "DCP-654",
    Level.BLOCKS,
    facts=("objects",),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="another container of this name is at the target",
    en=(
        "another container of this name is at the target, with {objects} objects, and nothing is put into it: "
        "remove it there, or skip this one in policy.yaml"
    ),
    fr=(
        "un autre conteneur porte ce nom sur la cible, avec {objects} objets, et rien n'y sera ajouté : retirez-le "
        "là-bas, ou écartez celui-ci dans policy.yaml"
    ),
)
NO_OBJECT_STORE = finding(
    "DCP-655",
    Level.BLOCKS,
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the target has no object store",
    en="the target has no object store: skip the container in policy.yaml and keep its objects elsewhere",
    fr="la cible n'a pas de stockage objet : écartez le conteneur dans policy.yaml et gardez ses objets ailleurs",
)
ACCESS_LIST_NAMES_ACCEPTED = finding(
    "DCP-656",
    Level.CHANGES,
    facts=("header", "value"),
    meaning="the container's access list names projects or users, and is set as it is, as accepted",
    en=(
        "the access list {header} is set with its names of projects or users ({value}), as accepted: see that they "
        "are at the target whom you mean, or take DCP-880 for this container out of accept in policy.yaml"
    ),
    fr=(
        "la liste d'accès {header} est posée avec ses noms de projets ou d'utilisateurs ({value}), comme accepté : "
        "vérifiez qu'ils désignent sur la cible qui vous voulez, ou retirez DCP-880 pour ce conteneur de accept "
        "dans policy.yaml"
    ),
)
BACKUP_CONTAINER_OF_TENANT = finding(
    "DCP-659",
    Level.LOSES,
    facts=("backups", "objects"),
    rules=Rule.LEAVES_OUT,
    meaning="a container of the tenant's own naming holds volume backups, and all else in it stays too",
    en=(
        "the container holds {backups} volume backups, and which of its {objects} objects they are cannot be told: "
        "nothing in it is copied, whatever else it holds; `backups: container` copies all of it, and `backups: "
        "volume` moves what the backups hold"
    ),
    fr=(
        "le conteneur contient {backups} sauvegardes de volumes, et on ne sait pas lesquels de ses {objects} "
        "objets elles sont : rien n'en est copié, quoi qu'il contienne d'autre ; `backups: container` le copie en "
        "entier, et `backups: volume` déplace le contenu des sauvegardes"
    ),
)
BUCKET_NAME_REFUSED = finding(
    "DCP-809",
    Level.BLOCKS,
    facts=("bucket", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the provider takes no such name of a bucket",
    en=(
        "the target ({profile}) takes no bucket name with two hyphens in a row, as {bucket} has: name another one "
        "under target.objects.s3.buckets in policy.yaml"
    ),
    fr=(
        "la cible ({profile}) n'accepte pas deux traits d'union de suite dans le nom d'un bucket, comme dans "
        "{bucket} : nommez-en un autre sous target.objects.s3.buckets dans policy.yaml"
    ),
)
OBJECT_ROWS_UNREADABLE = finding(
    "DCP-812",
    Level.LOSES,
    facts=("objects", "example"),
    meaning="objects whose rows in the listing cannot be read: they do not move",
    en=(
        "{objects} of its objects, such as {example}, are listed in a way that nobody can read: they will NOT "
        "move, the rest will; ask the provider to mend the listing and scan again, or accept DCP-812 in "
        "policy.yaml to leave them"
    ),
    fr=(
        "{objects} de ses objets, par exemple {example}, sont listés de façon illisible : ils ne seront PAS "
        "déplacés, le reste le sera ; demandez au fournisseur de corriger la liste et relancez scan, ou acceptez "
        "DCP-812 dans policy.yaml pour les laisser"
    ),
)
CONTAINER_BECOMES_BUCKET = finding(
    "DCP-850",
    Level.CHANGES,
    facts=("bucket",),
    meaning="the container becomes a bucket of another name, or a prefix of one",
    en="the container becomes {bucket} on S3: give applications that name",
    fr="le conteneur devient {bucket} sur S3 : donnez ce nom aux applications",
)
BUCKET_NAMES_GLOBAL = finding(
    "DCP-851",
    Level.ADVICE,
    facts=("buckets", "endpoint"),
    meaning="bucket names are shared by all customers of a service: take them on the first day",
    en=(
        "{buckets} buckets are made at {endpoint}, where a name is free for all customers together: begin their "
        "copy on the first day (`decamp run --execute --only container`), which takes the names, or choose "
        "`bucket_prefix` under target.objects.s3 in policy.yaml"
    ),
    fr=(
        "{buckets} buckets sont créés chez {endpoint}, où tous les clients se partagent les noms : commencez leur "
        "copie dès le premier jour (`decamp run --execute --only container`), ce qui prend les noms, ou choisissez "
        "`bucket_prefix` sous target.objects.s3 dans policy.yaml"
    ),
)
BUCKET_OF_OTHERS = finding(
    "DCP-852",
    Level.BLOCKS,
    facts=("bucket", "why"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the bucket is somebody else's, or is not shown to us",
    en=(
        "the bucket {bucket} is somebody else's, or is not shown to us ({why}): name another one for the container "
        "under target.objects.s3.buckets in policy.yaml"
    ),
    fr=(
        "le bucket {bucket} appartient à quelqu'un d'autre, ou ne nous est pas montré ({why}) : donnez-en un autre "
        "au conteneur sous target.objects.s3.buckets dans policy.yaml"
    ),
)
BUCKET_NOT_EMPTY = finding(
    "DCP-853",
    Level.BLOCKS,
    facts=("bucket",),
    rules=Rule.OF_TARGET,
    meaning="the bucket is there and holds objects",
    en=(
        "{bucket} holds objects already, and nothing there says that this migration has made it: name another "
        "place under target.objects.s3.buckets in policy.yaml, or accept this once you know whose they are"
    ),
    fr=(
        "{bucket} contient déjà des objets, et rien n'y indique que cette migration les y a mis : donnez un autre "
        "emplacement sous target.objects.s3.buckets dans policy.yaml, ou acceptez ceci une fois que vous savez à "
        "qui ils sont"
    ),
)
BUCKET_SHARED = finding(
    "DCP-854",
    Level.CHANGES,
    facts=("containers", "bucket", "limit", "profile"),
    meaning="more containers than the provider gives buckets: they share one",
    en=(
        "the provider ({profile}) gives {limit} buckets, so {containers} containers share the bucket {bucket}, "
        "each below a prefix of its own: ask it for more, or say under target.objects.s3.buckets in policy.yaml "
        "which are to have one"
    ),
    fr=(
        "le fournisseur ({profile}) accorde {limit} buckets, et {containers} conteneurs se partagent donc le "
        "bucket {bucket}, chacun sous son propre préfixe : demandez-lui-en davantage, ou dites sous "
        "target.objects.s3.buckets dans policy.yaml lesquels doivent avoir le leur"
    ),
)
OBJECT_STORE_DIFFERS = finding(
    "DCP-855",
    Level.BLOCKS,
    facts=("wanted",),
    meaning="the target was scanned with another object store than the policy names",
    en="target.json was taken with another object store than {wanted}, which policy.yaml now says: scan again",
    fr=(
        "target.json a été relevé avec un autre stockage d'objets que {wanted}, que policy.yaml demande à présent "
        ": refaites le relevé"
    ),
)
BUCKET_ADDRESSING = finding(
    "DCP-856",
    Level.ADVICE,
    facts=("style", "wanted", "profile"),
    meaning="the provider wants bucket addresses in another style",
    en=(
        "the provider ({profile}) wants its buckets asked for in the style {wanted}, not {style}: set it under "
        "target.objects.s3 in policy.yaml"
    ),
    fr=(
        "le fournisseur ({profile}) veut que ses buckets soient adressés dans le style {wanted}, et non {style} : "
        "indiquez-le sous target.objects.s3 dans policy.yaml"
    ),
)
ACCESS_LIST_LOST = finding(
    "DCP-857",
    Level.LOSES,
    facts=("header", "value"),
    meaning="the container's access list is not carried: the bucket is private",
    en=(
        "the access list {header} ({value}) is not carried, and the bucket is private: S3 has bucket policies; "
        "write one by hand that lets the same people in (for `.r:*`: Allow, Principal *, s3:GetObject)"
    ),
    fr=(
        "la liste d'accès {header} ({value}) n'est pas reprise, et le bucket est privé : S3 a des politiques de "
        "bucket ; écrivez-en une à la main qui donne accès aux mêmes personnes (pour `.r:*` : Allow, Principal *, "
        "s3:GetObject)"
    ),
)
CORS_LOST = finding(
    "DCP-858",
    Level.LOSES,
    facts=("headers",),
    meaning="CORS rules that no bucket gets",
    en=(
        "its CORS rules are not carried ({headers}), as the bucket is shared with other containers, or they name "
        "no origin or no number of seconds: set them by hand as the bucket's CORS configuration"
    ),
    fr=(
        "ses règles CORS ne sont pas reprises ({headers}), car le bucket est partagé avec d'autres conteneurs, ou "
        "elles ne nomment aucune origine ou aucun nombre de secondes : mettez-les à la main dans la configuration "
        "CORS du bucket"
    ),
)
WEBSITE_LOST = finding(
    "DCP-859",
    Level.LOSES,
    facts=("headers",),
    meaning="settings as a web site that no bucket gets",
    en=(
        "some of its settings as a web site are not carried ({headers}), as the bucket is shared with other "
        "containers, or S3 has no such: set by hand what the service has"
    ),
    fr=(
        "certains de ses réglages de site web ne sont pas repris ({headers}), car le bucket est partagé avec "
        "d'autres conteneurs, ou S3 n'en a pas de tels : réglez à la main ce que propose le service"
    ),
)
TEMPURLS_END = finding(
    "DCP-860",
    Level.LOSES,
    meaning="temporary URLs end: S3 signs its own",
    en=(
        "its temporary URLs end with the source, as S3 signs with its own keys: let the applications make "
        "pre-signed URLs of S3 instead"
    ),
    fr=(
        "ses URL temporaires s'éteignent avec la source, car S3 signe avec ses propres clés : faites produire aux "
        "applications des URL présignées de S3 à la place"
    ),
)
BUCKET_QUOTA_LOST = finding(
    "DCP-861",
    Level.LOSES,
    facts=("headers",),
    meaning="S3 has no quota of a bucket",
    en=(
        "its quota is not carried ({headers}), as S3 has none for a bucket: set one by hand, if the service has "
        "one of its own"
    ),
    fr=(
        "son quota n'est pas repris ({headers}), car S3 n'en a pas pour un bucket : fixez-en un à la main, si le "
        "service en propose un"
    ),
)
CONTAINER_METADATA_LOST = finding(
    "DCP-862",
    Level.LOSES,
    facts=("keys",),
    meaning="the container's own metadata is not carried: a bucket has tags alone",
    en=(
        "its own metadata are not carried ({keys}), as a bucket has none, only tags, which Decamp does not set for "
        "you: note them elsewhere, or set them by hand as tags of the bucket"
    ),
    fr=(
        "ses propres métadonnées ne sont pas reprises ({keys}), car un bucket n'en a pas, seulement des "
        "étiquettes, que Decamp ne pose pas pour vous : notez-les ailleurs, ou mettez-les à la main en étiquettes "
        "du bucket"
    ),
)
CONTAINER_SYNC_LOST = finding(
    "DCP-863",
    Level.LOSES,
    facts=("to",),
    meaning="container synchronisation is not carried",
    en=(
        "its synchronisation with {to} is not carried, as the other end would have to know the new place: set it "
        "up again by hand at both ends"
    ),
    fr=(
        "sa synchronisation avec {to} n'est pas reprise, car l'autre côté devrait connaître le nouvel emplacement "
        ": remettez-la en place à la main des deux côtés"
    ),
)
VERSIONS_CONTAINER = finding(
    "DCP-864",
    Level.LOSES,
    facts=("archive",),
    meaning="older versions lie in a container of their own, and S3 does not go on with them",
    en=(
        "its older versions lie in the container {archive}, which is copied as any other, and on S3 no new ones "
        "come to it: turn the bucket's versioning on by hand"
    ),
    fr=(
        "ses anciennes versions sont dans le conteneur {archive}, qui est copié comme un autre, et sur S3 il n'en "
        "reçoit plus de nouvelles : activez à la main les versions du bucket"
    ),
)
VERSIONS_COPIED = finding(
    "DCP-865",
    Level.CHANGES,
    meaning="older versions of objects are copied, with new ids and dates",
    en=(
        "it keeps older versions of its objects, and they are copied too, with new ids and dates; they take space "
        "that its size does not show, and the target must keep versions: set `versions: current` under objects in "
        "policy.yaml to leave them"
    ),
    fr=(
        "il garde d'anciennes versions de ses objets, et elles sont copiées aussi, avec de nouveaux identifiants "
        "et de nouvelles dates ; elles prennent une place que sa taille ne montre pas, et la cible doit garder les "
        "versions : mettez `versions: current` sous objects dans policy.yaml pour les laisser"
    ),
)
VERSIONS_LEFT = finding(
    "DCP-866",
    Level.LOSES,
    facts=("why",),
    meaning="older versions of objects stay behind",
    en="older versions of its objects stay behind, the current ones move ({why})",
    fr="d'anciennes versions de ses objets restent à la source, les versions actuelles sont déplacées ({why})",
)
SEGMENTS_CONTAINER = finding(
    "DCP-867",
    Level.CHANGES,
    facts=("bucket",),
    meaning="the container holds segments: on S3 they become parts of their large objects",
    en=(
        "it holds segments, which on S3 become parts of their large objects: only what no large object names is "
        "copied by itself, to {bucket}"
    ),
    fr=(
        "il contient des segments, qui sur S3 deviennent des parties de leurs grands objets : seul ce qu'aucun "
        "grand objet ne nomme est copié tel quel, vers {bucket}"
    ),
)
TOO_MANY_BUCKETS = finding(
    "DCP-868",
    Level.BLOCKS,
    facts=("buckets", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="more buckets than the provider gives",
    en=(
        "{buckets} buckets are needed, and the provider ({profile}) gives {limit}: ask it for more, or let "
        "containers share some, as BUCKET/PREFIX under target.objects.s3.buckets in policy.yaml"
    ),
    fr=(
        "il faut {buckets} buckets, et le fournisseur ({profile}) en accorde {limit} : demandez-lui-en davantage, "
        "ou faites-en partager, par BUCKET/PRÉFIXE sous target.objects.s3.buckets dans policy.yaml"
    ),
)
TEMPURL_KEYS_COPIED = finding(
    "DCP-869",
    Level.ADVICE,
    meaning="the container's keys for temporary URLs are copied",
    en=(
        "its keys for temporary URLs are copied, never shown or kept, so that a URL needs the new address alone: "
        "give it new keys after the move if old ones may have leaked"
    ),
    fr=(
        "ses clés d'URL temporaires sont copiées, sans être montrées ni gardées, si bien qu'une URL ne demande que "
        "la nouvelle adresse : donnez-lui de nouvelles clés après le déplacement si les anciennes ont pu s'ébruiter"
    ),
)
STORAGE_POLICY_CHANGES = finding(
    "DCP-870",
    Level.ADVICE,
    facts=("policy",),
    meaning="the container's storage policy is the target's choice",
    en=(
        "it lies in the storage policy {policy} at the source, unlike most, and in the target's default one there: "
        "ask the target whether that keeps its objects as safe"
    ),
    fr=(
        "il est dans la politique de stockage {policy} à la source, contrairement à la plupart, et dans celle par "
        "défaut à la cible : demandez à la cible si elle garde ses objets aussi sûrement"
    ),
)
S3_EXPIRY_AND_LINKS = finding(
    "DCP-871",
    Level.ADVICE,
    meaning="S3 has no links, and expiry by rules of a bucket alone",
    en=(
        "S3 has no links, and no time of expiry of a single object (X-Delete-At): one that expires gets a tag with "
        "its day, and the bucket a rule that deletes it then. `objects.expiring` in policy.yaml says otherwise "
        "(keep, skip); where the service has no such rules they stay for ever, and `verify` names them"
    ),
    fr=(
        "S3 n'a pas de liens, et aucune date d'expiration pour un objet seul (X-Delete-At) : un objet qui expire "
        "reçoit une étiquette à son jour, et le bucket une règle qui le supprime ce jour-là. `objects.expiring` "
        "dans policy.yaml en décide autrement (keep, skip) ; là où le service n'a pas de telles règles, ils "
        "restent pour toujours, et `verify` les nomme"
    ),
)
OBJECTS_REFUSED = finding(
    "DCP-872",
    Level.LOSES,
    facts=("why", "objects", "example"),
    meaning="objects that S3 refuses, counted by a scan of the listings",
    en=(
        "{objects} of its objects stay behind, such as {example}, as S3 refuses them ({why}): give them other "
        "names, or split them, at the source and scan again, or keep them elsewhere"
    ),
    fr=(
        "{objects} de ses objets restent à la source, comme {example}, car S3 les refuse ({why}) : donnez-leur un "
        "autre nom, ou découpez-les, à la source et refaites le relevé, ou gardez-les ailleurs"
    ),
)
OBJECT_LINKS = finding(
    "DCP-873",
    Level.ADVICE,
    facts=("objects", "example"),
    meaning="links, counted by a scan of the listings",
    en=(
        "{objects} of its objects are links, such as {example}: one that leads into another account is to be set "
        "anew by hand at the target, and S3 has no links at all"
    ),
    fr=(
        "{objects} de ses objets sont des liens, comme {example} : un lien qui mène à un autre compte est à "
        "refaire à la main à la cible, et S3 n'a pas de liens du tout"
    ),
)
OBJECT_NAMES_UNCHECKED = finding(
    "DCP-874",
    Level.ADVICE,
    facts=("containers", "objects"),
    meaning="nobody has looked yet which objects S3 refuses",
    en=(
        "no names of objects have been looked at in {containers} containers ({objects} objects), so that nobody "
        "knows what S3 refuses: `decamp scan --objects` does, with a request for each 10,000 names"
    ),
    fr=(
        "aucun nom d'objet n'a été regardé dans {containers} conteneurs ({objects} objets), si bien que personne "
        "ne sait ce que S3 refuse : `decamp scan --objects` le dit, à raison d'une requête par 10 000 noms"
    ),
)
VERSIONS_CONTAINER_LEFT = finding(
    "DCP-875",
    Level.LOSES,
    facts=("archive",),
    meaning="the container for its older versions does not move",
    en=(
        "its older versions go to the container {archive}, which does not move, and without it no object can be "
        "overwritten: let that one move, or make one of that name by hand at the target"
    ),
    fr=(
        "ses anciennes versions vont dans le conteneur {archive}, qui n'est pas déplacé, et sans lui aucun objet "
        "ne peut être remplacé : faites-le déplacer, ou créez-en un de ce nom à la main à la cible"
    ),
)
OBJECT_HEADERS_LOST = finding(
    "DCP-876",
    Level.LOSES,
    facts=("header", "objects", "examples"),
    meaning="headers of objects that S3 cannot hold, counted by a look at each",
    en=(
        "{objects} of its objects have {header}, which S3 cannot hold as it is, such as {examples}: they are "
        "copied without it. Note it elsewhere, or change it at the source and run again; the rows of the copy name "
        "every object (evidence/objects)"
    ),
    fr=(
        "{objects} de ses objets ont {header}, que S3 ne peut pas conserver tel quel, par exemple {examples} : ils "
        "sont copiés sans. Notez-le ailleurs, ou changez-le à la source et relancez ; les lignes de la copie "
        "nomment chaque objet (evidence/objects)"
    ),
)
EXPIRY_BECOMES_RULE = finding(
    "DCP-877",
    Level.CHANGES,
    facts=("objects", "examples"),
    meaning="objects that expire: at S3 by a rule of the bucket, on the midnight behind their time",
    en=(
        "{objects} of its objects expire (X-Delete-At), such as {examples}: each gets a tag with its day, and the "
        "bucket a rule that deletes it then, at most a day later than at the source. Where the service has no such "
        "rules they stay for ever, and `verify` names them; say `keep` or `skip` under objects.expiring in "
        "policy.yaml instead"
    ),
    fr=(
        "{objects} de ses objets expirent (X-Delete-At), par exemple {examples} : chacun reçoit une étiquette à "
        "son jour, et le bucket une règle qui le supprime ce jour-là, au plus un jour plus tard qu'à la source. Là "
        "où le service n'a pas de telles règles, ils restent pour toujours et `verify` les nomme ; sinon, indiquez "
        "`keep` ou `skip` dans objects.expiring de policy.yaml"
    ),
)
EXPIRY_DROPPED = finding(
    "DCP-878",
    Level.LOSES,
    facts=("objects", "examples"),
    meaning="objects that expire, and are to stay for ever at S3",
    en=(
        "{objects} of its objects expire (X-Delete-At), such as {examples}, and are to stay for ever, as "
        "objects.expiring in policy.yaml says: delete them by hand in their time, or say `rule` or `skip` there"
    ),
    fr=(
        "{objects} de ses objets expirent (X-Delete-At), par exemple {examples}, et resteront pour toujours, comme "
        "le veut objects.expiring dans policy.yaml : supprimez-les à la main le moment venu, ou indiquez-y `rule` "
        "ou `skip`"
    ),
)
EXPIRING_LEFT = finding(
    "DCP-879",
    Level.LOSES,
    facts=("objects", "examples"),
    meaning="objects that expire, and are not copied to S3",
    en=(
        "{objects} of its objects expire (X-Delete-At), such as {examples}, and are not copied, as "
        "objects.expiring in policy.yaml says: say `rule` or `keep` there to have them"
    ),
    fr=(
        "{objects} de ses objets expirent (X-Delete-At), par exemple {examples}, et ne sont pas copiés, comme le "
        "veut objects.expiring dans policy.yaml : indiquez-y `rule` ou `keep` pour les avoir"
    ),
)
ACCESS_LIST_NAMES_UNACCEPTED = finding(
    "DCP-880",
    Level.LOSES,
    facts=("header", "value"),
    meaning="the container's access list names projects or users, and nobody has accepted to set these names",
    en=(
        "the access list {header} names projects or users of the source ({value}), which may be anybody's names at "
        "the target, and they are left out: set the target's own names there by hand. Only where these names are "
        "right there too, accept DCP-880:container:NAME in policy.yaml, and they are set; DCP-880 alone accepts "
        "the loss"
    ),
    fr=(
        "la liste d'accès {header} nomme des projets ou des utilisateurs de la source ({value}), et ces noms "
        "peuvent être ceux de n'importe qui sur la cible : ils sont laissés de côté, mettez-y à la main les noms "
        "de la cible. Si ces noms y sont les bons aussi, acceptez DCP-880:container:NOM dans policy.yaml, et ils "
        "sont posés ; DCP-880 seul accepte la perte"
    ),
)
ACCESS_LIST_EVERYBODY_UNACCEPTED = finding(
    "DCP-881",
    Level.LOSES,
    facts=("header", "value"),
    meaning="the container's access list lets in everybody who has a login, and nobody has accepted to set that",
    en=(
        "the access list {header} lets in everybody who has a login at the source ({value}); at the target that "
        "would be every customer of the provider, and it is left out: name whom you mean there by hand. Only where "
        "everybody is meant, accept DCP-881:container:NAME in policy.yaml, and it is set; DCP-881 alone accepts "
        "the loss"
    ),
    fr=(
        "la liste d'accès {header} ouvre à quiconque a un compte sur la source ({value}) ; sur la cible ce serait "
        "tout client du fournisseur, et cela est laissé de côté : nommez-y à la main qui vous voulez. Si c'est "
        "bien tout le monde, acceptez DCP-881:container:NOM dans policy.yaml, et cela est posé ; DCP-881 seul "
        "accepte la perte"
    ),
)
ACCESS_LIST_EVERYBODY_ACCEPTED = finding(
    "DCP-882",
    Level.CHANGES,
    facts=("header", "value"),
    meaning="the container lets in everybody who has a login at the target, as accepted",
    en=(
        "the access list {header} lets in everybody who has a login at the target ({value}), which is every "
        "customer of the provider, as accepted: take DCP-881 for this container out of accept in policy.yaml if "
        "not meant"
    ),
    fr=(
        "la liste d'accès {header} ouvre à quiconque a un compte sur la cible ({value}), c'est-à-dire à tout "
        "client du fournisseur, comme accepté : sinon, retirez DCP-881 pour ce conteneur de accept dans policy.yaml"
    ),
)
OBJECT_HEADERS_UNCHECKED = finding(
    "DCP-884",
    Level.ADVICE,
    facts=("containers", "objects"),
    meaning="nobody has looked yet which headers of objects S3 cannot hold",
    en=(
        "no headers of objects have been looked at in {containers} containers ({objects} objects), so that nobody "
        "knows which of them S3 cannot hold, or which objects expire: `decamp scan --objects` does, with a request "
        "for each object; `--objects-sample 1000` asks for fewer"
    ),
    fr=(
        "aucun en-tête d'objet n'a été regardé dans {containers} conteneurs ({objects} objets), si bien que "
        "personne ne sait lesquels S3 ne peut pas conserver, ni quels objets expirent : `decamp scan --objects` le "
        "dit, à raison d'une requête par objet ; `--objects-sample 1000` en demande moins"
    ),
)
OBJECT_HEADERS_PARTLY_CHECKED = finding(
    "DCP-885",
    Level.ADVICE,
    facts=("looked", "objects"),
    meaning="the headers of some objects of the container were looked at, not of all",
    en=(
        "the headers of {looked} of its {objects} objects have been looked at, and what is said of them counts "
        "those alone: `decamp scan --objects` looks at all"
    ),
    fr=(
        "les en-têtes de {looked} de ses {objects} objets ont été regardés, et ce qui en est dit ne compte que "
        "ceux-là : `decamp scan --objects` les regarde tous"
    ),
)
CORS_BECOMES_BUCKETS = finding(
    "DCP-886",
    Level.CHANGES,
    facts=("headers",),
    meaning="the container's CORS rules become the bucket's",
    en=(
        "its CORS rules become the bucket's ({headers}): where the service refuses them, or the bucket has others "
        "already, `verify` tells"
    ),
    fr=(
        "ses règles CORS deviennent celles du bucket ({headers}) : là où le service les refuse, ou si le bucket en "
        "a déjà d'autres, `verify` le dit"
    ),
)
WEBSITE_BECOMES_BUCKETS = finding(
    "DCP-887",
    Level.CHANGES,
    facts=("headers",),
    meaning="the container's web site becomes the bucket's",
    en=(
        "its web site becomes the bucket's ({headers}), at another address and not public by itself: give out the "
        "service's address of web sites, and write a bucket policy by hand that lets everybody read; where the "
        "service refuses it, `verify` tells"
    ),
    fr=(
        "son site web devient celui du bucket ({headers}), à une autre adresse et sans être public de lui-même : "
        "donnez l'adresse des sites web du service, et écrivez à la main une politique de bucket qui laisse tout "
        "le monde lire ; là où le service le refuse, `verify` le dit"
    ),
)
BUCKET_SETTING_REFUSED = finding(
    "DCP-888",
    Level.LOSES,
    facts=("header", "value"),
    meaning="the service would not take a setting of the bucket, as verify has seen",
    en=(
        "the service would not take {header} ({value}) as a setting of the bucket: set it by hand, if the service "
        "has such, or accept this"
    ),
    fr=(
        "le service n'a pas accepté {header} ({value}) comme réglage du bucket : réglez-le à la main, si le "
        "service en propose, ou acceptez-le"
    ),
)
CONTAINER_HEADERS_REFUSED = finding(
    "DCP-901",
    Level.LOSES,
    facts=("why",),
    rules=Rule.LEAVES_OUT,
    meaning="the container's headers are refused, and so may be its objects",
    en=(
        "its headers cannot be read ({why}), so neither what it allows nor, most likely, its objects: ask its "
        "owner for the right to read it and scan again, or skip it in policy.yaml"
    ),
    fr=(
        "ses en-têtes ne peuvent être lus ({why}), donc ni ses droits d'accès ni, sans doute, ses objets : "
        "demandez à son propriétaire le droit de le lire et relancez scan, ou excluez-le dans policy.yaml"
    ),
)
CONTAINER_QUOTA_SHORT = finding(
    "DCP-902",
    Level.BLOCKS,
    facts=("header", "need", "limit"),
    rules=Rule.OF_TARGET,
    meaning="the container at the target has a quota that is too small for what the source's holds",
    en=(
        "the container that is there at the target may hold {limit} ({header}), and this one holds {need}: raise "
        "its quota there and scan again, or skip it in policy.yaml"
    ),
    fr=(
        "le conteneur déjà présent sur la cible peut contenir {limit} ({header}), et celui-ci contient {need} : "
        "augmentez-y son quota et refaites le relevé, ou écartez-le dans policy.yaml"
    ),
)
ACCOUNT_QUOTA_SHORT = finding(
    "DCP-903",
    Level.BLOCKS,
    facts=("need", "limit", "used", "short"),
    rules=Rule.OF_TARGET,
    meaning="the quota of the target's Swift account is too small for the containers that move",
    en=(
        "the target's object store is too small for the containers that move: they need {need}, {used} of {limit} "
        "used, {short} short; ask the target for more, or skip containers in policy.yaml"
    ),
    fr=(
        "le stockage objet de la cible est trop petit pour les conteneurs à déplacer : il leur faut {need}, {used} "
        "sur {limit} sont pris, il manque {short} ; faites-le augmenter, ou écartez des conteneurs dans policy.yaml"
    ),
)
STORE_CONTAINER_SHORT = finding(
    "DCP-905",
    Level.ADVICE,
    facts=("container", "disks", "room"),
    meaning="the captured disks may not all fit into the container at the target that they are stored in",
    en=(
        "the container {container} at the target has room for {room} by its quotas, and the captured disks that "
        "are to be stored in it take up to {disks}: less where they are empty or alike, which is not known before "
        "they are read; ask the target for more, or name a folder under store in policy.yaml"
    ),
    fr=(
        "d'après ses quotas, le conteneur {container} de la cible a de la place pour {room}, et les disques "
        "capturés qui doivent y être stockés prennent jusqu'à {disks} : moins s'ils sont vides ou se ressemblent, "
        "ce qui n'est connu qu'à la lecture ; faites-les augmenter, ou indiquez un dossier sous store dans "
        "policy.yaml"
    ),
)
