"""What a test launch has left at the target, in one sentence, for `status` and `clean`."""

from migrate.cli.context import App
from migrate.execute.test_launch.launch_turn import LaunchLeft


def left_text(app: App, left: LaunchLeft) -> str:
    """Until when it is kept, or since when it is only left; empty for one that is under way."""
    if left.is_over:
        return app.say("launch.over" if left.until else "launch.is-left", name=left.name, at=left.until)
    return app.say("launch.until", name=left.name, at=left.until) if left.until else ""


def holds_text(app: App, left: LaunchLeft) -> str:
    """That no server is stopped meanwhile, and the command that removes it."""
    return app.say("launch.holds", name=left.name, command=f"{app.prefix} {left.command}")
