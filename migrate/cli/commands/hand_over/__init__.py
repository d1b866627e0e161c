"""Commands that make one file of a workspace, for support or for another machine."""
