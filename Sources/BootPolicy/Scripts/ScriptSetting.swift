package import Wire

/// What a generated script or configuration may say of us, and of the machine that asks for it.
package struct ScriptSetting: Sendable {
    /// Our address, as the client reaches us.
    package var server: IPAddress
    /// `Catalog.baseURL`, likewise.
    private let usualURL: String
    package var requester: Requester
    /// Said before all else to whoever looks at the screen; empty for nothing.
    package var introduction = ""
    /// What the operator says of the machine, if he named it.
    package var machine: NamedMachine?
    /// The operator's own variables: of all machines, over them this one's, and over both what a webhook says.
    package let variables: [String: VariableValue]

    package init(
        server: IPAddress, baseURL: String, requester: Requester, machine: NamedMachine? = nil,
        variables: [String: VariableValue] = [:]
    ) {
        self.server = server
        usualURL = baseURL
        self.requester = requester
        self.machine = machine
        let named = machine.map { variables.merging($0.variables) { $1 } } ?? variables
        self.variables = named.merging(requester.order.variables) { $1 }
    }

    /// What URLs begin with; for a machine that is being installed, with its install.
    package var baseURL: String { installPath.isEmpty ? usualURL : "\(usualURL)/\(installPath)" }

    /// What the paths of files begin with for a machine that is being installed; empty for others.
    var installPath: String { requester.enrolment.map { InstallPath.directory(of: $0.token) } ?? "" }

    /// The same for a machine that boots as if there were no install.
    func leavingInstall() -> ScriptSetting {
        var other = self
        other.requester.enrolment = nil
        return other
    }

    /// The same for a machine that is to show something else before its boot.
    func saying(_ message: String) -> ScriptSetting {
        var other = self
        other.requester.order.message = message
        return other
    }

    /// The value of a variable as far as we know it ourselves; loaders may know more.
    package func value(of name: String) -> String? {
        if let own = variables[name] { return own.text }
        switch BootVariable(rawValue: name) {
        case .server: return server.urlHost
        case .base: return baseURL
        case .mac: return requester.hardware.map { "\($0)" }
        case .macDashed: return requester.hardware?.dashed
        case .bootif: return requester.hardware.map { "01-\($0.dashed)" }
        case .ip: return requester.address.isAny ? nil : "\(requester.address.withoutZone)"
        case .uuid: return machine?.uuid.map { "\($0)" }
        case .serial: return machine?.serial
        case .hostname: return machine?.name
        case .install: return requester.enrolment == nil ? nil : baseURL
        case nil: return nil
        }
    }

    /// A kernel's command line, with what was decided for this machine behind it.
    func arguments(of boot: LinuxBoot) -> VariableText {
        let added = requester.order.arguments
        if added.isEmpty { return boot.arguments }
        return VariableText(boot.arguments.isEmpty ? added : "\(boot.arguments.source) \(added)")
    }

    /// A text for a loader that has no variables of its own: what nobody knows is empty. An empty `BOOTIF=` would make an
    /// installer look for a network card of no address, so that word is left out.
    func filled(_ text: VariableText) -> String {
        let filled = text.replacing { value(of: $0) ?? "" }
        guard requester.hardware == nil, text.variables.contains(BootVariable.bootif.rawValue) else { return filled }
        return filled.split(separator: " ").filter { $0 != "BOOTIF=" }.joined(separator: " ")
    }
}

extension ScriptDialect {
    /// What a target or menu is in this language.
    package func render(_ entry: TargetBook.Entry, of book: TargetBook, _ setting: ScriptSetting) -> String {
        switch self {
        case .ipxe: IPXEScript.render(entry, of: book, setting)
        case .pxelinux: PXELINUXConfig.render(entry, of: book, setting)
        case .grub: GRUBConfig.render(entry, of: book, setting)
        }
    }
}

extension Catalog {
    /// What scripts may say to a client that reached us at `local`.
    package func setting(for requester: Requester, local: IPAddress) -> ScriptSetting {
        ScriptSetting(
            server: tftpHost(local: local), baseURL: baseURL(local: local), requester: requester,
            machine: machine(of: requester.hardware), variables: variables)
    }
}

extension MACAddress {
    /// `52-54-00-12-34-56`.
    var dashed: String { String(description.map { $0 == ":" ? "-" : $0 }) }
}
