"""Findings: networks, ports, addresses, routers and security groups."""

from migrate.messages.codes.registry import Level, Rule, finding

EXTERNAL_NETWORK_UNCLEAR = finding(
    "DCP-616",
    Level.BLOCKS,
    facts=("source", "known"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="no external network of the target is chosen, and it cannot be guessed",
    en=(
        "it is not clear which external network of the target stands for {source}: set mappings.external_networks "
        "to one of {known}"
    ),
    fr=(
        "on ne sait pas quel réseau externe de la cible remplace {source} : indiquez mappings.external_networks, "
        "parmi {known}"
    ),
)
ADDRESS_CHANGES = finding(
    "DCP-617",
    Level.CHANGES,
    facts=("address", "network"),
    meaning="the floating address cannot move: a new one is taken",
    en="the address {address} cannot move: a new one is taken on {network}; plan the change of DNS names and firewalls",
    fr=(
        "l'adresse {address} ne peut pas être déplacée : une nouvelle est prise sur {network} ; prévoyez le "
        "changement des noms DNS et des pare-feu"
    ),
)
MAC_CHANGES = finding(
    "DCP-618",
    Level.CHANGES,
    facts=("mac", "address"),
    meaning="the MAC address is not kept",
    en=(
        "the MAC address {mac} of {address} is not kept: set keep_mac in policy.yaml if the target allows it, else "
        "look for it in the guest"
    ),
    fr=(
        "l'adresse MAC {mac} de {address} n'est pas conservée : activez keep_mac dans policy.yaml si la cible le "
        "permet, sinon cherchez-la dans le système invité"
    ),
)
PORT_ORDER_UNCERTAIN = finding(
    "DCP-628",
    Level.ADVICE,
    facts=("network",),
    meaning="the server has two ports on one network: their order is not certain",
    en="it has two ports on the network {network}, whose order is not certain: look at its interfaces",
    fr="il a deux ports sur le réseau {network}, dont l'ordre n'est pas certain : vérifiez ensuite ses interfaces",
)
SECURITY_GROUP_NAME_TAKEN = finding(
    "DCP-651",
    Level.BLOCKS,
    facts=("other",),
    rules=Rule.LEAVES_OUT | Rule.CAN_GO_ON | Rule.OF_TARGET,
    meaning="another security group of this name is at the target",
    en=(
        "another security group of this name is at the target ({other}): rename it, or accept a second one under "
        "accept in policy.yaml"
    ),
    fr=(
        "un autre groupe de sécurité porte ce nom sur la cible ({other}) : renommez-le, ou acceptez-en un second "
        "dans accept de policy.yaml"
    ),
)
NETWORK_NAME_TAKEN = finding(
    "DCP-652",
    Level.BLOCKS,
    facts=("other",),
    rules=Rule.LEAVES_OUT | Rule.CAN_GO_ON | Rule.OF_TARGET,
    meaning="another network of this name is at the target",
    en=(
        "another network of this name is at the target ({other}): rename it, or accept a second one under accept "
        "in policy.yaml"
    ),
    fr=(
        "un autre réseau porte ce nom sur la cible ({other}) : renommez-le, ou acceptez-en un second dans accept "
        "de policy.yaml"
    ),
)
SUBNET_OVERLAPS = finding(
    "DCP-653",
    Level.BLOCKS,
    facts=("cidr", "other", "other_cidr"),
    rules=Rule.LEAVES_OUT | Rule.CAN_GO_ON | Rule.OF_TARGET,
    meaning="another subnet at the target overlaps this one",
    en=(
        "its range {cidr} overlaps {other_cidr} of the subnet {other} at the target: remove that one, or accept it "
        "under accept in policy.yaml"
    ),
    fr=(
        "sa plage {cidr} recouvre {other_cidr} du sous-réseau {other} sur la cible : retirez ce dernier, ou "
        "acceptez-le dans accept de policy.yaml"
    ),
)
DEFAULT_GROUP_IN_USE = finding(
    "DCP-658",
    Level.BLOCKS,
    facts=("removed", "added", "ports"),
    rules=Rule.LEAVES_OUT | Rule.CAN_GO_ON | Rule.OF_TARGET,
    meaning="the target's own `default` group has rules, or ports, that the source's rules would change",
    en=(
        "the target's own group of this name would get the source's rules (removed: {removed}; added: {added}; "
        "ports that use it there: {ports}): see that nothing there needs it as it is, then accept it under accept "
        "in policy.yaml"
    ),
    fr=(
        "le groupe de ce nom qu'a déjà la cible recevrait les règles de la source (retirées : {removed} ; ajoutées "
        ": {added} ; ports qui l'utilisent là-bas : {ports}) : vérifiez que rien n'y a besoin de lui tel qu'il "
        "est, puis acceptez-le dans accept de policy.yaml"
    ),
)
FLOATING_IP_WITHOUT_ROUTER = finding(
    "DCP-660",
    Level.BLOCKS,
    facts=("address", "subnet"),
    rules=Rule.OF_TARGET,
    meaning="no router leads from the floating address to its port",
    en=(
        "no router leads from {address} to its port in the subnet {subnet}: connect the subnet to a router with a "
        "gateway, or skip the address"
    ),
    fr=(
        "aucun routeur ne mène de {address} à son port dans le sous-réseau {subnet} : reliez le sous-réseau à un "
        "routeur muni d'une passerelle, ou écartez l'adresse"
    ),
)
RULE_NAMES_CHANGED_ADDRESS = finding(
    "DCP-661",
    Level.CHANGES,
    facts=("address", "rewrite"),
    meaning="a rule or an address pair names a floating address that will change",
    en="it names the floating address {address}, which will change: {rewrite}",
    fr="l'adresse flottante {address} y figure et va changer : {rewrite}",
)
PORT_NETWORK_UNCLEAR = finding(
    "DCP-662",
    Level.BLOCKS,
    facts=("network", "known"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the port is on a network that the project does not own, and what it becomes cannot be guessed",
    en=(
        "its network {network} is not yours: name the network of the target that it becomes under "
        "mappings.networks ({known}), or skip it"
    ),
    fr=(
        "son réseau {network} n'est pas à vous : nommez sous mappings.networks le réseau de la cible qu'il devient "
        "({known}), ou écartez-le"
    ),
)
NETWORK_UNSHARED = finding(
    "DCP-663",
    Level.CHANGES,
    meaning="the network is no longer shared with other projects",
    en="the network is shared with other projects at the source and no longer at the target",
    fr="le réseau est partagé avec d'autres projets à la source et ne le sera plus sur la cible",
)
ROUTER_INTERFACE_LOST = finding(
    "DCP-664",
    Level.LOSES,
    facts=("subnet",),
    meaning="the router loses its interface in a subnet that does not move",
    en="the router loses its interface in the subnet {subnet}, which does not move",
    fr="le routeur perd son interface dans le sous-réseau {subnet}, qui n'est pas déplacé",
)
SERVICE_PORT_LOST = finding(
    "DCP-665",
    Level.LOSES,
    facts=("owner",),
    rules=Rule.LEAVES_OUT,
    meaning="the port belongs to a service that does not move",
    en="the port belongs to a service that does not move ({owner}): set that service up again by hand",
    fr="le port appartient à un service qui n'est pas déplacé ({owner}) : remettez ce service en place à la main",
)
RULE_GROUP_LOST = finding(
    "DCP-666",
    Level.LOSES,
    facts=("group",),
    meaning="a rule that names a security group that does not move is dropped",
    en="a rule that names the group {group} is dropped, since that group does not move",
    fr="une règle qui nomme le groupe {group} est supprimée, car ce groupe n'est pas déplacé",
)
ROUTER_ADDED = finding(
    "DCP-667",
    Level.CHANGES,
    facts=("subnet", "network"),
    meaning="a router is made for a floating address that needed none at the source",
    en=(
        "no router leads from it to the subnet {subnet} at the source, and the target gives no address without "
        "one: a router to {network} is made, and the servers of that subnet can then reach the outside"
    ),
    fr=(
        "aucun routeur ne mène d'elle au sous-réseau {subnet} à la source, et la cible n'attribue pas d'adresse "
        "sans routeur : un routeur vers {network} est créé, et les serveurs de ce sous-réseau pourront alors "
        "joindre l'extérieur"
    ),
)
QOS_LOST = finding(
    "DCP-668",
    Level.LOSES,
    facts=("policy",),
    meaning="a quality-of-service policy is not carried",
    en="its quality-of-service policy {policy} is not carried: ask the target for one like it",
    fr="sa politique de qualité de service {policy} n'est pas reprise : demandez-en une semblable à la cible",
)
SNAT_CHANGES = finding(
    "DCP-669",
    Level.CHANGES,
    meaning="the router did not translate addresses (SNAT off): at the target a member cannot choose that",
    en=(
        "the router translates no addresses at the source (SNAT off) and will at the target, where a member cannot "
        "choose: ask the target to turn it off if others must see the inner addresses"
    ),
    fr=(
        "le routeur ne traduit pas les adresses à la source (SNAT désactivé) et le fera sur la cible, où un membre "
        "ne peut pas choisir : faites désactiver la traduction si les adresses internes doivent rester visibles"
    ),
)
PORT_BINDING_LOST = finding(
    "DCP-673",
    Level.LOSES,
    facts=("vnic_type",),
    meaning="the port's kind of binding (SR-IOV and the like) is not carried",
    en=(
        "the port is of the kind {vnic_type} at the source and will be an ordinary one at the target: ask the "
        "target whether it has such ports, and look at the guest's driver"
    ),
    fr=(
        "le port est de type {vnic_type} à la source et sera un port ordinaire sur la cible : demandez à la cible "
        "si elle propose de tels ports, et vérifiez le pilote dans le système invité"
    ),
)
ADDRESS_GROUP_RULE_LOST = finding(
    "DCP-674",
    Level.LOSES,
    facts=("group",),
    meaning="a rule that names an address group is dropped",
    en="a rule that names the address group {group} is dropped: write its addresses as rules of their own by hand",
    fr=(
        "une règle qui nomme le groupe d'adresses {group} est supprimée : écrivez à la main une règle pour chacune "
        "de ses adresses"
    ),
)
PORT_FORWARDING_LOST = finding(
    "DCP-675",
    Level.LOSES,
    facts=("forwarding", "why"),
    meaning="a port forwarding cannot be carried",
    en=(
        "the port forwarding {forwarding} is not carried ({why}): give the server an address of its own, or "
        "forward the port by other means"
    ),
    fr=(
        "la redirection de port {forwarding} n'est pas reprise ({why}) : donnez au serveur une adresse à lui, ou "
        "redirigez le port par un autre moyen"
    ),
)
NO_TRUNKS = finding(
    "DCP-676",
    Level.LOSES,
    rules=Rule.LEAVES_OUT,
    meaning="the target has no trunks",
    en=(
        "the target has no trunks: this one is left out, and the server moves without its VLANs; give it a port on "
        "each network by hand"
    ),
    fr=(
        "la cible n'a pas de trunks : celui-ci est laissé de côté, et le serveur est déplacé sans ses VLAN ; "
        "donnez-lui à la main un port sur chaque réseau"
    ),
)
ROUTE_LOST = finding(
    "DCP-677",
    Level.LOSES,
    facts=("destination", "nexthop"),
    meaning="a static route whose next hop does not move is dropped",
    en=(
        "its static route to {destination} through {nexthop} is dropped, as that next hop does not move: set it "
        "again by hand at the target"
    ),
    fr=(
        "sa route statique vers {destination} par {nexthop} est supprimée, car ce prochain saut n'est pas déplacé "
        ": remettez-la à la main sur la cible"
    ),
)
TRUNK_PORT_LOST = finding(
    "DCP-678",
    Level.LOSES,
    facts=("vlan", "port"),
    meaning="the trunk loses a port that does not move",
    en="it loses its VLAN {vlan}, as the port {port} does not move: settle that port first",
    fr="il perd son VLAN {vlan}, car le port {port} n'est pas déplacé : réglez d'abord le cas de ce port",
)
NETWORK_FEATURE_MISSING = finding(
    "DCP-679",
    Level.LOSES,
    facts=("what", "extension"),
    meaning="the target's network service cannot take something",
    en=(
        "{what} cannot be kept, as the target's network service has no {extension}: do without it, or ask the "
        "target for it"
    ),
    fr=(
        "{what} ne peut pas être conservé, car le service réseau de la cible n'a pas {extension} : passez-vous-en, "
        "ou demandez-le à la cible"
    ),
)
INTERFACE_NAMES_CHANGE = finding(
    "DCP-681",
    Level.ADVICE,
    facts=("nics",),
    meaning="network interfaces may get other names in the guest",
    en=(
        "its network interfaces may get other names in the guest, as their MAC addresses change ({nics}): look for "
        "MAC addresses in its network settings and udev rules"
    ),
    fr=(
        "ses interfaces réseau peuvent changer de nom dans le système invité, car leurs adresses MAC changent "
        "({nics}) : cherchez des adresses MAC dans ses réglages réseau et ses règles udev"
    ),
)
MTU_CHANGES = finding(
    "DCP-682",
    Level.ADVICE,
    facts=("network", "source_mtu", "target_mtu"),
    meaning="the network's largest packet is another at the target",
    en=(
        "packets on the network {network} may be {target_mtu} bytes long at the target instead of {source_mtu} "
        "(MTU): look for a fixed MTU in the guests on it and in their tunnels"
    ),
    fr=(
        "les paquets du réseau {network} pourront faire {target_mtu} octets sur la cible au lieu de {source_mtu} "
        "(MTU) : cherchez une MTU fixe dans les systèmes invités qui y sont et dans leurs tunnels"
    ),
)
VIRTUAL_ADDRESSES = finding(
    "DCP-685",
    Level.ADVICE,
    facts=("addresses",),
    meaning="addresses that move between servers: look at them after the cut-over",
    en=(
        "it answers for addresses that may move between servers ({addresses}): see after the cut-over that each is "
        "answered, and by one server alone"
    ),
    fr=(
        "il répond pour des adresses qui peuvent passer d'un serveur à l'autre ({addresses}) : vérifiez après la "
        "bascule que chacune répond, et depuis un seul serveur"
    ),
)
GROUP_OF_OTHERS_LOST = finding(
    "DCP-687",
    Level.LOSES,
    facts=("group",),
    meaning="the port loses a security group that is another project's",
    en=(
        "the port loses the security group {group}, which is another project's: give it a group of your own that "
        "lets the same traffic through"
    ),
    fr=(
        "le port perd le groupe de sécurité {group}, qui appartient à un autre projet : donnez-lui un groupe à "
        "vous qui laisse passer le même trafic"
    ),
)
SECURITY_GROUP_UNUSED = finding(
    "DCP-692",
    Level.ADVICE,
    meaning="no port uses the security group",
    en="no port uses the security group: skip it in policy.yaml if nobody needs it",
    fr="aucun port n'utilise le groupe de sécurité : écartez-le dans policy.yaml si personne n'en a besoin",
)
PORT_UNUSED = finding(
    "DCP-693",
    Level.ADVICE,
    facts=("address",),
    meaning="the port belongs to no server",
    en="no server has the port ({address}): skip it in policy.yaml if nobody needs it",
    fr="aucun serveur n'a le port ({address}) : écartez-le dans policy.yaml si personne n'en a besoin",
)
FLOATING_IP_UNUSED = finding(
    "DCP-694",
    Level.ADVICE,
    facts=("address",),
    meaning="the floating address leads to nothing",
    en="the address {address} leads to nothing: skip it in policy.yaml if nobody needs it",
    fr="l'adresse {address} ne mène à rien : écartez-la dans policy.yaml si personne n'en a besoin",
)
FLOATING_IP_NEEDS_FOREIGN_ROUTER = finding(
    "DCP-813",
    Level.ADVICE,
    facts=("address", "becomes"),
    meaning="a floating address leads to a port on a network of others: a router of theirs must lead there",
    en=(
        "the address {address} leads to a port on {becomes}, which others own: only a router of theirs can lead "
        "there; ask whether there is one, or skip the address"
    ),
    fr=(
        "l'adresse {address} mène à un port sur {becomes}, qui appartient à des tiers : seul un routeur à eux peut "
        "y mener ; demandez s'il y en a un, ou écartez l'adresse"
    ),
)
SUBNET_RANGE_REFUSED = finding(
    "DCP-820",
    Level.BLOCKS,
    facts=("cidr", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the target takes no subnet in this range",
    en=(
        "the target ({profile}) takes subnets in {limit} only, not {cidr}: give the network another range at the "
        "source and scan again, or skip the subnet"
    ),
    fr=(
        "la cible ({profile}) n'accepte de sous-réseaux que dans {limit}, pas {cidr} : changez la plage du réseau "
        "à la source et refaites le relevé, ou écartez le sous-réseau"
    ),
)
SUBNET_TOO_SMALL = finding(
    "DCP-821",
    Level.BLOCKS,
    facts=("cidr", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the target takes no subnet as small as this one",
    en=(
        "the target ({profile}) takes no subnet smaller than a {limit}, and {cidr} is: use a larger one at the "
        "source and scan again, or skip the subnet"
    ),
    fr=(
        "la cible ({profile}) n'accepte pas de sous-réseau plus petit qu'un {limit}, ce qui est le cas de {cidr} : "
        "prenez-en un plus grand à la source et refaites le relevé, ou écartez-le"
    ),
)
SUBNET_ADDRESS_RESERVED = finding(
    "DCP-822",
    Level.BLOCKS,
    facts=("address", "subnet", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the target reserves this address of the subnet",
    en=(
        "the target ({profile}) keeps {address} in the subnet {subnet} for itself ({limit}): use another address "
        "at the source and scan again, or skip the item"
    ),
    fr=(
        "la cible ({profile}) se réserve {address} dans le sous-réseau {subnet} ({limit}) : prenez une autre "
        "adresse à la source et refaites le relevé, ou écartez l'élément"
    ),
)
IPV6_SUBNET_REFUSED = finding(
    "DCP-823",
    Level.BLOCKS,
    facts=("cidr", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the target takes no such IPv6 subnet",
    en=(
        "the target ({profile}) takes IPv6 subnets as {limit} only, which {cidr} is not: change it at the source "
        "and scan again, or skip the subnet"
    ),
    fr=(
        "la cible ({profile}) n'accepte les sous-réseaux IPv6 qu'en {limit}, ce que {cidr} n'est pas : changez-le "
        "à la source et refaites le relevé, ou écartez-le"
    ),
)
DEFAULT_GROUP_ADDED = finding(
    "DCP-824",
    Level.CHANGES,
    facts=("address", "profile"),
    meaning="the target takes no port without a security group: it gets the default one",
    en=(
        "the target ({profile}) takes no port without a security group, so the port of {address} gets the default "
        "one: see that its rules let the traffic through"
    ),
    fr=(
        "la cible ({profile}) n'accepte pas de port sans groupe de sécurité, et le port de {address} reçoit donc "
        "celui par défaut : vérifiez que ses règles laissent passer le trafic"
    ),
)
ADDRESS_PAIR_REFUSED = finding(
    "DCP-825",
    Level.BLOCKS,
    facts=("address", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the target takes no address pair of this range",
    en=(
        "the target ({profile}) takes no address pair {address}: narrow it at the source and scan again, or skip "
        "the port"
    ),
    fr=(
        "la cible ({profile}) n'accepte pas la paire d'adresses {address} : restreignez-la à la source et refaites "
        "le relevé, ou écartez le port"
    ),
)
MAC_CHOICE_REFUSED = finding(
    "DCP-826",
    Level.BLOCKS,
    facts=("mac", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the target lets nobody choose a MAC address",
    en=(
        "the target ({profile}) lets nobody choose the MAC address of a port ({mac}): set `keep_mac: false` in "
        "policy.yaml"
    ),
    fr=(
        "la cible ({profile}) ne laisse personne choisir l'adresse MAC d'un port ({mac}) : mettez `keep_mac: "
        "false` dans policy.yaml"
    ),
)
SECURITY_GROUP_MISSING = finding(
    "DCP-833",
    Level.BLOCKS,
    facts=("address", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the target takes no port without a security group, and this one has none to get",
    en=(
        "the target ({profile}) takes no port without a security group, and the port of {address} has none to get "
        "(its port security is off, or no `default` group moves): change that at the source and scan again, or "
        "skip the port"
    ),
    fr=(
        "la cible ({profile}) n'accepte pas de port sans groupe de sécurité, et il n'y en a aucun pour le port de "
        "{address} (sa sécurité de port est désactivée, ou aucun groupe `default` n'est déplacé) : changez cela à "
        "la source et refaites le relevé, ou écartez le port"
    ),
)
PORT_NETWORK_CHANGES = finding(
    "DCP-834",
    Level.CHANGES,
    facts=("network", "becomes"),
    meaning="the port's network, which is others', becomes this one of the target",
    en=(
        "its network {network} is not yours and does not move: it becomes a port on {becomes}; name another one "
        "under mappings.networks"
    ),
    fr=(
        "son réseau {network} n'est pas à vous et n'est pas déplacé : il devient un port sur {becomes} ; nommez-en "
        "un autre sous mappings.networks"
    ),
)
FIXED_ADDRESS_CHANGES = finding(
    "DCP-835",
    Level.CHANGES,
    facts=("address", "becomes"),
    meaning="the fixed address is not kept: the target chooses a new one",
    en=(
        "the address {address} is not kept: {becomes} gives a new one, which the report shows beside it; plan the "
        "change of DNS names, firewalls and what is set in guests"
    ),
    fr=(
        "l'adresse {address} n'est pas conservée : {becomes} en donne une nouvelle, que le rapport montre à côté ; "
        "prévoyez le changement des noms DNS, des pare-feu et des réglages dans les systèmes invités"
    ),
)
ADDRESS_PAIRS_LOST = finding(
    "DCP-836",
    Level.LOSES,
    facts=("pairs", "becomes"),
    meaning="the port's address pairs are not kept: on a network of others a member cannot set them",
    en=(
        "its address pairs ({pairs}) are not kept: nobody may set them on {becomes}, a network of others; ask its "
        "owner, or name a network of your own under mappings.networks"
    ),
    fr=(
        "ses paires d'adresses ({pairs}) ne sont pas conservées : personne ne peut en mettre sur {becomes}, un "
        "réseau de tiers ; demandez à son propriétaire, ou nommez un réseau à vous sous mappings.networks"
    ),
)
PORT_SECURITY_FORCED = finding(
    "DCP-837",
    Level.LOSES,
    facts=("becomes",),
    meaning="port security cannot be turned off on a network of others: it is on, with the default group",
    en=(
        "its port security was off, and on {becomes}, a network of others, nobody may turn it off: the port gets "
        "the default security group, and what the server forwards for others is dropped"
    ),
    fr=(
        "sa sécurité de port était désactivée, et sur {becomes}, un réseau de tiers, personne ne peut la "
        "désactiver : le port reçoit le groupe de sécurité par défaut, et ce que le serveur relaie pour d'autres "
        "est rejeté"
    ),
)
RULE_NAMES_LOST_ADDRESS = finding(
    "DCP-838",
    Level.CHANGES,
    facts=("address",),
    meaning="a rule names the fixed address of a port that does not keep it",
    en=(
        "a rule names {address}, the address of a port that does not keep it: put the new one there by hand once "
        "the report shows it"
    ),
    fr=(
        "une règle nomme {address}, l'adresse d'un port qui ne la conserve pas : mettez-y la nouvelle à la main "
        "dès que le rapport la montre"
    ),
)
PORT_STAYS_ON_NETWORK = finding(
    "DCP-839",
    Level.CHANGES,
    facts=("becomes", "wanted"),
    meaning="the port was made on one network, and the policy now names another: it stays",
    en=(
        "policy.yaml wants it on {wanted}, but an earlier run has put it on {becomes}, where it stays: to change "
        "that, attach another port at the target by hand, or take the line out"
    ),
    fr=(
        "policy.yaml le veut sur {wanted}, mais une exécution précédente l'a mis sur {becomes}, où il reste : pour "
        "changer cela, attachez à la main un autre port sur la cible, ou retirez la ligne"
    ),
)
