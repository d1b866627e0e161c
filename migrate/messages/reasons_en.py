"""English phrases of reasons (`migrate.messages.reason`)."""

REASONS: dict[str, str] = {
    # ------------------------------------------------ an answer that cannot be read
    "fact.why.missing": "{field} is missing",
    "fact.why.no-object": "an object is expected here",
    "fact.why.too-deep": "it is nested too deeply",
    "fact.why.end-unknown": "the rows after it cannot be requested",
    "fact.why.wanted": "expected {wanted:kind}, got {got:kind}",
    "fact.why.field-wanted": "{field}: expected {wanted:kind}, got {got:kind}",
    "fact.why.bad-id": "{field}: {value} is not valid",
    "fact.why.out-of-range": "{field}: {value} is out of range",
    "fact.why.ip-version": "ip_version is {version}, but the subnet is {cidr}",
    "fact.why.no-address": "{value} is not an IP address",
    "fact.why.no-network": "{value} is not an IP network",
    "fact.why.network-unreadable": "its network could not be read",
    "fact.why.bad-endpoint": "its entry in the service catalog is invalid",
    "fact.why.too-many": "more than {most} rows are unreadable, the last one being {name}: {why}",
    "kind-of-value.object": "an object",
    "kind-of-value.list": "a list",
    "kind-of-value.text": "text",
    "kind-of-value.boolean": "true or false",
    "kind-of-value.nothing": "nothing",
    "kind-of-value.number": "a number",
    "kind-of-value.integer": "a whole number",
    "kind-of-value.or": " or ",
}
