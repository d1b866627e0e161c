"""English texts of what is found of containers: as those of the other findings."""

CONTAINERS: dict[str, str] = {
    "DCP-850": "the container becomes {bucket} on S3: give applications that name",
    "DCP-851": (
        "{buckets} buckets are made at {endpoint}, where a name is free for all customers together: begin their copy "
        "on the first day (`decamp run --execute --only container`), which takes the names, or choose `bucket_prefix` "
        "under target.objects.s3 in policy.yaml"
    ),
    "DCP-852": (
        "the bucket {bucket} is somebody else's, or is not shown to us ({why}): name another one for the container "
        "under target.objects.s3.buckets in policy.yaml"
    ),
    "DCP-853": (
        "{bucket} holds objects already, and nothing there says that this migration has made it: name another place "
        "under target.objects.s3.buckets in policy.yaml, or accept this once you know whose they are"
    ),
    "DCP-854": (
        "the provider ({profile}) gives {limit} buckets, so {containers} containers share the bucket {bucket}, each "
        "below a prefix of its own: ask it for more, or say under target.objects.s3.buckets in policy.yaml which are "
        "to have one"
    ),
    "DCP-855": (
        "target.json was taken with another object store than {wanted}, which policy.yaml now says: scan again"
    ),
    "DCP-856": (
        "the provider ({profile}) wants its buckets asked for in the style {wanted}, not {style}: set it under "
        "target.objects.s3 in policy.yaml"
    ),
    "DCP-857": (
        "the access list {header} ({value}) is not carried, and the bucket is private: S3 has bucket policies; write "
        "one by hand that lets the same people in (for `.r:*`: Allow, Principal *, s3:GetObject)"
    ),
    "DCP-858": (
        "its CORS rules are not carried ({headers}), as the bucket is shared with other containers, or they name no "
        "origin or no number of seconds: set them by hand as the bucket's CORS configuration"
    ),
    "DCP-859": (
        "some of its settings as a web site are not carried ({headers}), as the bucket is shared with other "
        "containers, or S3 has no such: set by hand what the service has"
    ),
    "DCP-860": (
        "its temporary URLs end with the source, as S3 signs with its own keys: let the applications make pre-signed "
        "URLs of S3 instead"
    ),
    "DCP-861": (
        "its quota is not carried ({headers}), as S3 has none for a bucket: set one by hand, if the service has one of "
        "its own"
    ),
    "DCP-862": (
        "its own metadata are not carried ({keys}), as a bucket has none, only tags, which Decamp does not set for "
        "you: note them elsewhere, or set them by hand as tags of the bucket"
    ),
    "DCP-863": (
        "its synchronisation with {to} is not carried, as the other end would have to know the new place: set it up "
        "again by hand at both ends"
    ),
    "DCP-864": (
        "its older versions lie in the container {archive}, which is copied as any other, and on S3 no new ones come "
        "to it: turn the bucket's versioning on by hand"
    ),
    "DCP-865": (
        "it keeps older versions of its objects, and they are copied too, with new ids and dates; they take space that "
        "its size does not show, and the target must keep versions: set `versions: current` under objects in "
        "policy.yaml to leave them"
    ),
    "DCP-866": "older versions of its objects stay behind, the current ones move ({why})",
    "DCP-867": (
        "it holds segments, which on S3 become parts of their large objects: only what no large object names is copied "
        "by itself, to {bucket}"
    ),
    "DCP-868": (
        "{buckets} buckets are needed, and the provider ({profile}) gives {limit}: ask it for more, or let containers "
        "share some, as BUCKET/PREFIX under target.objects.s3.buckets in policy.yaml"
    ),
    "DCP-869": (
        "its keys for temporary URLs are copied, never shown or kept, so that a URL needs the new address alone: give "
        "it new keys after the move if old ones may have leaked"
    ),
    "DCP-870": (
        "it lies in the storage policy {policy} at the source, unlike most, and in the target's default one there: ask "
        "the target whether that keeps its objects as safe"
    ),
    "DCP-871": (
        "S3 has no links, and no time of expiry of a single object (X-Delete-At): one that expires gets a tag with its "
        "day, and the bucket a rule that deletes it then. `objects.expiring` in policy.yaml says otherwise (keep, "
        "skip); where the service has no such rules they stay for ever, and `verify` names them"
    ),
    "DCP-872": (
        "{objects} of its objects stay behind, such as {example}, as S3 refuses them ({why}): give them other names, "
        "or split them, at the source and scan again, or keep them elsewhere"
    ),
    "DCP-812": (
        "{objects} of its objects, such as {example}, are listed in a way that nobody can read: they will NOT move, "
        "the rest will; ask the provider to mend the listing and scan again, or accept DCP-812 in policy.yaml to leave "
        "them"
    ),
    "DCP-873": (
        "{objects} of its objects are links, such as {example}: one that leads into another account is to be set anew "
        "by hand at the target, and S3 has no links at all"
    ),
    "DCP-874": (
        "no names of objects have been looked at in {containers} containers ({objects} objects), so that nobody knows "
        "what S3 refuses: `decamp scan --objects` does, with a request for each 10,000 names"
    ),
    "DCP-875": (
        "its older versions go to the container {archive}, which does not move, and without it no object can be "
        "overwritten: let that one move, or make one of that name by hand at the target"
    ),
    "DCP-876": (
        "{objects} of its objects have {header}, which S3 cannot hold as it is, such as {examples}: they are copied "
        "without it. Note it elsewhere, or change it at the source and run again; the rows of the copy name every "
        "object (evidence/objects)"
    ),
    "DCP-877": (
        "{objects} of its objects expire (X-Delete-At), such as {examples}: each gets a tag with its day, and the "
        "bucket a rule that deletes it then, at most a day later than at the source. Where the service has no such "
        "rules they stay for ever, and `verify` names them; say `keep` or `skip` under objects.expiring in policy.yaml "
        "instead"
    ),
    "DCP-878": (
        "{objects} of its objects expire (X-Delete-At), such as {examples}, and are to stay for ever, as "
        "objects.expiring in policy.yaml says: delete them by hand in their time, or say `rule` or `skip` there"
    ),
    "DCP-879": (
        "{objects} of its objects expire (X-Delete-At), such as {examples}, and are not copied, as objects.expiring in "
        "policy.yaml says: say `rule` or `keep` there to have them"
    ),
    "DCP-880": (
        "the access list {header} names projects or users of the source ({value}), which may be anybody's names at the "
        "target, and they are left out: set the target's own names there by hand. Only where these names are right "
        "there too, accept DCP-880:container:NAME in policy.yaml, and they are set; DCP-880 alone accepts the loss"
    ),
    "DCP-881": (
        "the access list {header} lets in everybody who has a login at the source ({value}); at the target that would "
        "be every customer of the provider, and it is left out: name whom you mean there by hand. Only where everybody "
        "is meant, accept DCP-881:container:NAME in policy.yaml, and it is set; DCP-881 alone accepts the loss"
    ),
    "DCP-882": (
        "the access list {header} lets in everybody who has a login at the target ({value}), which is every customer "
        "of the provider, as accepted: take DCP-881 for this container out of accept in policy.yaml if not meant"
    ),
    "DCP-884": (
        "no headers of objects have been looked at in {containers} containers ({objects} objects), so that nobody "
        "knows which of them S3 cannot hold, or which objects expire: `decamp scan --objects` does, with a request for "
        "each object; `--objects-sample 1000` asks for fewer"
    ),
    "DCP-885": (
        "the headers of {looked} of its {objects} objects have been looked at, and what is said of them counts those "
        "alone: `decamp scan --objects` looks at all"
    ),
    "DCP-886": (
        "its CORS rules become the bucket's ({headers}): where the service refuses them, or the bucket has others "
        "already, `verify` tells"
    ),
    "DCP-887": (
        "its web site becomes the bucket's ({headers}), at another address and not public by itself: give out the "
        "service's address of web sites, and write a bucket policy by hand that lets everybody read; where the service "
        "refuses it, `verify` tells"
    ),
    "DCP-888": (
        "the service would not take {header} ({value}) as a setting of the bucket: set it by hand, if the service has "
        "such, or accept this"
    ),
}
