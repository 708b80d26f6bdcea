import Testing

/// Tests with real processes: the command as it is built, Debian's nginx. One after the other: some measure time.
@Suite(.serialized) struct EndToEndTests {}
