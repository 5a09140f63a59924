"""What pages show, read once per request and in constant queries; nothing here writes."""
