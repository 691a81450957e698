"""Tables, figures and pages as queries over findings and the protocol. Nothing is computed here."""
