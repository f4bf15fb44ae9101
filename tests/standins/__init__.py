"""Stand-in servers for the platforms: real HTTP on loopback, the real servers' semantics."""
