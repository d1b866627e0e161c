"""Objects from cloud to cloud: a pass over a container, one range of its names, one object, one in parts.

Resumable by looking at what is there; memory stays flat as a container grows; a server or a digest refuses bytes that
differ. What was copied is judged elsewhere: migrate.verify never imports this package.
"""
