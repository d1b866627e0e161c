"""What keeps a workspace and its store to their owner: who may read the folder, and the key of the store."""
