"""Findings: DNS names listed in the policy."""

from migrate.messages.codes.registry import Level, finding

DNS_RECORD_CHANGES = finding(
    "DCP-950",
    Level.CHANGES,
    facts=("type", "record", "address"),
    meaning="a DNS record points to an address that changes",
    en=(
        "the {type} record of {record} points to {address}, which changes: set it to the new address at the cut-over "
        "(reports/dns-changes.csv)"
    ),
    fr=(
        "l'enregistrement {type} de {record} pointe vers {address}, qui change : indiquez-y la nouvelle adresse lors "
        "de la bascule (reports/dns-changes.csv)"
    ),
)
DNS_ADDRESS_STAYS = finding(
    "DCP-951",
    Level.CHANGES,
    facts=("type", "record", "address"),
    meaning="a DNS record points to an address of something that does not move",
    en=(
        "the {type} record of {record} points to {address}, which belongs to something that does not move: nothing "
        "will answer there after the switch-off, so point it elsewhere or move what it belongs to"
    ),
    fr=(
        "l'enregistrement {type} de {record} pointe vers {address}, qui appartient à une ressource non déplacée : rien "
        "n'y répondra après la coupure ; faites-le pointer ailleurs ou déplacez cette ressource"
    ),
)
DNS_TTL_LONG = finding(
    "DCP-952",
    Level.ADVICE,
    facts=("type", "record", "ttl_s", "limit_s"),
    meaning="the TTL of a DNS record that must change is longer than dns.ttl_limit, or than a downtime budget",
    en=(
        "the {type} record of {record} has a TTL of {ttl_s} s, so caches may give out the old address for that long "
        "after the change: lower it to {limit_s} s, more than {ttl_s} s before the cut-over"
    ),
    fr=(
        "l'enregistrement {type} de {record} a un TTL de {ttl_s} s, si bien que des caches peuvent donner l'ancienne "
        "adresse aussi longtemps après le changement : ramenez-le à {limit_s} s, plus de {ttl_s} s avant la bascule"
    ),
)
DNS_TTL_UNKNOWN = finding(
    "DCP-953",
    Level.ADVICE,
    facts=("type", "record", "ttl_s", "limit_s"),
    meaning="the TTL of a DNS record that must change is known from a cache only",
    en=(
        "no name server of its zone told the TTL of the {type} record of {record}; a cache had {ttl_s} s left of it: "
        "look the TTL up in the zone, and lower it to {limit_s} s well before the cut-over"
    ),
    fr=(
        "aucun serveur de noms de sa zone n'a donné le TTL de l'enregistrement {type} de {record} ; il en restait "
        "{ttl_s} s dans un cache : consultez le TTL dans la zone et ramenez-le à {limit_s} s bien avant la bascule"
    ),
)
DNS_POINTS_ELSEWHERE = finding(
    "DCP-954",
    Level.ADVICE,
    facts=("addresses",),
    meaning="a name of dns.names points to no address of the tenant",
    en=(
        "the last scans found none of the addresses that it points to ({addresses}), at the source or at the target: "
        "correct or remove the name under dns.names in policy.yaml, or scan again if an address is new"
    ),
    fr=(
        "les derniers scans n'ont trouvé aucune des adresses vers lesquelles il pointe ({addresses}), ni à la source "
        "ni sur la cible : corrigez ou retirez ce nom sous dns.names dans policy.yaml, ou relancez `decamp scan` si "
        "une adresse est nouvelle"
    ),
)
DNS_NO_ADDRESS = finding(
    "DCP-955",
    Level.ADVICE,
    meaning="a name of dns.names has no address",
    en="it has no A or AAAA record: correct or remove the name under dns.names in policy.yaml",
    fr="il n'a aucun enregistrement A ni AAAA : corrigez ou retirez ce nom sous dns.names dans policy.yaml",
)
DNS_UNANSWERED = finding(
    "DCP-956",
    Level.ADVICE,
    facts=("count", "names", "reason"),
    meaning="names of dns.names could not be looked up",
    en=(
        "the DNS lookup failed ({reason}) for {count} of the names under dns.names, so where they point is unknown "
        "({names}): check the network and dns.resolver in policy.yaml, then run the command again"
    ),
    fr=(
        "la résolution DNS a échoué ({reason}) pour {count} des noms indiqués sous dns.names, et on ignore où ils "
        "pointent ({names}) : vérifiez le réseau et dns.resolver dans policy.yaml, puis relancez la commande"
    ),
)
