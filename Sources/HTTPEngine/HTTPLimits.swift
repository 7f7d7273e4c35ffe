package import Wire

/// Bounds of what clients may take from the HTTP boot plane; the defaults suit an appliance with hundreds of machines.
package struct HTTPLimits: Sendable {
    /// Connections open at once. More are not accepted until one closes; they wait in the kernel's queue.
    package var connections = 4096
    /// A connection that has asked for nothing, or taken nothing, for so long is closed. The kernel shows what a client
    /// takes in steps of up to a third of a socket buffer (about 1 MB), so 60 seconds demand some 15 KB/s.
    package var idleTime = TimeSpan.seconds(60)
    /// What downloads under way get to finish when the engine stops.
    package var stopTime = TimeSpan.seconds(3)
    /// Threads that serve connections.
    package var eventLoops = 2
    /// Threads that open files, so that a slow disk stops nobody but those who ask for something that is on it.
    package var openers = 4
    /// Octets of request body that are read and thrown away; more is answered with 413.
    package var requestBody = 65_536

    package init() {}
}
