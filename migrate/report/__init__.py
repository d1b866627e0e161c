"""What happened, for whoever decides: one view of each thing told, and a template for each reader.

`summary.py` draws what moved and how it went from plan, ledger, findings and evidence; `story.py` totals, groups and
steps beside it; `forecast_view.py` what there is to say of the forecast. They hold values and the keys of phrases.
`words.py` writes values in English or in French; the templates put them into a page (`html.py`) or into Markdown
(`markdown.py`), with the same facts. `as_json.py` is the same without words; a number of the page says where it stands
there. `charts.py` draws what Jinja2 cannot.
"""
