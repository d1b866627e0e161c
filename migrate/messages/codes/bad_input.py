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
    en="no cloud {cloud} can be used: name one of your clouds.yaml (it has: {known}), or mend its entry there",
    fr=(
        "le cloud {cloud} n'est pas utilisable : nommez-en un de votre clouds.yaml (il contient : {known}), ou "
        "corrigez son entrée"
    ),
)
SAME_CLOUD_TWICE = error(
    "DCP-202",
    exits=(2,),
    en="source and target are both {cloud}: name two different clouds, or two regions of it in policy.yaml",
    fr=(
        "la source et la cible sont toutes deux {cloud} : indiquez deux clouds différents, ou deux de ses régions "
        "dans policy.yaml"
    ),
)
WORKSPACE_EXISTS = error(
    "DCP-203",
    exits=(2,),
    en="{path} exists already and is left as it is: go on with `decamp -C` and this folder, or name another",
    fr="{path} existe déjà et reste tel quel : continuez avec `decamp -C` et ce dossier, ou choisissez-en un autre",
)
GATE_UNKNOWN = error(
    "DCP-204",
    exits=(2,),
    en="no gate is called {gate}: the plan has {known}",
    fr="aucune approbation ne s'appelle {gate} : le plan connaît {known}",
)
DEADLINE_INVALID = error(
    "DCP-205",
    exits=(2,),
    en="{value} is no deadline: write a date with its time zone, for example 2020-02-01T00:00:00+01:00",
    fr="{value} n'est pas une échéance : écrivez une date avec son fuseau, par exemple 2020-02-01T00:00:00+01:00",
)
NO_WORKSPACE = error(
    "DCP-206",
    exits=(2,),
    en="{path} is not a folder that Decamp can use: make one with `decamp init`, or name another with -C",
    fr=(
        "{path} n'est pas un dossier utilisable par Decamp : créez-en un avec `decamp init`, ou indiquez-en un "
        "autre avec -C"
    ),
)
OPTION_MISSING = error(
    "DCP-207",
    exits=(2,),
    en="{option} is missing and nobody can be asked here: give it on the command line",
    fr="{option} manque et personne ne peut répondre ici : indiquez-le sur la ligne de commande",
)
APPROVER_MISSING = error(
    "DCP-208",
    exits=(2,),
    en="an approval needs a name: say who approves with --who",
    fr="une approbation demande un nom : dites qui approuve avec --who",
)
STEP_UNKNOWN = error(
    "DCP-209",
    exits=(2,),
    en="no step of the plan is called {step}: `decamp plan` lists them",
    fr="aucune étape du plan ne s'appelle {step} : `decamp plan` en donne la liste",
)
DOCUMENT_MISSING = error(
    "DCP-210",
    exits=(2,),
    en="{path} does not exist: `decamp init` makes policy.yaml, `decamp scan` the inventories, `decamp plan` the plan",
    fr="{path} n'existe pas : `decamp init` crée policy.yaml, `decamp scan` les inventaires, `decamp plan` le plan",
)
DOCUMENT_DAMAGED = error(
    "DCP-211",
    exits=(2,),
    en="{path} is damaged or cut short ({why}): run the command that makes it again, or bring back an intact copy",
    fr="{path} est endommagé ou tronqué ({why}) : relancez la commande qui le produit, ou remettez une copie intacte",
)
DOCUMENT_VERSION = error(
    "DCP-212",
    exits=(2,),
    en="{path} is not a document that this Decamp reads (expected {expected}): make it again with this version",
    fr=(
        "{path} n'est pas un document lisible par cette version de Decamp (attendu : {expected}) : reproduisez-le "
        "avec cette version"
    ),
)
DOCUMENT_EDITED = error(
    "DCP-213",
    exits=(2,),
    en="{path} was edited by hand and is refused: edit policy.yaml instead, and run the command that makes it again",
    fr=(
        "{path} a été modifié à la main et est refusé : modifiez plutôt policy.yaml, puis relancez la commande qui "
        "le produit"
    ),
)
PLAN_OUTDATED = error(
    "DCP-214",
    exits=(2,),
    en="the plan no longer fits the policy and the inventories ({what}): run `decamp plan` again and read what changed",
    fr=(
        "le plan ne correspond plus à la politique et aux inventaires ({what}) : relancez `decamp plan` et lisez "
        "ce qui a changé"
    ),
)
LEDGER_DAMAGED = error(
    "DCP-215",
    exits=(2,),
    en=(
        "the ledger {path} is damaged ({why}): bring back an intact copy, or move it away and run again; Decamp "
        "then finds what it made by its marks"
    ),
    fr=(
        "le registre {path} est endommagé ({why}) : remettez une copie intacte, ou mettez-le de côté et relancez ; "
        "Decamp retrouve alors ce qu'il a créé grâce à ses marques"
    ),
)
REGION_AMBIGUOUS = error(
    "DCP-216",
    exits=(2,),
    en="{cloud} has several regions ({known}): name yours in policy.yaml, or as region_name in clouds.yaml",
    fr=(
        "{cloud} a plusieurs régions ({known}) : indiquez la vôtre dans policy.yaml, ou comme region_name dans "
        "clouds.yaml"
    ),
)
LEDGER_UNREACHABLE = error(
    "DCP-217",
    exits=(6, 3),
    en=(
        "the ledger {path} cannot be reached ({why}): see that its server runs and can be reached from here, then "
        "run the same command again"
    ),
    fr=(
        "le registre {path} est injoignable ({why}) : vérifiez que son serveur tourne et qu'on peut le joindre "
        "d'ici, puis relancez la même commande"
    ),
)
LEDGER_REFUSED = error(
    "DCP-218",
    exits=(6,),
    en=(
        "the ledger {path} refuses us ({why}): check user, database and rights; the password is taken from "
        "PGPASSFILE or PGPASSWORD"
    ),
    fr=(
        "le registre {path} nous refuse l'accès ({why}) : vérifiez l'utilisateur, la base et les droits ; le mot "
        "de passe est lu dans PGPASSFILE ou PGPASSWORD"
    ),
)
LEDGER_URL_INVALID = error(
    "DCP-219",
    exits=(2,),
    en=(
        "no ledger can be kept at {path} ({why}): write sqlite:///FILE or postgresql://USER@HOST/DATABASE under "
        "ledger in policy.yaml, and install decamp[postgresql] for the latter"
    ),
    fr=(
        "aucun registre ne peut être tenu à l'adresse {path} ({why}) : écrivez sqlite:///FICHIER ou "
        "postgresql://UTILISATEUR@HÔTE/BASE sous ledger dans policy.yaml, et installez decamp[postgresql] dans le "
        "second cas"
    ),
)
POLICY_INVALID = error(
    "DCP-220",
    exits=(2,),
    en="{path} has mistakes, and nothing was changed: {problems}",
    fr="{path} contient des erreurs, et rien n'a été changé : {problems}",
)
YAML_INVALID = error(
    "DCP-221",
    exits=(2,),
    en="{path} is not valid YAML ({why}): mend the line and run the same command again",
    fr="{path} n'est pas du YAML valide ({why}) : corrigez la ligne et relancez la même commande",
)
FINDINGS_BLOCK = error(
    "DCP-222",
    exits=(2,),
    en=(
        "findings block ({count} of them), and nothing was changed: `decamp check` lists them; mend them, or skip "
        "or accept them in policy.yaml, then plan again"
    ),
    fr=(
        "des constats bloquent (au nombre de {count}), et rien n'a été changé : `decamp check` les liste ; "
        "réglez-les, ou écartez-les ou acceptez-les dans policy.yaml, puis refaites le plan"
    ),
)
USER_DATA_FILE_UNREADABLE = error(
    "DCP-223",
    exits=(2,),
    en=(
        "{path} cannot be read ({why}), and servers.user_data_files in policy.yaml names it: put the file there, "
        "or correct its name"
    ),
    fr=(
        "{path} est illisible ({why}), et servers.user_data_files dans policy.yaml le nomme : mettez-y le fichier, "
        "ou corrigez son nom"
    ),
)
SERVER_NOT_OF_GATE = error(
    "DCP-224",
    exits=(2,),
    en="no server that the gate {gate} stops is called {server}: `decamp approve` lists them",
    fr="aucun serveur que l'approbation {gate} fait arrêter ne s'appelle {server} : `decamp approve` en donne la liste",
)
LOGIN_FILE_UNNAMED = error(
    "DCP-225",
    exits=(2,),
    en=(
        "{path} lies in the current folder and nobody has named it, so that whoever put it there would choose "
        "where passwords go: read it, then set OS_CLIENT_CONFIG_FILE={clouds}, or go to another folder and name "
        "this one with -C"
    ),
    fr=(
        "{path} se trouve dans le dossier courant sans que personne ne l'ait nommé, et celui qui l'y a mis "
        "choisirait où vont les mots de passe : lisez-le, puis fixez OS_CLIENT_CONFIG_FILE={clouds}, ou lancez la "
        "commande d'un autre dossier en nommant celui-ci par -C"
    ),
)
SAME_PROJECT = error(
    "DCP-226",
    exits=(2,),
    en=(
        "the source {source} and the target {target} are the same project, {project} ({id}, region {region}), and "
        "nothing was changed: it would be moved onto itself, and all of it would be lost at the switch-off. Name "
        "another project, region or cloud as the target in policy.yaml, or mend its entry in clouds.yaml, then "
        "scan both again"
    ),
    fr=(
        "la source {source} et la cible {target} sont un seul et même projet, {project} ({id}, région {region}), "
        "et rien n'a été changé : il serait déménagé sur lui-même, et tout serait perdu à la coupure. Indiquez "
        "comme cible un autre projet, une autre région ou un autre cloud dans policy.yaml, ou corrigez son entrée "
        "dans clouds.yaml, puis relancez l'inventaire des deux côtés"
    ),
)
SAME_SERVICE = error(
    "DCP-227",
    exits=(2,),
    en=(
        "the regions {source} and {target} share the project's {service} service ({address}), and nothing was "
        "changed: what is there is at both ends already. Move to a region that has its own, or to another project"
    ),
    fr=(
        "les régions {source} et {target} partagent le service {service} du projet ({address}), et rien n'a été "
        "changé : ce qui s'y trouve est déjà des deux côtés. Choisissez une région qui a le sien, ou un autre "
        "projet"
    ),
)
ENDPOINT_IS_SOURCE = error(
    "DCP-228",
    exits=(2,),
    en=(
        "the S3 endpoint {endpoint} is an address of the source ({address}), and nothing was changed: what is "
        "moved there is lost at the switch-off. Name the target's own S3 service under target.objects.s3 in "
        "policy.yaml, or leave it out to use the target's Swift, then scan again"
    ),
    fr=(
        "l'adresse S3 {endpoint} est une adresse de la source ({address}), et rien n'a été changé : ce qu'on y "
        "déménagerait serait perdu à la coupure. Indiquez le service S3 de la cible sous target.objects.s3 dans "
        "policy.yaml, ou retirez cette clé pour utiliser le Swift de la cible, puis relancez l'inventaire"
    ),
)
VALUES_KEY_MISSING = error(
    "DCP-229",
    exits=(2,),
    en=(
        "values of metadata or headers that look like secrets are concealed by {path}, which is missing or another "
        "one: copy private/ of this workspace here too, or run `decamp scan` and `decamp plan` again"
    ),
    fr=(
        "des valeurs de métadonnées ou d'en-têtes qui ressemblent à des secrets sont masquées par {path}, qui "
        "manque ou n'est pas le bon : copiez aussi le dossier private/ de cet espace de travail, ou relancez "
        "`decamp scan` puis `decamp plan`"
    ),
)
