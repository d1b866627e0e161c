"""What happened, for whoever decides: one view of each thing told, and a template for each reader.

`summary.py` draws what moved and how it went from plan, ledger, findings and evidence; `totals_and_steps.py`
totals, groups and steps; `forecast_view.py` what is said of the forecast. They hold values and phrase keys.
`words.py` writes values in English or in French; the templates put them into a page (`html.py`) or into Markdown
(`markdown.py`), with the same facts. `as_json.py` is the same without words; a number of the page says where it stands
there. `charts.py` draws what Jinja2 cannot.
"""
