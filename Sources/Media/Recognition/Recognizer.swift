/// What a medium turned out to be, and how it boots.
package struct RecognizedMedium: Sendable {
    package let family: String
    /// For menus.
    package let title: String
    package let kernel: MediumFile
    /// In the order in which they are loaded.
    package let initrds: [MediumFile]
    /// With `${tree}` and `${image}` in it; all else is filled in.
    package let arguments: String
    /// What stands behind them on a serial console, with `${console}` for the name of that.
    package let consoleArguments: String
    /// nil when neither the kernel nor the names on the medium tell.
    package let processor: Processor?
    package let memory: MemoryNeed
    package let note: String?
    /// Why this kernel and these RAM disks cannot boot over the network, and what can; nil when they can.
    package let lacks: String?
}

/// Memory that a machine needs, and for what.
package struct MemoryNeed: Equatable, Sendable {
    /// All together.
    package let mebibytes: Int
    package let reason: String
}

/// Says what a medium is.
package enum Recognizer {
    /// - Parameter source: the image, for the few octets of its files that tell more.
    /// - Returns: nil for an unknown one.
    package static func recognize(_ image: ISOImage, _ source: ImageSource) -> RecognizedMedium? {
        for recipe in Recipe.all {
            if let medium = apply(recipe, image, source) { return medium }
        }
        return nil
    }

    private static func apply(_ recipe: Recipe, _ image: ISOImage, _ source: ImageSource) -> RecognizedMedium? {
        let tree = image.tree
        guard recipe.signs.allSatisfy({ tree.first([$0]) != nil }), let kernel = tree.first(recipe.kernel) else {
            return nil
        }
        let initrds = recipe.initrds.map { tree.first($0) }
        // The last is the system's own.
        guard recipe.initrds.isEmpty || initrds.last ?? nil != nil else { return nil }
        let head = beginning(of: kernel, KernelImage.head, source)
        let name = KernelImage.name(head)
        if let needed = recipe.kernelName {
            guard let name, name.utf8.starts(with: needed.utf8) else { return nil }
        }
        let kept = tree.kept(recipe.kept, imageSize: source.size)
        return RecognizedMedium(
            family: recipe.family, title: title(recipe, image, source, kernelName: name),
            kernel: kernel, initrds: initrds.compactMap(\.self),
            arguments: [recipe.arguments.replacing("${kept}", with: kept.first?.path ?? ""), recipe.card]
                .filter { !$0.isEmpty }.joined(separator: " "),
            consoleArguments: recipe.text,
            processor: KernelImage.processor(head) ?? KernelImage.processor(path: kernel.path, label: image.label),
            memory: MemoryNeed(recipe, kernel: kernel, initrds: initrds.compactMap(\.self), kept: kept),
            note: recipe.note, lacks: recipe.lacks)
    }

    private static func beginning(of file: MediumFile, _ count: Int, _ source: ImageSource) -> [UInt8] {
        let count = Int(min(file.size, Int64(count)))
        return (try? source.octets(at: file.offset, count: count, of: file.path)) ?? []
    }

    /// What the medium calls itself, where it says so, else what the recipe calls it.
    private static func title(
        _ recipe: Recipe, _ image: ISOImage, _ source: ImageSource, kernelName: String?
    ) -> String {
        func line(_ path: String, _ number: Int) -> String? {
            guard let file = image.file(path) else { return nil }
            let lines = beginning(of: file, 4096, source).split(
                separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            guard number < lines.count else { return nil }
            let text = String(decoding: lines[number].prefix(100).filter { $0 >= 0x20 && $0 != 0x7F }, as: UTF8.self)
            return text.isEmpty ? nil : text
        }
        // Debian and Ubuntu; anaconda's second line; a program's own name.
        if let text = line(".disk/info", 0) ?? line(".discinfo", 1) { return text }
        if recipe.kernelName != nil, let kernelName { return kernelName }
        return image.label.isEmpty ? recipe.name : "\(recipe.name) (\(image.label))"
    }

    /// What was seen of a medium that nothing is known of.
    package static func describe(_ image: ISOImage) -> [String] {
        let tops = Set(image.tree.files.map { $0.path.prefix { $0 != "/" } }).sorted()
        let kernels = image.tree.files.map(\.path).filter { path in
            let name = path.lowercased().split(separator: "/").last ?? ""
            return ["vmlinu", "bzimage", "linux", "kernel", "image"].contains { name.hasPrefix($0) }
        }
        let boots = image.bootEntries.map { "\($0.platformName) at \($0.offset)" }
        return [
            "label: \(image.label.isEmpty ? "none" : image.label)", "names: \(image.names.rawValue)",
            "files: \(image.tree.files.count)\(image.hasUDF ? ", and perhaps more in UDF, which is not read" : "")",
            "at the top: \(listed(tops.map(String.init)))", "El Torito: \(listed(boots))",
            "like a kernel: \(listed(kernels))",
        ]
    }

    private static func listed(_ names: [String]) -> String {
        guard !names.isEmpty else { return "nothing" }
        return names.prefix(12).joined(separator: ", ") + (names.count > 12 ? " and \(names.count - 12) more" : "")
    }
}

extension MediumTree {
    /// What the machine fetches by itself and keeps.
    fileprivate func kept(_ kept: Recipe.Kept, imageSize: Int64) -> [MediumFile] {
        switch kept {
        case .nothing: []
        case .files(let patterns): first(patterns).map { [$0] } ?? []
        case .image: [MediumFile(path: "the whole image", offset: 0, size: imageSize)]
        }
    }
}

extension MemoryNeed {
    /// A RAM disk is there twice while it is unpacked: as it came, and what comes out of it, about three times as large.
    private static let unpacked: Int64 = 4

    fileprivate init(_ recipe: Recipe, kernel: MediumFile, initrds: [MediumFile], kept: [MediumFile]) {
        let disks = initrds.reduce(0) { $0 + $1.size }
        let held = kept.reduce(0) { $0 + $1.size }
        let sum =
            Self.mebibytes(kernel.size) + Self.mebibytes(disks * Self.unpacked) + Self.mebibytes(held) + recipe.working
        let share = Self.mebibytes(held) * 100 / recipe.keptShare
        var parts = ["kernel \(Self.mebibytes(kernel.size))"]
        if disks > 0 { parts.append("RAM disks \(Self.mebibytes(disks * Self.unpacked)), packed and unpacked") }
        for file in kept { parts.append("\(file.path) \(Self.mebibytes(file.size))") }
        parts.append("\(recipe.working) to work in")
        if share > sum { parts.append("and what is fetched may take \(recipe.keptShare) % of the memory") }
        self.init(mebibytes: max(sum, share), reason: parts.joined(separator: " + "))
    }

    /// Rounded up.
    private static func mebibytes(_ octets: Int64) -> Int {
        Int((octets + 1_048_575) / 1_048_576)
    }
}
