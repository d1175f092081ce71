// swift-tools-version: 6.2
import PackageDescription

/// A package of its own, so that nobody builds the framework but who measures beside it.
let package = Package(
    name: "bench-hummingbird",
    platforms: [.macOS(.v15)],
    dependencies: [
        // Without its traits: neither its configuration reader nor all of Foundation is used.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: [])
    ],
    targets: [
        .executableTarget(
            name: "bench-hummingbird", dependencies: [.product(name: "Hummingbird", package: "hummingbird")], path: ".",
            sources: ["HummingbirdMain.swift"])
    ])
