"""`python -m interlock.executor` is the command `interlock`."""

from interlock.executor.main import main

main()
