"""What `decamp doctor` makes of what it has seen: a line for each check, ok, warning or problem.

Pure: the command looks at the machine and asks the clouds, and hands over what it found.
"""
