"""Where the graph runs: on this machine, on Prism, on a Flink cluster, on Dataflow."""
