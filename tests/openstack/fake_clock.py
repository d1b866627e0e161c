"""Time that passes only where somebody waits for it."""


class Clock:
    """Seconds that go on with each wait; `waits` are kept."""

    def __init__(self) -> None:
        self.now, self.waits = 1000.0, list[float]()

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
