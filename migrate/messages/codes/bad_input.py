"""Errors: input and documents."""

from migrate.messages.codes.registry import error

USAGE = error(
    "DCP-200",
    exits=(2,),
    en="{what}; see `decamp --help`",
    fr="{what} ; voir `decamp --help`",
)
CLOUD_UNKNOWN = error(
    "DCP-201",
    exits=(2,),
    en=(
        "cloud {cloud} is missing from clouds.yaml or its entry is invalid (clouds.yaml has: {known}): correct the "
        "name, or fix the entry"
    ),
    fr=(
        "le cloud {cloud} est absent de clouds.yaml ou son entrée est invalide (clouds.yaml contient : {known}) : "
        "corrigez le nom, ou l'entrée"
    ),
)
SAME_CLOUD_TWICE = error(
    "DCP-202",
    exits=(2,),
    en="source and target are both {cloud}: set two different clouds, or two different regions, in policy.yaml",
    fr=(
        "la source et la cible sont le même cloud, {cloud} : indiquez deux clouds différents, ou deux régions "
        "différentes, dans policy.yaml"
    ),
)
WORKSPACE_EXISTS = error(
    "DCP-203",
    exits=(2,),
    en="{path} already exists and was not changed: continue with `decamp -C` and this folder, or choose another one",
    fr=(
        "{path} existe déjà et n'a pas été modifié : continuez avec `decamp -C` et ce dossier, ou choisissez-en un "
        "autre"
    ),
)
GATE_UNKNOWN = error(
    "DCP-204",
    exits=(2,),
    en="the plan has no gate {gate}: choose one of {known}",
    fr="le plan n'a pas de point de validation {gate} : choisissez parmi {known}",
)
DEADLINE_INVALID = error(
    "DCP-205",
    exits=(2,),
    en="{value} is not a valid deadline: write a date and time with a time zone (example: 2020-02-01T00:00:00+01:00)",
    fr=(
        "{value} n'est pas une échéance valide : écrivez une date et une heure avec le fuseau horaire (exemple : "
        "2020-02-01T00:00:00+01:00)"
    ),
)
NO_WORKSPACE = error(
    "DCP-206",
    exits=(2,),
    en=(
        "{path} is not a folder that Decamp can use: create a workspace with `decamp init`, or choose another folder "
        "with -C"
    ),
    fr=(
        "{path} n'est pas un dossier que Decamp peut utiliser : créez un espace de travail avec `decamp init`, ou "
        "indiquez un autre dossier avec -C"
    ),
)
OPTION_MISSING = error(
    "DCP-207",
    exits=(2,),
    en="{option} is missing, and Decamp cannot prompt for it here: set it on the command line",
    fr="{option} manque, et Decamp ne peut pas poser la question ici : indiquez cette option sur la ligne de commande",
)
APPROVER_MISSING = error(
    "DCP-208",
    exits=(2,),
    en="an approval needs a name: use --who to say who approves",
    fr="une approbation doit porter un nom : indiquez avec --who qui approuve",
)
STEP_UNKNOWN = error(
    "DCP-209",
    exits=(2,),
    en="the plan has no step {step}{nearest:near}: run `decamp plan` to list the steps",
    fr="le plan n'a pas d'étape {step}{nearest:near} : lancez `decamp plan` pour en voir la liste",
)
DOCUMENT_MISSING = error(
    "DCP-210",
    exits=(2,),
    en=(
        "{path} does not exist: `decamp init` creates policy.yaml, `decamp scan` the inventories, `decamp plan` the "
        "plan"
    ),
    fr="{path} n'existe pas : `decamp init` crée policy.yaml, `decamp scan` les inventaires, `decamp plan` le plan",
)
DOCUMENT_DAMAGED = error(
    "DCP-211",
    exits=(2,),
    en="{path} is damaged or truncated ({why}): run the command that writes it again, or restore an intact copy",
    fr="{path} est endommagé ou tronqué ({why}) : relancez la commande qui le produit, ou restaurez une copie intacte",
)
DOCUMENT_VERSION = error(
    "DCP-212",
    exits=(2,),
    en=(
        "this version of Decamp cannot read {path} (expected {expected}): if a newer Decamp wrote it, use that "
        "version; otherwise create it again"
    ),
    fr=(
        "cette version de Decamp ne sait pas lire {path} (attendu : {expected}) : si un Decamp plus récent l'a écrit, "
        "utilisez cette version ; sinon recréez ce fichier"
    ),
)
DOCUMENT_EDITED = error(
    "DCP-213",
    exits=(2,),
    en=(
        "{path} was edited by hand, so Decamp refuses it: edit policy.yaml instead, then run the command that writes "
        "this file again"
    ),
    fr=(
        "{path} a été modifié à la main, et Decamp le refuse : modifiez plutôt policy.yaml, puis relancez la commande "
        "qui produit ce fichier"
    ),
)
PLAN_OUTDATED = error(
    "DCP-214",
    exits=(2,),
    en=(
        "the plan no longer matches the policy and the inventories ({what}): run `decamp plan` again and review what "
        "changed"
    ),
    fr=(
        "le plan ne correspond plus à la politique et aux inventaires ({what}) : relancez `decamp plan` et vérifiez ce "
        "qui a changé"
    ),
)
LEDGER_DAMAGED = error(
    "DCP-215",
    exits=(2,),
    en=(
        "the ledger {path} is damaged ({why}): restore an intact copy, or move the file away and run again; Decamp "
        "then finds what it created by its marks"
    ),
    fr=(
        "le registre {path} est endommagé ({why}) : restaurez une copie intacte, ou mettez le fichier de côté et "
        "relancez ; Decamp retrouve alors ce qu'il a créé grâce à ses marques"
    ),
)
LEDGER_ROW_UNREADABLE = error(
    "DCP-293",
    exits=(2,),
    en=(
        "the ledger {path} has something that Decamp never writes, in the row {row} of the table {table} ({field}): it "
        "is damaged or was edited, so restore an intact copy, or move it away and run again; Decamp then finds what it "
        "created by its marks"
    ),
    fr=(
        "le registre {path} contient, à la ligne {row} de la table {table}, ce que Decamp n'écrit jamais ({field}) : "
        "il est endommagé ou a été modifié ; restaurez une copie intacte, ou mettez-le de côté et relancez ; Decamp "
        "retrouve alors ce qu'il a créé grâce à ses marques"
    ),
)
REGION_AMBIGUOUS = error(
    "DCP-216",
    exits=(2,),
    en="{cloud} has several regions ({known}): set yours in policy.yaml, or as region_name in clouds.yaml",
    fr=(
        "{cloud} a plusieurs régions ({known}) : indiquez la vôtre dans policy.yaml, ou comme region_name dans "
        "clouds.yaml"
    ),
)
LEDGER_UNREACHABLE = error(
    "DCP-217",
    exits=(6, 3),
    en=(
        "the ledger database at {path} is unreachable ({why}): check that the server is running and that this machine "
        "can reach it, then run the same command again"
    ),
    fr=(
        "la base du registre {path} est injoignable ({why}) : vérifiez que le serveur tourne et que cette machine peut "
        "le joindre, puis relancez la même commande"
    ),
)
LEDGER_REFUSED = error(
    "DCP-218",
    exits=(6,),
    en=(
        "the ledger database at {path} refused the connection ({why}): check user, database and privileges; the "
        "password comes from PGPASSFILE or PGPASSWORD"
    ),
    fr=(
        "la base du registre {path} a refusé la connexion ({why}) : vérifiez l'utilisateur, la base et les droits ; le "
        "mot de passe vient de PGPASSFILE ou de PGPASSWORD"
    ),
)
LEDGER_URL_INVALID = error(
    "DCP-219",
    exits=(2,),
    en=(
        "{path} is not a valid ledger address ({why}): write sqlite:///FILE or postgresql://USER@HOST/DATABASE under "
        "ledger in policy.yaml; PostgreSQL needs decamp[postgresql]"
    ),
    fr=(
        "{path} n'est pas une adresse de registre valide ({why}) : écrivez sqlite:///FICHIER ou "
        "postgresql://UTILISATEUR@HÔTE/BASE sous ledger dans policy.yaml ; PostgreSQL demande decamp[postgresql]"
    ),
)
POLICY_INVALID = error(
    "DCP-220",
    exits=(2,),
    en="{path} has errors, and nothing was changed: {problems}",
    fr="{path} contient des erreurs, et rien n'a été modifié : {problems}",
)
YAML_INVALID = error(
    "DCP-221",
    exits=(2,),
    en="{path} is not valid YAML ({why}): fix the line and run the same command again",
    fr="{path} n'est pas du YAML valide ({why}) : corrigez la ligne et relancez la même commande",
)
FINDINGS_BLOCK = error(
    "DCP-222",
    exits=(2,),
    en=(
        "blocking findings: {count}; nothing was changed: list them with `decamp check`, then fix, skip or accept them "
        "in policy.yaml and plan again"
    ),
    fr=(
        "constats bloquants : {count} ; rien n'a été modifié : listez-les avec `decamp check`, puis corrigez-les, "
        "excluez-les ou acceptez-les dans policy.yaml et relancez `decamp plan`"
    ),
)
USER_DATA_FILE_UNREADABLE = error(
    "DCP-223",
    exits=(2,),
    en=(
        "servers.user_data_files in policy.yaml names {path}, which cannot be read ({why}): put the file there, or "
        "correct its name"
    ),
    fr=(
        "servers.user_data_files dans policy.yaml désigne {path}, qui est illisible ({why}) : mettez-y le fichier, ou "
        "corrigez son nom"
    ),
)
SERVER_NOT_OF_GATE = error(
    "DCP-224",
    exits=(2,),
    en="the gate {gate} stops no server {server}{nearest:near}: run `decamp approve` to list its servers",
    fr=(
        "aucun serveur {server} n'est arrêté au point de validation {gate}{nearest:near} : lancez `decamp approve` "
        "pour voir les serveurs concernés"
    ),
)
LOGIN_FILE_UNNAMED = error(
    "DCP-225",
    exits=(2,),
    en=(
        "{path} is in the current folder but was not selected explicitly, and whoever put it there would decide where "
        "your passwords go: review it, then set OS_CLIENT_CONFIG_FILE={clouds}, or change to another folder and select "
        "this one with -C"
    ),
    fr=(
        "{path} se trouve dans le dossier courant sans avoir été désigné explicitement, et celui qui l'y a mis "
        "déciderait où vont vos mots de passe : relisez-le, puis définissez OS_CLIENT_CONFIG_FILE={clouds}, ou "
        "placez-vous dans un autre dossier et désignez celui-ci avec -C"
    ),
)
SAME_PROJECT = error(
    "DCP-226",
    exits=(2,),
    en=(
        "the source {source} and the target {target} are the same project, {project} ({id}, region {region}), and "
        "nothing was changed: the move would end in the project that is switched off. Set another project, region or "
        "cloud as the target in policy.yaml, or fix its entry in clouds.yaml, then scan both again"
    ),
    fr=(
        "la source {source} et la cible {target} sont un seul et même projet, {project} ({id}, région {region}), et "
        "rien n'a été modifié : la migration aboutirait dans le projet qui va être coupé. Indiquez comme cible un "
        "autre projet, une autre région ou un autre cloud dans policy.yaml, ou corrigez son entrée dans clouds.yaml, "
        "puis relancez `decamp scan` des deux côtés"
    ),
)
SAME_SERVICE = error(
    "DCP-227",
    exits=(2,),
    en=(
        "the regions {source} and {target} share the project's {service} service ({address}), so its resources are "
        "already in both, and nothing was changed: choose a target region with its own {service} service, or another "
        "project"
    ),
    fr=(
        "les régions {source} et {target} partagent le service {service} du projet ({address}) ; ses ressources sont "
        "donc déjà des deux côtés, et rien n'a été modifié : choisissez une région cible qui a son propre service "
        "{service}, ou un autre projet"
    ),
)
ENDPOINT_IS_SOURCE = error(
    "DCP-228",
    exits=(2,),
    en=(
        "the S3 endpoint {endpoint} belongs to the source ({address}), and nothing was changed: objects moved there "
        "would be lost at the switch-off. Set the target's own S3 service under target.objects.s3 in policy.yaml, or "
        "remove that key to use the target's Swift, then scan again"
    ),
    fr=(
        "l'endpoint S3 {endpoint} appartient à la source ({address}), et rien n'a été modifié : les objets déplacés là "
        "seraient perdus à la coupure. Indiquez le service S3 de la cible sous target.objects.s3 dans policy.yaml, ou "
        "retirez cette clé pour utiliser le Swift de la cible, puis relancez `decamp scan`"
    ),
)
VALUES_KEY_MISSING = error(
    "DCP-229",
    exits=(2,),
    en=(
        "{path}, the key that conceals secret-looking values of metadata and headers, is missing or does not match: "
        "copy private/ of this workspace here too, or run `decamp scan` and `decamp plan` again"
    ),
    fr=(
        "{path}, la clé qui masque les valeurs de métadonnées et d'en-têtes ressemblant à des secrets, manque ou n'est "
        "pas la bonne : copiez aussi le dossier private/ de cet espace de travail, ou relancez `decamp scan` puis "
        "`decamp plan`"
    ),
)
CODE_UNKNOWN = error(
    "DCP-260",
    exits=(2,),
    en="there is no code {code}{nearest:near}: write it as DCP-611 or 611",
    fr="il n'y a pas de code {code}{nearest:near} : écrivez-le DCP-611 ou 611",
)
DEMO_FOLDER_EXISTS = error(
    "DCP-276",
    exits=(2,),
    en="{path} exists: the demo only writes to a new folder; name another one",
    fr="{path} existe déjà : la démonstration n'écrit que dans un nouveau dossier ; donnez-en un autre",
)
DEMO_ENDED = error(
    "DCP-275",
    exits=(3,),
    en="the demo stopped, because `{command}` ended with status {status}; what it left is in the folder",
    fr=(
        "la démonstration s'est arrêtée, car `{command}` s'est terminé avec le statut {status} ; ce qu'elle a laissé "
        "est dans le dossier"
    ),
)
OUTPUT_REFUSED = error(
    "DCP-296",
    exits=(2,),
    en="nothing was written to {path}, as it is {why}: name a plain file, or one that does not exist yet",
    fr="rien n'a été écrit dans {path}, car c'est {why} : indiquez un fichier ordinaire, ou qui n'existe pas encore",
)
