"""English phrases of the wizard."""

WIZARD: dict[str, str] = {
    # ------------------------------------------------ around every question
    "wizard.welcome": (
        "Decamp reads your old cloud and copies to the new one. It deletes and changes nothing of yours there: to read "
        "your disks it makes temporary copies, which it removes again, and it stops a server only after you say so. "
        "You can leave at any time (Ctrl-C) and come back with the same command"
    ),
    "wizard.trust": (
        "You have not agreed to {path} on this machine: somebody else may have filled it in. This is what it would "
        "use as you. If you have read it and want all of it, type {word}; approvals that came along are withdrawn"
    ),
    "wizard.trust.new": (
        "{path} asks for something new since you agreed to it. If you have read it and want all of it, type {word}"
    ),
    "wizard.trust.line": "{kind}: {value}",
    "wizard.trust.word": "agree",
    "wizard.trust.why": (
        "Whoever made the workspace decides with these lines which programs run as you, where your passwords go and "
        "where your data is copied to. To leave without anything done, type q; to agree, type {word}"
    ),
    "wizard.head": "{number} of 7 · {part}",
    "wizard.part.1": "Accounts",
    "wizard.part.2": "Date",
    "wizard.part.3": "What you have",
    "wizard.part.4": "Decisions",
    "wizard.part.5": "The plan",
    "wizard.part.6": "The move",
    "wizard.part.7": "Proof",
    "wizard.turn.4": "Decision {number} of {of} · {text}",
    "wizard.turn.6": "Wave {number} of {of} · {text}",
    "wizard.recommended": "recommended",
    "wizard.key.why": "why: ?",
    "wizard.key.back": "back: b",
    "wizard.key.later": "decide later: s",
    "wizard.key.quit": "leave: q",
    "wizard.same-as": "same as: {what}",
    "wizard.left": "Nothing is lost. To come back to this question: {command}",
    "wizard.nothing-before": "There is nothing to go back to",
    "wizard.no-way-back": (
        "Nothing can be taken back at this question, and nothing was done by asking it. To start again with other "
        "clouds, use another folder"
    ),
    "wizard.plain": "{text}",
    "wizard.finding": "{name}: {said}",
    "wizard.more": "and {count} more",
    # ------------------------------------------------ accounts
    "wizard.ask.source.login": "How do you log in to the old cloud, the one that you leave?",
    "wizard.ask.target.login": "How do you log in to the new cloud, the one that you move to?",
    "wizard.why.login": (
        "The RC file (openrc.sh) tells where your cloud is and who you are there. You download it from the cloud's web "
        "page, at the top right under your name. Decamp reads it as text and never runs it"
    ),
    "wizard.login.entry": "With the entry {name} of the clouds.yaml on this computer",
    "wizard.login.found": "With the RC file {path}",
    "wizard.login.rc": "With an RC file (openrc.sh), downloaded from the cloud's web page",
    "wizard.login.paste": "By pasting the lines of an RC file",
    "wizard.login.keys": "With an application credential: an id and a secret",
    "wizard.ask.file": "Where is the RC file? (example: ~/Downloads/openrc.sh)",
    "wizard.why.file": (
        "Log in to the cloud's web page, open the menu under your name at the top right, and choose the OpenStack RC "
        "file. Your browser saves it, usually in Downloads"
    ),
    "wizard.ask.paste": (
        "Paste the lines of the RC file, then press Enter on an empty line. What you paste is not shown"
    ),
    "wizard.why.paste": "Only lines such as export OS_AUTH_URL=… count. Nothing in them is run",
    "wizard.ask.address": "What is the address of the login? (example: https://auth.example.com/v3)",
    "wizard.why.address": "The page that showed you the application credential names it, as auth_url or OS_AUTH_URL",
    "wizard.ask.credential-id": "What is the id of the application credential?",
    "wizard.why.credential-id": (
        "It was shown when the application credential was created, as ID: 32 letters and digits"
    ),
    "wizard.ask.password": "Password of your user at {name}. What you type is not shown",
    "wizard.why.password": (
        "The password that you type on this cloud's web page. It is stored in private/login/secure.yaml, which only "
        "you can read, and nowhere else"
    ),
    "wizard.ask.secret": "Secret of the application credential at {name}. What you type is not shown",
    "wizard.why.secret": (
        "It was shown once, when the application credential was created. It is stored in private/login/secure.yaml, "
        "which only you can read, and nowhere else"
    ),
    "wizard.ask.region": "This cloud has several regions. Which one are your servers in?",
    "wizard.why.region": "The cloud's web page shows it at the top, beside the name of the project",
    "wizard.ask.again": "The login did not come through. What next?",
    "wizard.why.again": "Mend what the sentence above names, then try again. Nothing was changed anywhere",
    "wizard.again.again": "Try again",
    "wizard.again.other": "Log in another way",
    "wizard.again.leave": "Leave, and come back later",
    "wizard.login.done": "Logged in to {cloud} as project {project} (region {region})",
    "wizard.login.password": (
        "the cloud refused the password of {user}: type it again, and try it on the cloud's web page if it fails again"
    ),
    "wizard.login.credential": (
        "the cloud refused the application credential: its secret is wrong or it has expired, so type the secret "
        "again, or create a new one on the cloud's web page"
    ),
    "wizard.login.token": (
        "the cloud refused the token, which lasts only hours: download an RC file that asks for a password, or create "
        "an application credential"
    ),
    "wizard.login.project": (
        "the password is right, but {user} may not use the project {project}: choose that project on the cloud's web "
        "page, and download its RC file there"
    ),
    "wizard.login.same-project": (
        "this is the old cloud again: both logins lead to the project {project}, so give the login of the new cloud "
        "here"
    ),
    "wizard.login.untrusted": (
        "the certificate of {url} is not one that this computer trusts: ask the cloud for the file of its certificate "
        "authority, and name it in the RC file as OS_CACERT"
    ),
    "wizard.login.proxy": (
        "a proxy stands in the way to {url}: correct the variable {proxy}, or add the cloud's name to no_proxy, then "
        "start again"
    ),
    "wizard.login.no-name": (
        "nothing has the name in {url}: check the address for a typing error, and whether this computer has a network"
    ),
    "wizard.login.no-route": (
        "{url} does not answer: check that this computer has a network, and that no firewall or VPN is in the way"
    ),
    "wizard.login.no-login-address": (
        "{url} answers, but it is not where one logs in: take the address from the RC file; it often ends in /v3"
    ),
    "wizard.login.clock-ahead": (
        "the clock of this computer is {off_s} ahead of the cloud's, and logins may be refused for it: set the clock"
    ),
    "wizard.login.clock-behind": (
        "the clock of this computer is {off_s} behind the cloud's, and logins may be refused for it: set the clock"
    ),
    "wizard.rc.secret": "The password or secret in it, which is not shown: {stars} (signs: {count})",
    "wizard.rc.unread": "What only a shell could say for certain was not taken from it: {names}",
    "wizard.rc-lacks.unsure": (
        "what a login needs is set there in a way that only a shell could follow: paste the plain lines instead, such "
        "as export OS_AUTH_URL=https://auth.example.com/v3, OS_USERNAME and OS_PROJECT_NAME"
    ),
    "wizard.rc-lacks.nothing": (
        "there is no OS_ variable in it, so it is no RC file: give the openrc.sh from the cloud's web page, with lines "
        "such as export OS_AUTH_URL=https://auth.example.com/v3"
    ),
    "wizard.rc-lacks.address": "it names no address to log in to: OS_AUTH_URL is missing or is not a web address",
    "wizard.rc-lacks.user": "it names no user: OS_USERNAME is missing, so download the RC file again",
    "wizard.rc-lacks.project": (
        "it names no project: OS_PROJECT_NAME is missing, so download the RC file of your project"
    ),
    # ------------------------------------------------ date
    "wizard.ask.deadline": "When is the old cloud switched off? (example: {example} 00:00 Europe/Paris)",
    "wizard.why.deadline": (
        "Everything must be read by then. Decamp plans a safety margin before that date, and tells you early if time "
        "gets short. Put it off if you do not know the date"
    ),
    "wizard.ask.zone": "In which time zone is that? (example: Europe/Paris)",
    "wizard.why.zone": "Midnight in Paris is not midnight in London: an hour can decide on the day itself",
    # ------------------------------------------------ what you have
    "wizard.ask.tenant": "Is this what you have?",
    "wizard.why.tenant": (
        "Something that is missing here may be in another project or region, or your user may not see it. Then leave, "
        "and start again in another folder with the right login. Scanning again reads both clouds once more, and "
        "changes nothing"
    ),
    "wizard.tenant.go-on": "Yes, go on",
    "wizard.tenant.scan": "Something has changed since: scan again",
    "wizard.tenant.whole": (
        "In all: {servers} server(s), {volumes} disk(s) of {disks:bytes} beside them, {objects} object(s) of "
        "{size:bytes}"
    ),
    "wizard.tenant.no-disks": "In all: {servers} server(s), {objects} object(s) of {size:bytes}",
    "wizard.tenant.server": (
        "{name}: {vcpus} CPU(s), {ram:bytes} of memory, {disks} disk(s) of {size:bytes}, reachable at {addresses}"
    ),
    "wizard.ask.unused.volumes": "No server uses {count} disk{s}. Should they move too?",
    "wizard.ask.unused.images": "No server was made from {count} image{s}. Should they move too?",
    "wizard.ask.unused.addresses": "{count} public address(es) lead nowhere. Should they be replaced too?",
    "wizard.why.unused": (
        "What moves takes time, and costs money at the new cloud. What stays is erased when the old cloud is switched "
        "off"
    ),
    "wizard.keep": "Yes, move them too: nothing is lost",
    "wizard.leave": "Leave them behind: they are erased with the old cloud",
    # ------------------------------------------------ decisions
    "wizard.ask.blocks": "{count} obstacle{s} that somebody has to decide on",
    "wizard.ask.loses": "{count} loss(es) that somebody has to agree to",
    "wizard.why.blocks": (
        "The move cannot begin, or this does not move, before it is decided. It is often best to mend it on the cloud, "
        "and to scan again. The full explanation is under {code} in docs/output.md"
    ),
    "wizard.why.loses": (
        "This does not arrive as it is. Agreeing changes nothing on either cloud: it records that you know. The full "
        "explanation is under {code} in docs/output.md"
    ),
    "wizard.later.blocks": "Decide later, and mend it on the cloud meanwhile",
    "wizard.later.loses": "Decide later: nothing is agreed to",
    "wizard.accept": "Agree to it",
    "wizard.to-network": "Use the network {name} of the new cloud",
    "wizard.ask.flavors": "The new cloud has other sizes of servers. Are these the right ones?",
    "wizard.why.flavors": (
        "No size is chosen that has less than the old one. A larger one may cost more: compare with the new cloud's "
        "prices"
    ),
    "wizard.flavor.change": "{name} becomes {flavor} ({what:flavors})",
    "wizard.flavors.proposed": "Yes, as proposed",
    "wizard.flavors.choose": "No, choose the sizes",
    "wizard.ask.flavor": "Which size shall servers of the size {name} have?",
    "wizard.flavor": "{name}: {vcpus} CPU(s), {ram:bytes} of memory, {disk:bytes} of disk",
    "wizard.ask.start": "May servers that run now be stopped at the old cloud before they start at the new one?",
    "wizard.why.start": (
        "A server that runs twice sends mail twice and writes to two places. Nothing is stopped now: each stop is "
        "asked for again, with its hour. Twins are for servers that only read"
    ),
    "wizard.start.cut-over": "Yes, each after my word: none ever runs twice",
    "wizard.start.twin": "No, let them run on both clouds: I know that they only read",
    "wizard.ask.waves": "Servers go in {count} waves. Is that right?",
    "wizard.why.waves": (
        "A wave is down together, and comes up together. Servers that share a disk or an address are in one wave "
        "already. Small waves are down more briefly"
    ),
    "wizard.wave": "{name}: {servers}",
    "wizard.waves.proposed": "Yes, as proposed",
    "wizard.waves.together": "No, all servers in one wave",
    "wizard.ask.windows": "When may servers be stopped?",
    "wizard.why.windows": (
        "You say the word for each wave yourself, at the hour that suits you. A window also keeps a word that was "
        "given from stopping anything outside its hours"
    ),
    "wizard.windows.any": "Whenever I say so",
    "wizard.windows.nights": "Only at night, from 22:00 to 06:00",
    "wizard.windows.weekend": "Only on Saturdays and Sundays",
    "wizard.windows.own": "In hours that I name",
    "wizard.ask.window": "Which hours? (example: sat,sun 20:00-06:00 Europe/Paris)",
    "wizard.ask.put-off": "You have put off {count} decision{s}. Decide now?",
    "wizard.why.put-off": "Losses that nobody has agreed to are in the report as open. The move can begin all the same",
    "wizard.put-off.go-on": "No, go on: nothing is agreed to",
    "wizard.ask.blocked": "The move cannot begin: {count} obstacle{s} left. What next?",
    "wizard.why.blocked": (
        "Mend it on the cloud, such as a quota that is too small, then scan again; or decide on it here"
    ),
    "wizard.blocked.decide": "Decide now",
    "wizard.blocked.scan": "It is mended: scan again",
    "wizard.leave-now": "Leave, and come back later",
    # ------------------------------------------------ the move
    "wizard.ask.move": "Begin the move? Everything is copied while your servers run, and none is stopped",
    "wizard.why.move": (
        "This is the first time that anything is created: temporary copies at the old cloud, which are removed again, "
        "and your things at the new one, which cost money from then on. It can be interrupted at any time, also by a "
        "computer that sleeps"
    ),
    "wizard.move.yes": "Begin",
    "wizard.ask.wave": "Stop these servers now and move them? To say so, type the name of their wave: {word}",
    "wizard.why.wave": (
        "They are stopped at the old cloud, read one last time, started at the new one, and checked. They can go back: "
        "`decamp rollback {wave}`, until somebody accepts them. Put it off if the hour does not suit"
    ),
    "wizard.wave.stops": "all of these stop at the old cloud: {servers}",
    "wizard.wave.lasts": "they are down for about {even_s} (even odds), in nine cases of ten for less than {sure_s}",
    "wizard.ask.trouble": "`decamp {command}` did not succeed, and said why above. What next?",
    "wizard.why.trouble": (
        "Trying again continues where it stopped. Scan again if something was changed on the old cloud since the last "
        "scan. Nothing that is done is done twice"
    ),
    "wizard.trouble.again": "Try again",
    "wizard.trouble.scan": "Something has changed there: scan again",
    "wizard.end.waves": (
        "Still at the old cloud because you put them off: {waves}. Come back with the same command when it suits"
    ),
    "wizard.end.rolled-back": (
        "The wave {wave} was rolled back and runs at the old cloud. To move it again: `decamp scan`, `decamp plan`, "
        "then the wizard"
    ),
    # ------------------------------------------------ proof
    "wizard.ask.clean": "Remove {count} temporary copies of Decamp's own?",
    "wizard.why.clean": (
        "They cost money and are of no further use. Only what Decamp itself made for a moment is removed"
    ),
    "wizard.clean.yes": "Remove them",
    "wizard.clean.no": "Keep them for now",
    "wizard.end.done": (
        "Everything is moved, and compared without a difference. The evidence is in evidence/verify.json; old and new "
        "addresses are in reports/addresses.csv; the report in reports/ lists what is left to do by hand. Keep this "
        "folder until the old cloud is gone. Look at your servers: as long as nobody has accepted them, `decamp "
        "rollback WAVE` starts them at the old cloud again; once all is well, `decamp accept WAVE`"
    ),
    "wizard.end.differences": (
        "Everything is moved, but verification found differences, shown above and in the report. Do not switch "
        "anything off yet; docs/runbooks/when-verify-says-different.md says what to do"
    ),
    # ------------------------------------------------ wrong answers
    "wizard.wrong.choice": "{value} is not one of the answers: type a number from 1 to {count}",
    "wizard.wrong.word": "to say yes, type {word} exactly; to say no, type s or q",
    "wizard.wrong.empty": "an answer is needed here; ? explains the question",
    "wizard.wrong.date": (
        "{value} cannot be read as a date: write year, month and day, such as {example}, or {example} 00:00 "
        "Europe/Paris"
    ),
    "wizard.wrong.past": "{value} is in the past: write the day of the switch-off, such as {example}",
    "wizard.wrong.skipped": (
        "{value} does not exist: clocks go forward over that hour. Ask which hour is meant, and write that as the date"
    ),
    "wizard.wrong.offset": "{value} has not the offset of its time zone at that time: write only one of the two",
    "wizard.wrong.twice": (
        "{value} comes twice, as clocks go back. Write {first} for the earlier, or {second} for the later one, as the "
        "date"
    ),
    "wizard.wrong.zone": "{value} is not a time zone: write one such as Europe/Paris or UTC",
    "wizard.wrong.window": "{value} names no hours: write them as sat,sun 20:00-06:00 Europe/Paris",
    "wizard.wrong.address": "{value} is not a web address: write it as https://auth.example.com/v3",
    "fact.why.login-key": "the wizard does not write {name}, which could send a password elsewhere",
    "fact.why.login-file": "the wizard does not write such a file, which the SDK would read",
    "fact.why.rc-too-large": "it is far larger than an RC file",
}
