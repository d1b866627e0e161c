"""What the harness makes of its measurements, and how it measures; no cloud is asked."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.objects_bench.awkward import Item
from tests.objects_bench.course import AGAIN, BARE, COPY, Result
from tests.objects_bench.document import table, write_section
from tests.objects_bench.judge import ADDED, CHANGED, KEPT, LOST, Verdict, by_item
from tests.objects_bench.loads import LOADS
from tests.objects_bench.measure import Usage
from tests.objects_bench.results import rows

ROOT = Path(__file__).parents[2]


def result(tool: str, cpu_s: float, what: str = COPY) -> Result:
    return Result(tool, what, cpu_s * 2, cpu_s, 60.0, 9.0, Counter(GET=5000, HEAD=1), Counter())


def test_a_row_tells_medians_and_how_often_our_cpu_goes_into_the_best_peers() -> None:
    ours = [result("decamp", cpu) for cpu in (1.0, 1.5, 9.0)] + [result("decamp", 0.5, BARE)]
    peers = [result("rclone", cpu) for cpu in (9.0, 8.0, 7.0)] + [result("rclone-lean", 6.0)]
    told = rows([*peers, *ours, result("rclone", 44.0, AGAIN)])
    assert [row[0] for row in told] == [
        "decamp: copy", "rclone: copy", "rclone-lean: copy", "rclone: again, nothing to do", "decamp: bare start",
    ]  # fmt: skip
    assert told[0][1:4] == ["3.0 s", "1.50 s (1.00–9.00)", "4.0 times as much; 6.0 without the bare start"]
    assert told[1][3] == "" and told[2][2] == "6.00 s"
    assert told[0][6:] == ["GET 5,000, HEAD 1", "nothing"]


def test_a_section_is_written_between_its_markers_and_over_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "document.md"
    file.write_text("# Title\n\n<!-- one -->\n<!-- /one -->\n\nThe end.\n")
    for text in ("first\n", r"second \1", "third"):
        write_section(file, "one", text)
    assert file.read_text() == "# Title\n\n<!-- one -->\nthird\n<!-- /one -->\n\nThe end.\n"
    write_section(file, "two", table(["a"], [["b|c"]]))
    assert file.read_text().endswith("The end.\n\n<!-- two -->\n| a |\n| --- |\n| b\\|c |\n<!-- /two -->\n")


def measured_by_a_small_process(*command: str) -> Usage:
    """As whoever measures has to be small, and a pytest that has run a while is not."""
    script = (
        "import json, os, sys; from tests.objects_bench.measure import measured; "
        "print(json.dumps(measured(sys.argv[1:], os.environ)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, *command], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return Usage(*json.loads(told.stdout))


def test_a_process_is_measured_with_its_children_and_its_memory() -> None:
    child = (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'x = b\"1\" * 2**28; sum(range(2_000_000))'])"
    )
    used = measured_by_a_small_process(sys.executable, "-c", child)
    assert used.status == 0 and used.cpu_s > 0.05 and used.wall_s > 0
    assert 256 < used.peak_mib < 400
    failed = measured_by_a_small_process(sys.executable, "-c", "print('told'); raise SystemExit(3)")
    assert (failed.status, failed.output) == (3, "told\n")


def test_an_item_is_as_bad_as_the_worst_that_befell_it() -> None:
    def of(name: str, aspect: str, verdict: str) -> Verdict:
        return Verdict("c", name, aspect, verdict, "", "")

    verdicts = [
        of("a", "there", KEPT), of("a", "metadata", LOST), of("a", "content", CHANGED), of("b", "there", KEPT),
        of("b", "metadata", ADDED),
    ]  # fmt: skip
    items = [
        Item("all", "c", "a"),
        Item("content", "c", "a", ("content",)),
        Item("b", "c", "b"),
        Item("none", "c", "x"),
    ]
    assert [(row, verdict) for row, verdict, _ in by_item(items, verdicts)] == [
        ("all", LOST), ("content", CHANGED), ("b", KEPT), ("none", LOST),
    ]  # fmt: skip
    assert by_item([Item("b", "c", "a"), Item("b", "c", "b")], verdicts)[0][1] == LOST


def test_loads_are_named_as_people_count() -> None:
    assert [load.title for load in LOADS.values()] == ["5,000 × 4 KiB", "200 × 1 MiB", "2 × 1 GiB"]
    small = LOADS["small"]
    assert len(set(small.names())) == small.count
    assert b"".join(small._content("x")) == b"".join(small._content("x")) != b"".join(small._content("y"))
