"""English phrases of `decamp explain`, `decamp doctor`, and of what is typed wrongly."""

HELP: dict[str, str] = {
    "usage.command": "there is no command {name}{nearest:near}",
    "usage.option": "there is no option {name} here{nearest:near}",
    "nearest": " (did you mean {names}?)",
    "nearest.or": " or ",
    # ------------------------------------------------ decamp explain
    "explain.finding": "{code} (finding: {level})",
    "explain.error": "{code} (error or remark)",
    "explain.example": "Example",
    "explain.cause": "Cause",
    "explain.consequence": "Consequence",
    "explain.remedy": "What now",
    "explain.decision": "In policy.yaml",
    "explain.line": "`{line}`: {meaning}",
    "explain.settings": "Keys of policy.yaml",
    "explain.setting": "example: {example}",
    "explain.level.blocks": (
        "`decamp run --execute` does not start until you fix it, skip its item, or accept it in policy.yaml; "
        "`decamp check` exits with 3"
    ),
    "explain.level.alone": "this item waits for your decision, and everything else moves; `decamp check` exits with 3",
    "explain.level.loses": (
        "something is lost in the move unless you act; a run does not wait for that, and says how many losses nobody "
        "has accepted"
    ),
    "explain.level.changes": "it moves, and is different at the target; nothing waits for you",
    "explain.level.advice": "nothing changes and nothing waits: it is good to know before the move",
    "explain.left-out": "the plan leaves the item out",
    "explain.left-out-unless": "the plan leaves the item out, unless you accept this in policy.yaml",
    "explain.of-target": (
        "only the target is concerned: `decamp run --execute --only evacuate` still saves what is at the source"
    ),
    "explain.accept-one": "you agree to it for this item",
    "explain.accept-all": "you agree to it wherever it occurs",
    "explain.skip": "the item stays behind on purpose",
    "explain.exit.1": "a command ends with exit status 1, as continuing would do harm; what is done stays done",
    "explain.exit.2": "a command ends with exit status 2 and has changed nothing",
    "explain.exit.3": "a command ends with exit status 3: what this concerns is not done, and the rest goes on",
    "explain.exit.4": (
        "a command ends with exit status 4, as bytes or fields differ; nothing is published or started from that copy"
    ),
    "explain.exit.5": (
        "a command ends with exit status 5, as the clouds are not as planned; Decamp leaves what it found as it is"
    ),
    "explain.exit.6": "a command ends with exit status 6, as a login or a service failed; what is done stays done",
    "explain.exit.130": "a command ends with exit status 130; the same command continues",
    "explain.exit.none": "this is a remark: no command ends with it",
    # ------------------------------------------------ decamp doctor
    "doctor.check": "Check",
    "doctor.level.ok": "ok",
    "doctor.level.warning": "warning",
    "doctor.level.problem": "problem",
    "doctor.check.python": "Python",
    "doctor.check.libraries": "libraries",
    "doctor.check.proxies": "proxies",
    "doctor.check.workspace": "workspace",
    "doctor.check.room": "disk room",
    "doctor.check.files": "secrets",
    "doctor.check.programs": "programs",
    "doctor.check.ledger": "ledger",
    "doctor.check.network": "network",
    "doctor.check.tls": "TLS",
    "doctor.check.clock": "clock",
    "doctor.check.login": "login",
    "doctor.ok.python": "Python {version}",
    "doctor.ok.libraries": "{count} libraries, all as needed",
    "doctor.ok.proxies-none": "the environment sets no proxy",
    "doctor.ok.proxy": "{name} is {value}",
    "doctor.ok.workspace": "{path} has no mistakes",
    "doctor.ok.workspace-none": "{path} holds no workspace, so what a policy needs is not checked",
    "doctor.ok.clouds-none": "no cloud was checked: name one with --cloud",
    "doctor.ok.room": "{path} has {size:bytes} left",
    "doctor.ok.file": "only you can read {path}",
    "doctor.ok.store-key": "the key of the store is readable ({place})",
    "doctor.ok.programs": "all programs that policy.yaml names are here: {names}",
    "doctor.ok.programs-none": "policy.yaml names no programs",
    "doctor.ok.ledger": "the ledger opens",
    "doctor.ok.ledger-none": "there is no ledger yet: the first run creates it",
    "doctor.ok.address": "{cloud} answers at {url}",
    "doctor.ok.address-proxy": "{cloud} answers at {url}, through the proxy {proxy}",
    "doctor.ok.tls": "the certificate of {url} is trusted, until {at}",
    "doctor.ok.tls-none": "{url} has no certificate, as it is not https",
    "doctor.ok.clock": "this machine's clock and that of {cloud} differ by {seconds} s",
    "doctor.ok.clock-unknown": "{cloud} does not tell the time",
    "doctor.ok.login": "{cloud} accepts the login, as project {project}",
    "doctor.problems": "Problems: {count}. Each code has a page: decamp explain CODE",
    "doctor.none": "No problem found",
}
