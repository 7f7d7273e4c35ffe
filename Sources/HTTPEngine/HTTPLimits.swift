package import Wire

/// Bounds of what clients may take from the HTTP boot plane; the defaults suit an appliance with hundreds of machines.
package struct HTTPLimits: Sendable {
    /// Connections open at once. New ones take the room of those that rest; when none does, they wait in the kernel's queue.
    /// Each may need two descriptors, its own and a file's.
    package var connections = 16_384
    /// Of one address, which may be that of a whole rack behind NAT; more are closed at once.
    package var connectionsPerClient = 1024
    /// From the first octet of a request to the end of its fields.
    package var headTime = TimeSpan.seconds(10)
    /// A connection that has asked for nothing, or taken nothing, for so long is closed. The kernel shows what a client
    /// takes in steps of up to a third of a socket buffer (about 1 MB), so 60 seconds demand some 15 KB/s.
    package var idleTime = TimeSpan.seconds(60)
    /// What downloads under way get to finish when the engine stops.
    package var stopTime = TimeSpan.seconds(3)
    /// Threads that serve connections.
    package var eventLoops = 2
    /// Threads that open files, so that a slow disk stops nobody but those who ask for something that is on it.
    package var openers = 16
    /// Those of them that one place may keep (`NameResolution.place`).
    package var openersPerPlace = 4
    /// Octets of request body that are read and thrown away; more is answered with 413.
    package var requestBody = 65_536

    package init() {}
}
