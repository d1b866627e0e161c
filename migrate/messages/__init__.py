"""All texts for people: one sentence per code, and the phrases of screens and reports, in English and French.

`codes/` has every code with its level, facts and sentence; `catalogue.py` fills in a text; `phrases_en.py` and
`phrases_fr.py` hold the phrases of the command line, `report_en.py` and `report_fr.py` those of the reports.
"""
