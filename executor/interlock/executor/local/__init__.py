"""Projects on a developer's machine: what one begins with, cases and how they are run, and what was saved."""
