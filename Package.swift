// swift-tools-version: 6.3
import PackageDescription

// The house of Pilotfish. A target's dependency list is its row in the map of README.md: arrows point down only, and
// `--explicit-target-dependency-import-check error` (see Packaging/lib/build.sh) makes the compiler prove it.

/// Settings of every Swift target.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// Settings of the pure rooms: standard library only, every unsafe load marked where it stands.
let pure: [SwiftSetting] = strict + [.strictMemorySafety()]

/// The rooms that hand out views of borrowed memory (`~Escapable`) annotate how long they live.
let lifetimes = SwiftSetting.enableExperimentalFeature("Lifetimes")

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let tomlKit = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")

/// The HTTP server of the console, and its TLS.
let hummingbird: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"), .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HummingbirdTLS", package: "hummingbird"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
]

/// The modules of SwiftNIO that the HTTP boot plane stands on.
let nio: [Target.Dependency] = ["NIOCore", "NIOPosix", "NIOHTTP1"].map { .product(name: $0, package: "swift-nio") }

let package = Package(
    name: "pilotfish",
    products: [
        .executable(name: "pilotfish", targets: ["pilotfish"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        // 6  The command line and the composition root.
        .executableTarget(
            name: "pilotfish",
            dependencies: [
                "Wire", "BootPolicy", "Fleet", "LinuxIO", "Settings", "Inventory", "Confinement", "Assets",
                "Exchange", "DHCPEngine", "TFTPEngine", "HTTPEngine", "TFTPClients", "Simulation", "Transfers",
                "ControlPlane", "Media", "Fetching", "Hooks", "Mirroring", "Sessions", "Doctor", "Console",
                argumentParser,
            ],
            swiftSettings: strict
        ),

        // 5  Everything that may be slow.
        .target(
            name: "ControlPlane",
            dependencies: [
                "Wire", "BootPolicy", "Fleet", "LinuxIO", "Media", "Templates", "Passwords", "Settings", "Inventory",
                "Assets", "Exchange", "Fetching", "Hooks", "Sessions", "Simulation",
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Console", dependencies: ["Wire", "LinuxIO", logging] + nio + hummingbird,
            resources: [.embedInCode("Page/page.html"), .embedInCode("Page/openapi.json")], swiftSettings: strict),

        // 4  One engine per protocol: receive, ask policy, send.
        .target(
            name: "DHCPEngine",
            dependencies: ["Wire", "BootPolicy", "LinuxIO", "Exchange"],
            swiftSettings: strict
        ),
        .target(
            name: "TFTPEngine",
            dependencies: ["Wire", "BootPolicy", "Transfers", "LinuxIO", "Assets", "Exchange"],
            swiftSettings: strict
        ),
        .target(
            name: "Mirroring", dependencies: ["Wire", "BootPolicy", "LinuxIO", "Assets", "Exchange", "Fetching"],
            swiftSettings: strict),
        .target(name: "TFTPClients", dependencies: ["Wire", "Transfers", "LinuxIO"], swiftSettings: strict),
        .target(
            name: "Simulation", dependencies: ["Wire", "BootPolicy", "Transfers", "LinuxIO", "Assets"],
            swiftSettings: strict),
        .target(
            name: "Doctor", dependencies: ["Wire", "BootPolicy", "LinuxIO", "Settings", "Assets"], swiftSettings: strict
        ),
        .target(
            name: "HTTPEngine",
            dependencies: ["Wire", "BootPolicy", "LinuxIO", "Assets", "Exchange"] + nio,
            swiftSettings: strict
        ),

        // 3  What the engines and the control plane stand on.
        .target(name: "Settings", dependencies: ["Wire", "BootPolicy", "Fleet", tomlKit], swiftSettings: strict),
        .target(name: "Inventory", dependencies: ["Wire", "BootPolicy", "Fleet", grdb], swiftSettings: strict),
        .target(name: "Confinement", dependencies: ["LinuxIO", "CLibcap", "CSeccomp"], swiftSettings: strict),
        .target(
            name: "Assets", dependencies: ["Wire", "BootPolicy", "Fleet", "LinuxIO", "Media", "Templates"],
            swiftSettings: strict),
        .target(name: "Sessions", dependencies: ["Wire", "BootPolicy"], swiftSettings: pure),
        .target(name: "Exchange", dependencies: ["Wire", "BootPolicy"], swiftSettings: strict),
        .target(
            name: "Fetching", dependencies: ["Wire", "LinuxIO", "CCurl"],
            swiftSettings: strict + [lifetimes]),
        .target(name: "Hooks", dependencies: ["Wire", "LinuxIO"], swiftSettings: strict),

        // 2  Pure policy, the sans-I/O TFTP machine, media as octets, templates, and the kernel.
        .target(name: "BootPolicy", dependencies: ["Wire"], swiftSettings: pure),
        .target(name: "Transfers", dependencies: ["Wire"], swiftSettings: pure),
        .target(name: "Fleet", dependencies: ["Wire"], swiftSettings: pure),
        .target(name: "Media", swiftSettings: pure),
        .target(name: "Passwords", dependencies: ["CCrypt"], swiftSettings: strict),
        .target(name: "Templates", dependencies: [mustache], swiftSettings: strict),
        .target(name: "LinuxIO", dependencies: ["Wire", "CLinuxNet"], swiftSettings: strict + [lifetimes]),

        // 1  Bytes and their meaning.
        .target(name: "Wire", swiftSettings: pure + [lifetimes]),

        // 0  C: what Glibc's module does not show, and three system libraries.
        .target(
            name: "CLinuxNet",
            cSettings: [.define("_GNU_SOURCE"), .treatAllWarnings(as: .error)]
        ),
        .systemLibrary(name: "CLibcap", pkgConfig: "libcap", providers: [.apt(["libcap-dev"])]),
        .systemLibrary(name: "CCrypt", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev", "libcrypt-dev"])]),
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),

        // Tests, layered: tables and golden packets, state machines on a virtual clock, the kernel, the house itself.
        .target(name: "Support", dependencies: ["Wire"], path: "Tests/Support", swiftSettings: strict),
        .target(name: "StandIns", dependencies: ["LinuxIO"], path: "Tests/StandIns", swiftSettings: strict),
        // The bodies of the fuzzers, for every test run; Packaging/fuzz builds libFuzzer's programs of the same files.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "BootPolicy", "Media", "Templates", "Transfers", "Wire", "Fetching", "Mirroring", "HTTPEngine",
                "ControlPlane", "Simulation", "Assets", "LinuxIO", "Settings", "Doctor", "Console", "Support",
            ],
            path: "Tests/Fuzz/Targets", swiftSettings: strict),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"], swiftSettings: strict),
        .testTarget(
            name: "WireTests", dependencies: ["Wire", "Support"],
            swiftSettings: strict + [lifetimes]),
        .testTarget(name: "BootPolicyTests", dependencies: ["BootPolicy", "Wire", "Support"], swiftSettings: strict),
        .testTarget(name: "TransfersTests", dependencies: ["Transfers", "Wire", "Support"], swiftSettings: strict),
        .testTarget(name: "FleetTests", dependencies: ["Fleet", "Wire", "Support"], swiftSettings: strict),
        .testTarget(name: "MediaTests", dependencies: ["Media", "Support"], swiftSettings: strict),
        .testTarget(name: "PasswordsTests", dependencies: ["Passwords"], swiftSettings: strict),
        .testTarget(name: "TemplatesTests", dependencies: ["Templates"], swiftSettings: strict),
        .testTarget(name: "SettingsTests", dependencies: ["Settings", "BootPolicy", "Wire"], swiftSettings: strict),
        .testTarget(
            name: "AssetsTests", dependencies: ["Assets", "LinuxIO", "BootPolicy", "Media", "Wire"],
            swiftSettings: strict),
        .testTarget(name: "ExchangeTests", dependencies: ["Exchange", "BootPolicy", "Wire"], swiftSettings: strict),
        .testTarget(
            name: "ConfinementTests", dependencies: ["Confinement", "LinuxIO", "CLibcap", "StandIns"],
            swiftSettings: strict),
        .testTarget(name: "FetchingTests", dependencies: ["Fetching", "LinuxIO", "Wire"], swiftSettings: strict),
        .testTarget(name: "HooksTests", dependencies: ["Hooks", "LinuxIO", "Wire"], swiftSettings: strict),
        .testTarget(name: "LinuxIOTests", dependencies: ["LinuxIO", "Wire", "Support"], swiftSettings: strict),
        .testTarget(
            name: "InventoryTests", dependencies: ["Inventory", "BootPolicy", "Fleet", "Wire", grdb],
            swiftSettings: strict),
        .testTarget(
            name: "MirroringTests",
            dependencies: ["Mirroring", "Fetching", "Assets", "Exchange", "LinuxIO", "BootPolicy", "Wire"],
            swiftSettings: strict),
        .testTarget(
            name: "HTTPEngineTests",
            dependencies: ["HTTPEngine", "Assets", "Exchange", "LinuxIO", "BootPolicy", "Wire"] + nio,
            swiftSettings: strict),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "DHCPEngine", "TFTPEngine", "Assets", "Exchange", "LinuxIO", "BootPolicy", "Transfers", "Wire",
                "Support",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TFTPClientsTests", dependencies: ["TFTPClients", "LinuxIO", "Transfers", "Wire"],
            swiftSettings: strict),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["Simulation", "Assets", "LinuxIO", "BootPolicy", "Wire", "Support"],
            swiftSettings: strict),
        .testTarget(
            name: "ControlPlaneTests",
            dependencies: [
                "ControlPlane", "Exchange", "Fetching", "Hooks", "Inventory", "Settings", "Assets", "LinuxIO",
                "Simulation", "BootPolicy", "Fleet", "Media", "Wire", "Support", grdb,
            ],
            swiftSettings: strict),
        .testTarget(name: "SessionsTests", dependencies: ["Sessions", "BootPolicy", "Wire"], swiftSettings: strict),
        .testTarget(
            name: "DoctorTests", dependencies: ["Doctor", "Settings", "Assets", "LinuxIO", "BootPolicy", "Wire"],
            swiftSettings: strict),
        .testTarget(name: "ConsoleTests", dependencies: ["Console", "LinuxIO", "Wire"] + nio, swiftSettings: strict),
        .testTarget(
            name: "CommandLineTests",
            dependencies: [
                "pilotfish", "BootPolicy", "Confinement", "LinuxIO", "Settings", "Wire", "StandIns", argumentParser,
            ],
            swiftSettings: strict),
        .testTarget(name: "HouseTests", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
