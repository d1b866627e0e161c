"""What people read: one clear sentence per code, and the phrases of screens and reports, in English and in French.

`catalogue.py` fills a text. The texts of the codes are in `migrate/messages/codes`; `phrases_en.py` and `phrases_fr.py` hold the
words of the command line and of the reports.
"""
