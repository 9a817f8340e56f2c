"""The program: options, graph, runner, commands."""
