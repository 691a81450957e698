"""Rules over a whole protocol, by subject; `protocol.check` lists them."""
