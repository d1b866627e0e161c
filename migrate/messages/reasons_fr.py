"""French phrases of reasons (`migrate.messages.reason`)."""

REASONS: dict[str, str] = {
    # ------------------------------------------------ an answer that cannot be read
    "fact.why.missing": "il manque {field}",
    "fact.why.no-object": "un objet est attendu ici",
    "fact.why.too-deep": "l'imbrication est trop profonde",
    "fact.why.end-unknown": "la suite de la liste ne peut pas être demandée",
    "fact.why.wanted": "valeur attendue : {wanted:kind} ; valeur reçue : {got:kind}",
    "fact.why.field-wanted": "{field} : valeur attendue : {wanted:kind} ; valeur reçue : {got:kind}",
    "fact.why.bad-id": "{field} : {value} n'est pas valide",
    "fact.why.out-of-range": "{field} : {value} est hors limites",
    "fact.why.ip-version": "ip_version vaut {version}, mais le sous-réseau est {cidr}",
    "fact.why.no-address": "{value} n'est pas une adresse IP",
    "fact.why.no-network": "{value} n'est pas un réseau IP",
    "fact.why.network-unreadable": "son réseau n'a pas pu être lu",
    "fact.why.bad-endpoint": "son entrée dans le catalogue de services n'est pas valide",
    "fact.why.too-many": "plus de {most} lignes sont illisibles, dont {name} en dernier : {why}",
    "kind-of-value.object": "un objet",
    "kind-of-value.list": "une liste",
    "kind-of-value.text": "un texte",
    "kind-of-value.boolean": "vrai ou faux",
    "kind-of-value.nothing": "rien",
    "kind-of-value.number": "un nombre",
    "kind-of-value.integer": "un nombre entier",
    "kind-of-value.or": " ou ",
}
