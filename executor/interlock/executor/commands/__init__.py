"""The commands of `interlock`, one a module: what each is given, what it does with it and what it prints."""
