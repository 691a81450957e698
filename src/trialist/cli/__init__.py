"""The command line: parses input, calls one function, renders."""

EXIT_DONE = 0
EXIT_PROBLEMS = 1
EXIT_BAD_INPUT = 2
EXIT_FAILED = 3
