"""Copies objects from cloud to cloud: a container pass, a range of its names, one object, one in parts.

Resumes from existing copies; memory use does not grow with the container; a server or a digest rejects changed bytes.
migrate.verify never imports this package, so that copies are checked independently.
"""
