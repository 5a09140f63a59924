"""What a round's pages show, read and put together; writes nothing."""
