"""What is wrong with an installation, and what to do about it: one part a module, each looked at by itself."""
