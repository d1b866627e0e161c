"""What people read: one clear sentence per code, and the phrases of screens and reports, in English and in French.

`catalogue.py` fills a text; `en.py` and `fr.py` hold the texts of the codes, `phrases_en.py` and `phrases_fr.py`
the words of the command line and of the reports. Imports nothing of ours.
"""
