"""In which order checks are made, how often, and when it is over."""

from migrate.health.carry_out import carry_out
from migrate.health.results import Failure, HealthResult, failed
from migrate.messages import codes
from migrate.messages.catalogue import placeholders, texts
from migrate.model.health_checks import ActiveCheck, AnyCheck, ConsoleCheck, TcpCheck

ACTIVE = ActiveCheck(retries=2, interval_s=7)
PORT = TcpCheck(port=22, retries=3, interval_s=5)
REFUSED = failed(codes.HEALTH_PORT, address="192.0.2.1", port=22, seen="refused")


class Course:
    """Answers in their order; the last one is given for ever."""

    def __init__(self, *answers: Failure | None) -> None:
        self.answers, self.asked, self.pauses = list(answers), list[str](), list[float]()

    def probe(self, check: AnyCheck) -> Failure | None:
        self.asked.append(check.kind)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def run(self, *checks: AnyCheck) -> tuple[HealthResult, ...]:
        return carry_out(checks, self.probe, self.pauses.append, now=lambda: "now", address_of=lambda _check: "there")


def test_checks_are_made_in_their_order() -> None:
    course = Course(None)
    found = course.run(PORT, ACTIVE)
    assert course.asked == ["tcp", "active"] and course.pauses == []
    assert [(one.check, one.tries, one.passed, one.address) for one in found] == [
        ("tcp", 1, True, "there"),
        ("active", 1, True, "there"),
    ]


def test_a_check_is_tried_until_it_passes() -> None:
    course = Course(REFUSED, REFUSED, None)
    (found,) = course.run(PORT)
    assert (found.passed, found.tries, course.pauses) == (True, 3, [5, 5])
    assert (found.code, found.facts) == ("", {})


def test_the_first_that_fails_ends_all_after_its_retries() -> None:
    course = Course(REFUSED)
    (found,) = course.run(PORT, ACTIVE)
    assert course.asked == ["tcp"] * 4 and course.pauses == [5, 5, 5]
    assert (found.passed, found.tries, found.code) == (False, 4, codes.HEALTH_PORT)
    assert found.facts == {"address": "192.0.2.1", "port": "22", "seen": "refused"}


def test_what_cannot_become_better_is_not_tried_again() -> None:
    course = Course(REFUSED._replace(is_final=True))
    (found,) = course.run(PORT)
    assert (found.tries, course.pauses) == (1, [])


def test_without_retries_there_is_one_try() -> None:
    course = Course(REFUSED)
    assert [one.tries for one in course.run(ConsoleCheck(matches="x", retries=0))] == [1] and course.pauses == []


def test_each_text_says_which_check_how_often_and_of_what() -> None:
    """A failure's facts get `name` and `tries` where the step fails."""
    names = [
        code for name, code in vars(codes).items() if name.startswith("HEALTH_") and code < codes.REFERENCE_UNLISTED
    ]
    assert len(names) == 12
    for code in names:
        assert {"name"} <= placeholders(texts("en")[code]), code
        assert "health check" in texts("en")[code] and "contrôle" in texts("fr")[code].lower(), code
