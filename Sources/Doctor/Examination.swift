package import BootPolicy
import LinuxIO
package import Settings
import Wire

/// Looks at this host as it is, area by area, and judges what it finds.
package struct Examination {
    private let settings: Settings
    private let catalog: Catalog
    private let account: Account
    private let service: ServiceState

    /// What the service said of itself.
    package struct ServiceState: Sendable {
        /// Nil when nobody answered.
        package var mode: ServiceMode?
        /// Why nobody answered.
        package var silence: String

        package init(mode: ServiceMode?, silence: String = "") {
            self.mode = mode
            self.silence = silence
        }
    }

    /// - Parameters:
    ///   - settings: as the service reads them.
    ///   - catalog: made of those.
    ///   - account: what the service becomes.
    package init(settings: Settings, catalog: Catalog, account: Account, service: ServiceState) {
        self.settings = settings
        self.catalog = catalog
        self.account = account
        self.service = service
    }

    /// Everything about an area but the LAN, which takes asking around; that is for who can send packets.
    package func findings(_ area: Finding.Area) -> [Finding] {
        switch area {
        case .service: serviceFindings
        case .ports:
            PortCheck(PortFacts.collect(PortCheck.ports(settings)), settings: settings, isRunning: service.mode != nil)
                .findings
        case .firewall: firewallFindings
        case .interfaces:
            interfaces.map { InterfaceCheck($0, settings: settings).findings } ?? [Self.noInterfaces(area)]
        case .files: FileCheck(settings: settings, catalog: catalog, account: account) { PathFacts.look($0) }.findings
        case .loaders:
            LoaderCheck(settings: settings, catalog: catalog, account: account) { PathFacts.look($0) }.findings
        case .disk:
            DiskFacts.collect(settings.state)?.findings ?? [
                .notLooked(area, "\(settings.state): nothing is known of its disk")
            ]
        case .host: hostFindings
        case .lan: []
        }
    }

    /// The interfaces that are served.
    package var served: [String] {
        interfaces.map { InterfaceCheck($0, settings: settings).served.map(\.name) } ?? []
    }

    private var interfaces: InterfaceFacts? { try? InterfaceFacts.collect() }

    private static func noInterfaces(_ area: Finding.Area) -> Finding {
        .notLooked(area, "the kernel did not tell its interfaces")
    }

    private var serviceFindings: [Finding] {
        switch service.mode {
        case nil:
            [
                Finding(
                    .serviceSilent, service.silence,
                    command: "systemctl status pilotfish; journalctl -u pilotfish -n 20")
            ]
        case .observe?:
            [Finding(.serviceObserves, "the mode is \"observe\": nobody is answered", command: "pilotfish arm")]
        case .frozen?: [Finding(.serviceFrozen, "the mode is \"frozen\": no new boot begins", command: "pilotfish arm")]
        case .armed?: []
        }
    }

    private var firewallFindings: [Finding] {
        guard let interfaces else { return [Self.noInterfaces(.firewall)] }
        let (firewall, gaps) = FirewallSource.read()
        let served = InterfaceCheck(interfaces, settings: settings).served.map { interface in
            FirewallCheck.ServedInterface(
                name: interface.name, isBridge: interfaces.bridges[interface.name] != nil,
                network: interface.networks.first)
        }
        let check = FirewallCheck(
            firewall, settings: settings, interfaces: served, ephemeral: interfaces.ephemeral)
        return check.findings + gaps
    }

    private var hostFindings: [Finding] {
        let ports = PortFacts.collect(PortCheck.ports(settings))
        return HostFacts.collect(service: ports.service, files: [settings.state, settings.root]).findings
    }
}
