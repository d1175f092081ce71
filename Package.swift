// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// Settings of every Swift target of ours: one language mode, no unsaid imports, no silent warning.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// The samples in the folder of each vendor: files of the tests, and no source. They are found, so that a new vendor changes
/// nothing here.
let vendorSamples: [String] = {
    let vendors = "\(Context.packageDirectory)/Sources/Vendors"
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: vendors)) ?? []
    return folders.sorted().map { "\($0)/Samples" }.filter { FileManager.default.fileExists(atPath: "\(vendors)/\($0)") }
}()

/// One row a target, from the lowest layer to the highest: an arrow that is not here cannot be written.
/// `docs/architecture.md` explains the layers.
let package = Package(
    name: "bellhop",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "bellhop", targets: ["bellhop"]),
        // For tests: loaded before a program's own libraries, it sets the program's wall clock.
        .library(name: "setclock", type: .dynamic, targets: ["CSetClock"]),
    ],
    dependencies: [
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        // L0: values, and the C libraries of the system.
        .target(name: "Model", swiftSettings: strict),
        .target(name: "CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),
        .target(name: "CAllocator"),
        .target(name: "CCrashMark"),
        .target(name: "CSignals"),
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),

        // L1: what works on bytes and text alone.
        .target(name: "JSON", dependencies: ["Model", "CSimdjson"], swiftSettings: strict),
        .target(name: "Matching", dependencies: ["Model", "CPCRE2"], swiftSettings: strict),
        .target(name: "Zones", dependencies: ["Model"], swiftSettings: strict),

        // L2: rules, and the contracts of vendors and stores.
        .target(
            name: "Rules",
            dependencies: [
                "Model", "JSON", "Matching", "Zones", .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "HeapModule", package: "swift-collections"),
            ],
            swiftSettings: strict),
        .target(
            name: "VendorKit",
            dependencies: ["Model", "JSON", "Zones", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict),
        .target(name: "Storage", dependencies: ["Model"], swiftSettings: strict),

        // L3: one implementation each.
        .target(
            name: "RuleFiles",
            dependencies: ["Model", "Rules", "Matching", "Zones", "JSON", "CYAML"],
            swiftSettings: strict),
        .target(
            name: "Vendors", dependencies: ["Model", "JSON", "Zones", "VendorKit"],
            exclude: vendorSamples,
            swiftSettings: strict),
        .target(
            name: "StorageSQLite",
            dependencies: [
                "Model", "Storage", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .target(
            name: "Delivery",
            dependencies: ["Model", "JSON", "Storage", "VendorKit", "CCurl", .product(name: "Logging", package: "swift-log")],
            swiftSettings: strict),

        // L4 and L5: the daemon and the commands.
        .target(
            name: "Daemon",
            dependencies: [
                "Model", "JSON", "Rules", "RuleFiles", "VendorKit", "Vendors", "Storage", "StorageSQLite", "Delivery", "Zones",
                "CAllocator", "CCrashMark", "CSignals", .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "bellhop",
            dependencies: [
                "Model", "JSON", "Rules", "RuleFiles", "VendorKit", "Vendors", "Delivery", "Daemon", "Matching",
                "CSignals", "CZlib", .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),

        // For `benchmarks/bench.py`.
        .executableTarget(
            name: "bellhop-bench",
            dependencies: ["Model", "Matching", "Rules", "RuleFiles", "VendorKit", "Vendors", "Delivery", "Daemon"],
            path: "benchmarks/micro", swiftSettings: strict),

        // Tests.
        .target(
            name: "TestSupport", dependencies: [.product(name: "GRDB", package: "GRDB.swift")], path: "Tests/TestSupport",
            swiftSettings: strict),
        .target(name: "CSpawn", path: "Tests/CSpawn"),
        .executableTarget(name: "confine", path: "Tests/confine", linkerSettings: [.linkedLibrary("seccomp")]),
        .target(name: "CSetClock", path: "Tests/CSetClock"),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "Daemon", "Delivery", "JSON", "Matching", "Model", "RuleFiles", "Rules", "StorageSQLite", "VendorKit", "Vendors",
            ],
            path: "Tests/FuzzTargets", exclude: ["Corpora"], swiftSettings: strict),
        .testTarget(
            name: "FuzzTests", dependencies: ["FuzzTargets", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "ModelTests", dependencies: ["Model", "Zones"], swiftSettings: strict),
        .testTarget(name: "JSONTests", dependencies: ["JSON", "Model", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "MatchingTests", dependencies: ["Matching", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "RulesTests", dependencies: ["Rules", "Vendors", "Matching", "Zones", "JSON", "Model", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "RuleFilesTests",
            dependencies: [
                "RuleFiles", "Rules", "Vendors", "VendorKit", "Matching", "Zones", "JSON", "Model", "TestSupport",
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "VendorsTests", dependencies: ["Vendors", "VendorKit", "JSON", "Model"], swiftSettings: strict),
        .testTarget(
            name: "FakeVendorTests",
            dependencies: [
                "TestSupport", "Delivery", "Vendors", "VendorKit", "Storage", "StorageSQLite", "JSON", "Model",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "StorageTests",
            dependencies: [
                "Storage", "StorageSQLite", "Vendors", "Model", "TestSupport", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "DeliveryTests",
            dependencies: [
                "Delivery", "VendorKit", "Storage", "JSON", "Model", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "Daemon", "Storage", "StorageSQLite", "Delivery", "Vendors", "VendorKit", "Rules", "RuleFiles", "JSON", "Model",
                "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "bellhop", "confine", "TestSupport", "CSpawn", "Delivery", "Vendors", "VendorKit", "Storage", "StorageSQLite",
                "JSON",
                "Model",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
    ]
)

// libFuzzer brings the program's main function, so that its target cannot be in an ordinary build: `make fuzz` asks for it.
if Context.environment["BELLHOP_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/FuzzMain",
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]))
}
