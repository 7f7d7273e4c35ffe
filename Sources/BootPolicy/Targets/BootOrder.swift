/// What a machine is to boot, as it was decided when it was last answered; kept for the scripts and configurations that it
/// asks for later.
package struct BootOrder: Hashable, Sendable {
    /// The target or menu that a rule or a webhook named; nil for the usual one.
    package var name: String?
    /// What a webhook made up for this machine; it wins over a name.
    package var made: BootTarget?
    /// Added to the kernel's command line, whatever is booted.
    package var arguments = ""
    /// Over those of the settings.
    package var variables: [String: VariableValue] = [:]
    /// Shown before the boot, by loaders that can.
    package var message = ""

    package init(name: String? = nil) {
        self.name = name
    }

    /// Nothing out of the ordinary.
    package static let usual = BootOrder()
}
