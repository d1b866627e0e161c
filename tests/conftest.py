"""Property tests draw the same examples each time, so that a run of the tests means the same thing twice."""

from hypothesis import settings

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")

pytest_plugins = ["tests.faults.fixtures", "tests.skips"]
