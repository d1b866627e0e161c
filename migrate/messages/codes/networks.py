"""Findings: networks, ports, addresses, routers and security groups."""

from migrate.messages.codes.registry import Level, Rule, finding

EXTERNAL_NETWORK_UNCLEAR = finding(
    "DCP-616",
    Level.BLOCKS,
    facts=("source", "known"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the choice of an external network at the target is ambiguous",
    en=(
        "the external network of the target that replaces {source} is ambiguous: set mappings.external_networks to one "
        "of {known}"
    ),
    fr=(
        "le réseau externe de la cible qui remplace {source} est ambigu : indiquez sous mappings.external_networks "
        "l'un de {known}"
    ),
)
ADDRESS_CHANGES = finding(
    "DCP-617",
    Level.CHANGES,
    facts=("address", "network"),
    meaning="the floating IP cannot move: the target assigns a new one",
    en=(
        "the floating IP {address} cannot move and is replaced by a new one on {network}: plan the change of DNS names "
        "and firewalls"
    ),
    fr=(
        "l'IP flottante {address} ne peut pas être déplacée et est remplacée par une nouvelle sur {network} : prévoyez "
        "le changement des noms DNS et des pare-feu"
    ),
)
MAC_CHANGES = finding(
    "DCP-618",
    Level.CHANGES,
    facts=("mac", "address"),
    meaning="the MAC address changes",
    en=(
        "the MAC address {mac} of {address} changes: set keep_mac in policy.yaml if the target allows it, otherwise "
        "check the guest for it"
    ),
    fr=(
        "l'adresse MAC {mac} de {address} change : activez keep_mac dans policy.yaml si la cible le permet, sinon "
        "cherchez-la dans le système invité"
    ),
)
PORT_ORDER_UNCERTAIN = finding(
    "DCP-628",
    Level.ADVICE,
    facts=("network",),
    meaning="the server has two ports on one network, and their order is not guaranteed",
    en=(
        "it has two ports on the network {network}, and their order is not guaranteed: check its interfaces after the "
        "move"
    ),
    fr=(
        "il a deux ports sur le réseau {network}, et leur ordre n'est pas garanti : vérifiez ses interfaces après le "
        "déplacement"
    ),
)
SECURITY_GROUP_NAME_TAKEN = finding(
    "DCP-651",
    Level.BLOCKS,
    facts=("other",),
    rules=Rule.LEAVES_OUT | Rule.CAN_GO_ON | Rule.OF_TARGET,
    meaning="the target already has another security group of this name",
    en=(
        "the target already has another security group of this name ({other}): rename the one at the target, or accept "
        "a second one under accept in policy.yaml"
    ),
    fr=(
        "la cible a déjà un autre groupe de sécurité de ce nom ({other}) : renommez celui de la cible, ou acceptez-en "
        "un second sous accept dans policy.yaml"
    ),
)
NETWORK_NAME_TAKEN = finding(
    "DCP-652",
    Level.BLOCKS,
    facts=("other",),
    rules=Rule.LEAVES_OUT | Rule.CAN_GO_ON | Rule.OF_TARGET,
    meaning="the target already has another network of this name",
    en=(
        "the target already has another network of this name ({other}): rename it, or accept a second one under accept "
        "in policy.yaml"
    ),
    fr=(
        "la cible a déjà un autre réseau de ce nom ({other}) : renommez-le, ou acceptez-en un second sous accept dans "
        "policy.yaml"
    ),
)
SUBNET_OVERLAPS = finding(
    "DCP-653",
    Level.BLOCKS,
    facts=("cidr", "other", "other_cidr"),
    rules=Rule.LEAVES_OUT | Rule.CAN_GO_ON | Rule.OF_TARGET,
    meaning="another subnet at the target overlaps this one",
    en=(
        "its range {cidr} overlaps {other_cidr} of the subnet {other} at the target: delete that subnet, or accept the "
        "overlap under accept in policy.yaml"
    ),
    fr=(
        "sa plage {cidr} chevauche {other_cidr} du sous-réseau {other} sur la cible : supprimez ce sous-réseau, ou "
        "acceptez le chevauchement sous accept dans policy.yaml"
    ),
)
DEFAULT_GROUP_IN_USE = finding(
    "DCP-658",
    Level.BLOCKS,
    facts=("removed", "added", "ports"),
    rules=Rule.LEAVES_OUT | Rule.CAN_GO_ON | Rule.OF_TARGET,
    meaning="the source's rules would change the target's own `default` group, which has rules or ports",
    en=(
        "the target's own group of this name would get the source's rules (removed: {removed}; added: {added}; ports "
        "that use it there: {ports}): check that nothing there depends on its present rules, then accept the change "
        "under accept in policy.yaml"
    ),
    fr=(
        "le groupe de ce nom que la cible a déjà recevrait les règles de la source (retirées : {removed} ; ajoutées : "
        "{added} ; ports qui l'utilisent là-bas : {ports}) : vérifiez que rien n'y dépend de ses règles actuelles, "
        "puis acceptez ce changement sous accept dans policy.yaml"
    ),
)
FLOATING_IP_WITHOUT_ROUTER = finding(
    "DCP-660",
    Level.BLOCKS,
    facts=("address", "subnet"),
    rules=Rule.OF_TARGET,
    meaning="no router connects the floating IP to its port",
    en=(
        "no router connects {address} to its port in the subnet {subnet}: connect the subnet to a router with a "
        "gateway, or skip the address"
    ),
    fr=(
        "aucun routeur ne relie {address} à son port dans le sous-réseau {subnet} : reliez le sous-réseau à un routeur "
        "muni d'une passerelle, ou excluez l'adresse"
    ),
)
RULE_NAMES_CHANGED_ADDRESS = finding(
    "DCP-661",
    Level.CHANGES,
    facts=("address", "rewrite"),
    meaning="a rule or address pair contains a floating IP that will change",
    en="it contains the floating IP {address}, which will change: {rewrite}",
    fr="l'IP flottante {address} y figure et va changer : {rewrite}",
)
PORT_NETWORK_UNCLEAR = finding(
    "DCP-662",
    Level.BLOCKS,
    facts=("network", "known"),
    rules=Rule.LEAVES_OUT | Rule.OF_TARGET,
    meaning="the port is on another project's network, and its network at the target is ambiguous",
    en=(
        "its network {network} belongs to another project: map it to a network of the target under mappings.networks "
        "({known}), or skip it"
    ),
    fr=(
        "son réseau {network} appartient à un autre projet : associez-le à un réseau de la cible sous "
        "mappings.networks ({known}), ou excluez-le"
    ),
)
NETWORK_UNSHARED = finding(
    "DCP-663",
    Level.CHANGES,
    meaning="the network is no longer shared with other projects",
    en="the network is shared with other projects at the source but will not be at the target: share it again by hand",
    fr=(
        "le réseau est partagé avec d'autres projets à la source mais ne le sera pas sur la cible : partagez-le de "
        "nouveau à la main"
    ),
)
ROUTER_INTERFACE_LOST = finding(
    "DCP-664",
    Level.LOSES,
    facts=("subnet",),
    meaning="the router loses its interface in a subnet that does not move",
    en=(
        "the router loses its interface in the subnet {subnet}, which does not move: resolve that subnet first, or "
        "connect the router by hand"
    ),
    fr=(
        "le routeur perd son interface dans le sous-réseau {subnet}, qui n'est pas déplacé : réglez d'abord le cas de "
        "ce sous-réseau, ou reliez le routeur à la main"
    ),
)
SERVICE_PORT_LOST = finding(
    "DCP-665",
    Level.LOSES,
    facts=("owner",),
    rules=Rule.LEAVES_OUT,
    meaning="the port belongs to a service that does not move",
    en="the port belongs to a service that does not move ({owner}): set up that service again by hand",
    fr="le port appartient à un service qui n'est pas déplacé ({owner}) : recréez ce service à la main",
)
RULE_GROUP_LOST = finding(
    "DCP-666",
    Level.LOSES,
    facts=("group",),
    meaning="a rule that refers to a security group that does not move is dropped",
    en=(
        "a rule that refers to the security group {group} is dropped, as that group does not move: resolve that group "
        "first, or write the rule by hand"
    ),
    fr=(
        "une règle qui fait référence au groupe de sécurité {group} est supprimée, car ce groupe n'est pas déplacé : "
        "réglez d'abord le cas de ce groupe, ou écrivez la règle à la main"
    ),
)
ROUTER_ADDED = finding(
    "DCP-667",
    Level.CHANGES,
    facts=("subnet", "network"),
    meaning="Decamp adds a router, which the floating IP needs at the target",
    en=(
        "at the source the floating IP reaches the subnet {subnet} without a router, which the target does not "
        "support, so Decamp adds a router to {network}: check that the servers of that subnet may reach the outside"
    ),
    fr=(
        "à la source, l'IP flottante atteint le sous-réseau {subnet} sans routeur, ce que la cible ne permet pas ; "
        "Decamp ajoute donc un routeur vers {network} : vérifiez que les serveurs de ce sous-réseau peuvent joindre "
        "l'extérieur sans risque"
    ),
)
QOS_LOST = finding(
    "DCP-668",
    Level.LOSES,
    facts=("policy",),
    meaning="the QoS policy does not move",
    en="its QoS policy {policy} does not move: ask the provider for a similar one",
    fr="sa politique de QoS {policy} n'est pas déplacée : demandez-en une semblable au fournisseur",
)
SNAT_CHANGES = finding(
    "DCP-669",
    Level.CHANGES,
    meaning="SNAT is off at the source, and a member cannot turn it off at the target",
    en=(
        "SNAT is off on this router at the source and will be on at the target, where a member cannot turn it off: ask "
        "the provider to do so if others must see the internal addresses"
    ),
    fr=(
        "le SNAT de ce routeur est désactivé à la source et sera actif sur la cible, où un membre ne peut pas le "
        "désactiver : demandez-le au fournisseur si les adresses internes doivent rester visibles"
    ),
)
PORT_BINDING_LOST = finding(
    "DCP-673",
    Level.LOSES,
    facts=("vnic_type",),
    meaning="the port loses its VNIC type (such as SR-IOV)",
    en=(
        "the port has the VNIC type {vnic_type} at the source and will be a normal port at the target: ask the "
        "provider whether it offers that type, and check the driver in the guest"
    ),
    fr=(
        "le port a le type de VNIC {vnic_type} à la source et sera un port ordinaire sur la cible : demandez au "
        "fournisseur s'il propose ce type, et vérifiez le pilote dans le système invité"
    ),
)
ADDRESS_GROUP_RULE_LOST = finding(
    "DCP-674",
    Level.LOSES,
    facts=("group",),
    meaning="a rule that refers to an address group is dropped",
    en="a rule that refers to the address group {group} is dropped: write one rule per address by hand",
    fr=(
        "une règle qui fait référence au groupe d'adresses {group} est supprimée : écrivez à la main une règle par "
        "adresse"
    ),
)
PORT_FORWARDING_LOST = finding(
    "DCP-675",
    Level.LOSES,
    facts=("forwarding", "why"),
    meaning="a port forwarding cannot move",
    en=(
        "the port forwarding {forwarding} does not move ({why}): give the server a floating IP, or forward the port by "
        "other means"
    ),
    fr=(
        "la redirection de port {forwarding} n'est pas déplacée ({why}) : donnez au serveur une IP flottante, ou "
        "redirigez le port par un autre moyen"
    ),
)
NO_TRUNKS = finding(
    "DCP-676",
    Level.LOSES,
    rules=Rule.LEAVES_OUT,
    meaning="the target does not support trunks",
    en=(
        "the target does not support trunks, so this one is left out and the server moves without its VLANs: add a "
        "port on each network by hand"
    ),
    fr=(
        "la cible ne prend pas en charge les trunks ; celui-ci est laissé de côté, et le serveur est déplacé sans ses "
        "VLAN : ajoutez à la main un port sur chaque réseau"
    ),
)
ROUTE_LOST = finding(
    "DCP-677",
    Level.LOSES,
    facts=("destination", "nexthop"),
    meaning="a static route whose next hop does not move is dropped",
    en=(
        "its static route to {destination} via {nexthop} is dropped, as that next hop does not move: add it by hand at "
        "the target"
    ),
    fr=(
        "sa route statique vers {destination} via {nexthop} est supprimée, car ce prochain saut n'est pas déplacé : "
        "ajoutez-la à la main sur la cible"
    ),
)
TRUNK_PORT_LOST = finding(
    "DCP-678",
    Level.LOSES,
    facts=("vlan", "port"),
    meaning="the trunk loses a port that does not move",
    en="it loses its VLAN {vlan}, as the port {port} does not move: resolve that port first",
    fr="il perd son VLAN {vlan}, car le port {port} n'est pas déplacé : réglez d'abord le cas de ce port",
)
NETWORK_FEATURE_MISSING = finding(
    "DCP-679",
    Level.LOSES,
    facts=("what", "extension"),
    meaning="the target's network service does not support a setting",
    en=(
        "{what} cannot be preserved, as the target's network service lacks {extension}: do without it, or ask the "
        "provider for it"
    ),
    fr=(
        "{what} ne peut pas être conservé, car le service réseau de la cible n'a pas {extension} : passez-vous-en, ou "
        "demandez-le au fournisseur"
    ),
)
INTERFACE_NAMES_CHANGE = finding(
    "DCP-681",
    Level.ADVICE,
    facts=("nics",),
    meaning="network interfaces may get other names in the guest",
    en=(
        "its network interfaces may get other names in the guest, as their MAC addresses change ({nics}): check its "
        "network settings and udev rules for MAC addresses"
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
    meaning="the network's MTU differs at the target",
    en=(
        "the MTU of the network {network} is {target_mtu} bytes at the target instead of {source_mtu}: check its "
        "guests and their tunnels for a fixed MTU"
    ),
    fr=(
        "la MTU du réseau {network} est de {target_mtu} octets sur la cible au lieu de {source_mtu} : cherchez une MTU "
        "fixe dans ses systèmes invités et leurs tunnels"
    ),
)
VIRTUAL_ADDRESSES = finding(
    "DCP-685",
    Level.ADVICE,
    facts=("addresses",),
    meaning="virtual addresses that move between servers: check them after the cut-over",
    en=(
        "it answers for virtual addresses that may move between servers ({addresses}): after the cut-over, check that "
        "exactly one server answers for each"
    ),
    fr=(
        "il répond pour des adresses virtuelles qui peuvent passer d'un serveur à l'autre ({addresses}) : après la "
        "bascule, vérifiez qu'un serveur et un seul répond pour chacune"
    ),
)
GROUP_OF_OTHERS_LOST = finding(
    "DCP-687",
    Level.LOSES,
    facts=("group",),
    meaning="the port loses a security group that belongs to another project",
    en=(
        "the port loses the security group {group}, which belongs to another project: add a security group of your own "
        "that allows the same traffic"
    ),
    fr=(
        "le port perd le groupe de sécurité {group}, qui appartient à un autre projet : ajoutez-lui un groupe à vous "
        "qui autorise le même trafic"
    ),
)
SECURITY_GROUP_UNUSED = finding(
    "DCP-692",
    Level.ADVICE,
    meaning="no port uses the security group",
    en="no port uses the security group: skip it in policy.yaml if nobody needs it",
    fr="aucun port n'utilise le groupe de sécurité : excluez-le dans policy.yaml si personne n'en a besoin",
)
PORT_UNUSED = finding(
    "DCP-693",
    Level.ADVICE,
    facts=("address",),
    meaning="the port is not attached to a server",
    en="the port ({address}) is not attached to a server: skip it in policy.yaml if nobody needs it",
    fr="le port ({address}) n'est attaché à aucun serveur : excluez-le dans policy.yaml si personne n'en a besoin",
)
FLOATING_IP_UNUSED = finding(
    "DCP-694",
    Level.ADVICE,
    facts=("address",),
    meaning="the floating IP is not in use",
    en="the floating IP {address} is not in use: skip it in policy.yaml if nobody needs it",
    fr="l'IP flottante {address} n'est pas utilisée : excluez-la dans policy.yaml si personne n'en a besoin",
)
FLOATING_IP_NEEDS_FOREIGN_ROUTER = finding(
    "DCP-813",
    Level.ADVICE,
    facts=("address", "becomes"),
    meaning="the floating IP's port is on another project's network: only a router of that project can connect it",
    en=(
        "the port of the floating IP {address} is on {becomes}, which belongs to another project, so only a router of "
        "that project can connect it: ask whether one exists, or skip the address"
    ),
    fr=(
        "le port de l'IP flottante {address} est sur {becomes}, qui appartient à un autre projet, et seul un routeur "
        "de ce projet peut les relier : demandez s'il en existe un, ou excluez l'adresse"
    ),
)
SUBNET_RANGE_REFUSED = finding(
    "DCP-820",
    Level.BLOCKS,
    facts=("cidr", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the target does not accept a subnet in this range",
    en=(
        "the target ({profile}) accepts subnets in {limit} only, not {cidr}: move the servers to a new subnet "
        "at the source and scan again, or skip it and create another one by hand"
    ),
    fr=(
        "la cible ({profile}) n'accepte que des sous-réseaux dans {limit}, pas {cidr} : passez les serveurs dans un "
        "nouveau sous-réseau à la source et relancez `decamp scan`, ou excluez-le et créez-en un autre à la main"
    ),
)
SUBNET_TOO_SMALL = finding(
    "DCP-821",
    Level.BLOCKS,
    facts=("cidr", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the target does not accept a subnet this small",
    en=(
        "the target ({profile}) accepts no subnet smaller than a {limit}, and {cidr} is smaller: move the servers to "
        "a larger subnet at the source and scan again, or skip it and create another one by hand"
    ),
    fr=(
        "la cible ({profile}) n'accepte pas de sous-réseau plus petit qu'un {limit}, et {cidr} l'est : passez les "
        "serveurs dans un plus grand à la source et relancez `decamp scan`, ou excluez-le et créez-en un autre à la "
        "main"
    ),
)
SUBNET_ADDRESS_RESERVED = finding(
    "DCP-822",
    Level.BLOCKS,
    facts=("address", "subnet", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the target reserves this address of the subnet",
    en=(
        "the target ({profile}) reserves {address} in the subnet {subnet} ({limit}): use another address at the source "
        "and scan again, or skip the item"
    ),
    fr=(
        "la cible ({profile}) réserve {address} dans le sous-réseau {subnet} ({limit}) : prenez une autre adresse à la "
        "source et relancez `decamp scan`, ou excluez l'élément"
    ),
)
IPV6_SUBNET_REFUSED = finding(
    "DCP-823",
    Level.BLOCKS,
    facts=("cidr", "limit", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the target does not accept this IPv6 subnet",
    en=(
        "the target ({profile}) accepts IPv6 subnets only as {limit}, and {cidr} is not: use another subnet at "
        "the source and scan again, or skip it and create another one by hand"
    ),
    fr=(
        "la cible ({profile}) n'accepte les sous-réseaux IPv6 qu'en {limit}, et {cidr} n'en est pas un : prenez-en un "
        "autre à la source et relancez `decamp scan`, ou excluez-le et créez-en un autre à la main"
    ),
)
DEFAULT_GROUP_ADDED = finding(
    "DCP-824",
    Level.CHANGES,
    facts=("address", "profile"),
    meaning="the target requires a security group on each port: this port gets the default one",
    en=(
        "the target ({profile}) requires a security group on each port, so the port of {address} gets the default one: "
        "check that its rules allow the traffic"
    ),
    fr=(
        "la cible ({profile}) exige un groupe de sécurité sur chaque port, et le port de {address} reçoit celui par "
        "défaut : vérifiez que ses règles autorisent le trafic"
    ),
)
ADDRESS_PAIR_REFUSED = finding(
    "DCP-825",
    Level.BLOCKS,
    facts=("address", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the target does not accept an address pair of this range",
    en=(
        "the target ({profile}) does not accept the address pair {address}: narrow it at the source and scan again, or "
        "skip the port"
    ),
    fr=(
        "la cible ({profile}) n'accepte pas la paire d'adresses {address} : restreignez-la à la source et relancez "
        "`decamp scan`, ou excluez le port"
    ),
)
MAC_CHOICE_REFUSED = finding(
    "DCP-826",
    Level.BLOCKS,
    facts=("mac", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the target does not allow choosing a MAC address",
    en=(
        "the target ({profile}) does not allow choosing the MAC address of a port ({mac}): set `keep_mac: false` in "
        "policy.yaml"
    ),
    fr=(
        "la cible ({profile}) ne permet pas de choisir l'adresse MAC d'un port ({mac}) : mettez `keep_mac: false` dans "
        "policy.yaml"
    ),
)
SECURITY_GROUP_MISSING = finding(
    "DCP-833",
    Level.BLOCKS,
    facts=("address", "profile"),
    rules=Rule.OF_TARGET,
    meaning="the target requires a security group on each port, and this port has none",
    en=(
        "the target ({profile}) requires a security group on each port, and the port of {address} has none (its port "
        "security is off, or no `default` group moves): change that at the source and scan again, or skip the port"
    ),
    fr=(
        "la cible ({profile}) exige un groupe de sécurité sur chaque port, et le port de {address} n'en a aucun (sa "
        "sécurité de port est désactivée, ou aucun groupe `default` n'est déplacé) : changez cela à la source et "
        "relancez `decamp scan`, ou excluez le port"
    ),
)
PORT_NETWORK_CHANGES = finding(
    "DCP-834",
    Level.CHANGES,
    facts=("network", "becomes"),
    meaning="another project's network is replaced by this network of the target",
    en=(
        "its network {network} belongs to another project and does not move, so the port is created on {becomes}: set "
        "mappings.networks to choose another one"
    ),
    fr=(
        "son réseau {network} appartient à un autre projet et n'est pas déplacé, et le port est créé sur {becomes} : "
        "choisissez-en un autre par mappings.networks"
    ),
)
FIXED_ADDRESS_CHANGES = finding(
    "DCP-835",
    Level.CHANGES,
    facts=("address", "becomes"),
    meaning="the fixed IP changes: the target assigns a new one",
    en=(
        "the fixed IP {address} changes, as {becomes} assigns a new one, which the report shows: plan the change of "
        "DNS names, firewalls and guest settings"
    ),
    fr=(
        "l'adresse fixe {address} change, car {becomes} en attribue une nouvelle, que le rapport indique : prévoyez le "
        "changement des noms DNS, des pare-feu et des réglages dans les systèmes invités"
    ),
)
ADDRESS_PAIRS_LOST = finding(
    "DCP-836",
    Level.LOSES,
    facts=("pairs", "becomes"),
    meaning="the port loses its address pairs: a member cannot set them on another project's network",
    en=(
        "it loses its address pairs ({pairs}), as a member cannot set them on {becomes}, another project's network: "
        "ask its owner to set them, or choose a network of your own under mappings.networks"
    ),
    fr=(
        "il perd ses paires d'adresses ({pairs}), car un membre ne peut pas en définir sur {becomes}, réseau d'un "
        "autre projet : demandez-les à son propriétaire, ou choisissez un réseau à vous sous mappings.networks"
    ),
)
PORT_SECURITY_FORCED = finding(
    "DCP-837",
    Level.LOSES,
    facts=("becomes",),
    meaning=(
        "a member cannot turn port security off on another project's network: it will be on, with the default group"
    ),
    en=(
        "its port security is off, but a member cannot turn it off on {becomes}, another project's network, so the "
        "port gets the default security group and traffic that the server forwards is dropped: ask its owner to turn "
        "it off, or choose a network of your own under mappings.networks"
    ),
    fr=(
        "sa sécurité de port est désactivée, mais un membre ne peut pas la désactiver sur {becomes}, réseau d'un autre "
        "projet ; le port reçoit le groupe de sécurité par défaut, et le trafic que le serveur relaie est rejeté : "
        "demandez-le à son propriétaire, ou choisissez un réseau à vous sous mappings.networks"
    ),
)
RULE_NAMES_LOST_ADDRESS = finding(
    "DCP-838",
    Level.CHANGES,
    facts=("address",),
    meaning="a rule contains the fixed IP of a port that gets a new one",
    en=(
        "a rule contains {address}, the fixed IP of a port that gets a new one: put the new address there by hand once "
        "the report shows it"
    ),
    fr=(
        "une règle contient {address}, l'adresse fixe d'un port qui en reçoit une nouvelle : mettez-y la nouvelle à la "
        "main dès que le rapport l'indique"
    ),
)
PORT_STAYS_ON_NETWORK = finding(
    "DCP-839",
    Level.CHANGES,
    facts=("becomes", "wanted"),
    meaning=(
        "an earlier run created the port on a network different from the one that the policy now names: it stays there"
    ),
    en=(
        "policy.yaml puts it on {wanted}, but an earlier run created it on {becomes}, where it stays: attach another "
        "port by hand at the target, or remove that line"
    ),
    fr=(
        "policy.yaml le place sur {wanted}, mais une exécution précédente l'a créé sur {becomes}, où il reste : "
        "attachez à la main un autre port sur la cible, ou retirez cette ligne"
    ),
)
