"""Reports for decision makers: one view of each topic, and a template for each kind of reader.

`summary.py` builds the state of the move from plan, ledger, findings and evidence; `totals_and_steps.py` totals, groups
and steps; `forecast_view.py` the view of the forecast. They hold values and phrase keys. `words.py` writes values in
English or French; templates turn them into a page (`html.py`) or Markdown (`markdown.py`) with the same facts.
`as_json.py` has the same without words; each number of the page refers to its place there. `charts.py` draws the
charts.
"""
