"""Textes français des constats sur les conteneurs : comme ceux des autres constats."""

CONTAINERS: dict[str, str] = {
    "DCP-850": "le conteneur devient {bucket} sur S3 : donnez ce nom aux applications",
    "DCP-851": (
        "{buckets} buckets sont créés chez {endpoint}, où tous les clients se partagent les noms : commencez leur "
        "copie dès le premier jour (`decamp run --execute --only container`), ce qui prend les noms, ou choisissez "
        "`bucket_prefix` sous target.objects.s3 dans policy.yaml"
    ),
    "DCP-852": (
        "le bucket {bucket} appartient à quelqu'un d'autre, ou ne nous est pas montré ({why}) : donnez-en un autre au "
        "conteneur sous target.objects.s3.buckets dans policy.yaml"
    ),
    "DCP-853": (
        "{bucket} contient déjà des objets, et rien n'y indique que cette migration les y a mis : donnez un autre "
        "emplacement sous target.objects.s3.buckets dans policy.yaml, ou acceptez ceci une fois que vous savez à qui "
        "ils sont"
    ),
    "DCP-854": (
        "le fournisseur ({profile}) accorde {limit} buckets, et {containers} conteneurs se partagent donc le bucket "
        "{bucket}, chacun sous son propre préfixe : demandez-lui-en davantage, ou dites sous target.objects.s3.buckets "
        "dans policy.yaml lesquels doivent avoir le leur"
    ),
    "DCP-855": (
        "target.json a été relevé avec un autre stockage d'objets que {wanted}, que policy.yaml demande à présent : "
        "refaites le relevé"
    ),
    "DCP-856": (
        "le fournisseur ({profile}) veut que ses buckets soient adressés dans le style {wanted}, et non {style} : "
        "indiquez-le sous target.objects.s3 dans policy.yaml"
    ),
    "DCP-857": (
        "la liste d'accès {header} ({value}) n'est pas reprise, et le bucket est privé : S3 a des politiques de bucket "
        "; écrivez-en une à la main qui donne accès aux mêmes personnes (pour `.r:*` : Allow, Principal *, "
        "s3:GetObject)"
    ),
    "DCP-858": (
        "ses règles CORS ne sont pas reprises ({headers}), car le bucket est partagé avec d'autres conteneurs, ou "
        "elles ne nomment aucune origine ou aucun nombre de secondes : mettez-les à la main dans la configuration CORS "
        "du bucket"
    ),
    "DCP-859": (
        "certains de ses réglages de site web ne sont pas repris ({headers}), car le bucket est partagé avec d'autres "
        "conteneurs, ou S3 n'en a pas de tels : réglez à la main ce que propose le service"
    ),
    "DCP-860": (
        "ses URL temporaires s'éteignent avec la source, car S3 signe avec ses propres clés : faites produire aux "
        "applications des URL présignées de S3 à la place"
    ),
    "DCP-861": (
        "son quota n'est pas repris ({headers}), car S3 n'en a pas pour un bucket : fixez-en un à la main, si le "
        "service en propose un"
    ),
    "DCP-862": (
        "ses propres métadonnées ne sont pas reprises ({keys}), car un bucket n'en a pas, seulement des étiquettes, "
        "que Decamp ne pose pas pour vous : notez-les ailleurs, ou mettez-les à la main en étiquettes du bucket"
    ),
    "DCP-863": (
        "sa synchronisation avec {to} n'est pas reprise, car l'autre côté devrait connaître le nouvel emplacement : "
        "remettez-la en place à la main des deux côtés"
    ),
    "DCP-864": (
        "ses anciennes versions sont dans le conteneur {archive}, qui est copié comme un autre, et sur S3 il n'en "
        "reçoit plus de nouvelles : activez à la main les versions du bucket"
    ),
    "DCP-865": (
        "il garde d'anciennes versions de ses objets, et elles sont copiées aussi, avec de nouveaux identifiants et de "
        "nouvelles dates ; elles prennent une place que sa taille ne montre pas, et la cible doit garder les "
        "versions : mettez `versions: current` sous objects dans policy.yaml pour les laisser"
    ),
    "DCP-866": "d'anciennes versions de ses objets restent à la source, les versions actuelles sont déplacées ({why})",
    "DCP-867": (
        "il contient des segments, qui sur S3 deviennent des parties de leurs grands objets : seul ce qu'aucun grand "
        "objet ne nomme est copié tel quel, vers {bucket}"
    ),
    "DCP-868": (
        "il faut {buckets} buckets, et le fournisseur ({profile}) en accorde {limit} : demandez-lui-en davantage, ou "
        "faites-en partager, par BUCKET/PRÉFIXE sous target.objects.s3.buckets dans policy.yaml"
    ),
    "DCP-869": (
        "ses clés d'URL temporaires sont copiées, sans être montrées ni gardées, si bien qu'une URL ne demande que la "
        "nouvelle adresse : donnez-lui de nouvelles clés après le déplacement si les anciennes ont pu s'ébruiter"
    ),
    "DCP-870": (
        "il est dans la politique de stockage {policy} à la source, contrairement à la plupart, et dans celle par "
        "défaut à la cible : demandez à la cible si elle garde ses objets aussi sûrement"
    ),
    "DCP-871": (
        "S3 n'a pas de liens, et aucune date d'expiration pour un objet seul (X-Delete-At) : un objet qui expire "
        "reçoit une étiquette à son jour, et le bucket une règle qui le supprime ce jour-là. `objects.expiring` dans "
        "policy.yaml en décide autrement (keep, skip) ; là où le service n'a pas de telles règles, ils restent pour "
        "toujours, et `verify` les nomme"
    ),
    "DCP-872": (
        "{objects} de ses objets restent à la source, comme {example}, car S3 les refuse ({why}) : donnez-leur un "
        "autre nom, ou découpez-les, à la source et refaites le relevé, ou gardez-les ailleurs"
    ),
    "DCP-812": (
        "{objects} de ses objets, par exemple {example}, sont listés de façon illisible : ils ne seront PAS déplacés, "
        "le reste le sera ; demandez au fournisseur de corriger la liste et relancez scan, ou acceptez DCP-812 dans "
        "policy.yaml pour les laisser"
    ),
    "DCP-873": (
        "{objects} de ses objets sont des liens, comme {example} : un lien qui mène à un autre compte est à refaire à "
        "la main à la cible, et S3 n'a pas de liens du tout"
    ),
    "DCP-874": (
        "aucun nom d'objet n'a été regardé dans {containers} conteneurs ({objects} objets), si bien que personne ne "
        "sait ce que S3 refuse : `decamp scan --objects` le dit, à raison d'une requête par 10 000 noms"
    ),
    "DCP-875": (
        "ses anciennes versions vont dans le conteneur {archive}, qui n'est pas déplacé, et sans lui aucun objet ne "
        "peut être remplacé : faites-le déplacer, ou créez-en un de ce nom à la main à la cible"
    ),
    "DCP-876": (
        "{objects} de ses objets ont {header}, que S3 ne peut pas conserver tel quel, par exemple {examples} : ils "
        "sont copiés sans. Notez-le ailleurs, ou changez-le à la source et relancez ; les lignes de la copie nomment "
        "chaque objet (evidence/objects)"
    ),
    "DCP-877": (
        "{objects} de ses objets expirent (X-Delete-At), par exemple {examples} : chacun reçoit une étiquette à son "
        "jour, et le bucket une règle qui le supprime ce jour-là, au plus un jour plus tard qu'à la source. Là où le "
        "service n'a pas de telles règles, ils restent pour toujours et `verify` les nomme ; sinon, indiquez `keep` ou "
        "`skip` dans objects.expiring de policy.yaml"
    ),
    "DCP-878": (
        "{objects} de ses objets expirent (X-Delete-At), par exemple {examples}, et resteront pour toujours, comme le "
        "veut objects.expiring dans policy.yaml : supprimez-les à la main le moment venu, ou indiquez-y `rule` ou "
        "`skip`"
    ),
    "DCP-879": (
        "{objects} de ses objets expirent (X-Delete-At), par exemple {examples}, et ne sont pas copiés, comme le veut "
        "objects.expiring dans policy.yaml : indiquez-y `rule` ou `keep` pour les avoir"
    ),
    "DCP-880": (
        "la liste d'accès {header} nomme des projets ou des utilisateurs de la source ({value}), et ces noms peuvent "
        "être ceux de n'importe qui sur la cible : ils sont laissés de côté, mettez-y à la main les noms de la cible. "
        "Si ces noms y sont les bons aussi, acceptez DCP-880:container:NOM dans policy.yaml, et ils sont posés ; "
        "DCP-880 seul accepte la perte"
    ),
    "DCP-881": (
        "la liste d'accès {header} ouvre à quiconque a un compte sur la source ({value}) ; sur la cible ce serait tout "
        "client du fournisseur, et cela est laissé de côté : nommez-y à la main qui vous voulez. Si c'est bien tout le "
        "monde, acceptez DCP-881:container:NOM dans policy.yaml, et cela est posé ; DCP-881 seul accepte la perte"
    ),
    "DCP-882": (
        "la liste d'accès {header} ouvre à quiconque a un compte sur la cible ({value}), c'est-à-dire à tout client du "
        "fournisseur, comme accepté : sinon, retirez DCP-881 pour ce conteneur de accept dans policy.yaml"
    ),
    "DCP-884": (
        "aucun en-tête d'objet n'a été regardé dans {containers} conteneurs ({objects} objets), si bien que personne "
        "ne sait lesquels S3 ne peut pas conserver, ni quels objets expirent : `decamp scan --objects` le dit, à "
        "raison d'une requête par objet ; `--objects-sample 1000` en demande moins"
    ),
    "DCP-885": (
        "les en-têtes de {looked} de ses {objects} objets ont été regardés, et ce qui en est dit ne compte que ceux-là "
        ": `decamp scan --objects` les regarde tous"
    ),
    "DCP-886": (
        "ses règles CORS deviennent celles du bucket ({headers}) : là où le service les refuse, ou si le bucket en a "
        "déjà d'autres, `verify` le dit"
    ),
    "DCP-887": (
        "son site web devient celui du bucket ({headers}), à une autre adresse et sans être public de lui-même : "
        "donnez l'adresse des sites web du service, et écrivez à la main une politique de bucket qui laisse tout le "
        "monde lire ; là où le service le refuse, `verify` le dit"
    ),
    "DCP-888": (
        "le service n'a pas accepté {header} ({value}) comme réglage du bucket : réglez-le à la main, si le service en "
        "propose, ou acceptez-le"
    ),
}
