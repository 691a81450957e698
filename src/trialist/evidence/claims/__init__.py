"""What documents claim: a document -> claims, each with the words that say it."""
