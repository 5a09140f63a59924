"""Forms of the school's work. They parse and keep what was typed; the rules are the domain's."""
