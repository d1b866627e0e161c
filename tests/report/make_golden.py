"""Makes the golden reports anew, after a change that is meant: `python -m tests.report.make_golden`.

One of each example of `plans/` before anything is done, in its policy's language, and one of a migration that is half
done; the case that Decamp was made for, and the half-done one, in both. `test_html.py` holds both languages of all.
"""

from pathlib import Path

from migrate.cli.commands.report import render
from tests.report.examples import EXAMPLES, MADE_AT, example, foretold, half_way

GOLDEN = Path(__file__).parent / "golden"
HALF_WAY = "works"
BOTH = {"cloudwatt-to-flexible-engine"}


def reports() -> dict[str, str]:
    """File name -> content."""
    made = {}
    for lang in ("en", "fr"):
        for name in EXAMPLES:
            case = example(name)
            if name in BOTH or lang == case.policy.language:
                made[f"{name}.{lang}.html"] = render(*foretold(case), "html", lang, MADE_AT)
        made[f"{HALF_WAY}-half.{lang}.html"] = render(*half_way(example(HALF_WAY)), "html", lang, MADE_AT)
    return made


def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for path in GOLDEN.glob("*.html"):
        path.unlink()
    for name, content in reports().items():
        (GOLDEN / name).write_text(content)


if __name__ == "__main__":
    main()
