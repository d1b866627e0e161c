"""Errors: a workspace that is watched, sent to support, or moved to another machine."""

from migrate.messages.codes.registry import error

LEDGER_GONE = error(
    "DCP-280",
    exits=(2,),
    en=(
        "the ledger {path} was there a moment ago and is gone: without it, nobody knows what has been done, so put it "
        "back before the next run"
    ),
    fr=(
        "le registre {path} était là il y a un instant et a disparu : sans lui, nul ne sait ce qui a été fait, "
        "remettez-le donc en place avant la prochaine exécution"
    ),
)
