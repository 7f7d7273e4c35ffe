extension Conflict.Kind {
    /// One line.
    package var summary: String { text.summary }

    /// What it means and what to do, for `pilotfish explain`. What is seen of a machine, and with whose names, its screen and
    /// `pilotfish list --new` say.
    package var explanation: String { text.explanation }

    private var text: (summary: String, explanation: String) {
        switch self {
        case .clonedUUID:
            (
                "two machines show one UUID",
                """
                The UUID of the main board stands on another host's record, or other machines boot with it at the same time: images of virtual \
                machines are copied so, and some makers give all boards one UUID. Nobody is installed by it. Give the clone a UUID of its own, boot \
                it by network once, and adopt it under its name.
                """
            )
        case .swappedCard:
            (
                "a card of one host comes in another machine",
                """
                The card is on a host's record, and the machine around it shows another UUID. If its main board was replaced, adopt it under \
                its host's name, which renews the record. If the card was moved for good, release and forget that host and adopt the machine by another \
                name.
                """
            )
        case .sharedCard:
            (
                "a card goes from machine to machine",
                """
                A USB or Thunderbolt adapter, or a dock: it was seen with several UUIDs, so it tells nothing. Adopt each machine under its \
                name, and it is told by its UUID; or boot it by a card of its own.
                """
            )
        case .serialElsewhere:
            (
                "serial number and UUID are two hosts'",
                "Correct the serial number in the firmware or on the record. If boards were swapped, adopt both machines again."
            )
        case .oneMachineTwice:
            (
                "one machine has the cards of several hosts",
                """
                One UUID was seen with cards that belong to different hosts, so one machine would be installed twice. Forget all but one of them, and \
                give that one all of the cards ("pilotfish set HOST --card").
                """
            )
        case .unproven:
            (
                "something of a host's comes with a card that nobody knows",
                """
                If it is a further card of that host's machine, adopt it under the host's name; if not, under a name of its own.
                """
            )
        case .changed:
            (
                "a host's machine shows something new that contradicts its record",
                "If a part of it was replaced, adopt it under its name again, which renews the record."
            )
        case .doubleRecord:
            (
                "the inventory gives one mark to several hosts",
                "Take the mark off the records of all hosts but the one that has it."
            )
        }
    }
}
