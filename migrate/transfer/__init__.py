"""Copying bytes: disks from images into the store and out of it again, objects from cloud to cloud.

Everything here is resumable by looking at what is there, keeps memory flat as the data grows, and lets a server or a
digest refuse bytes that differ. What was copied is judged elsewhere: migrate.verify never imports this room.
"""
