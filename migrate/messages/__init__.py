"""What people read: one clear sentence per code, and the phrases of screens and reports, in English and in French.

`codes/` is every code with its level, facts and sentence; `catalogue.py` fills a text; `phrases_en.py` and
`phrases_fr.py` hold the words of the command line and of the reports.
"""
