/// How the media of one kind boot over the network, as a plain row of the table `Recipe.all`.
///
/// Paths are patterns: a `*` stands for anything within one part of a path. What has several takes the first that is there.
package struct Recipe: Sendable {
    /// What the medium's kernel has to fetch by itself, and keeps in memory.
    enum Kept: Sendable {
        case nothing
        /// The first file that fits each pattern.
        case files([String])
        /// All of the image.
        case image
    }

    /// A word for programs.
    package let family: String
    /// For people.
    package let name: String
    /// Each of these must be there.
    let signs: [String]
    let kernel: [String]
    /// What the kernel calls itself must begin so; for those whose paths prove nothing.
    var kernelName: String?
    /// In the order in which they are loaded; for each the patterns that may be it. One that is not there is left out,
    /// but for the last, which is the system's own.
    var initrds: [[String]] = []
    /// The kernel's command line but for card and console. `${tree}` is the URL of the medium's files, `${image}` that of the image, `${kept}` the path
    /// on the medium of the first file that is kept.
    var arguments = ""
    /// The words for the network card that the machine booted by: with several, installers take another, or ask. PXELINUX
    /// began this, and everybody's RAM disk understands it.
    var card = "BOOTIF=${bootif}"
    /// The words for a serial console beside `console=`: for those who draw, or listen, elsewhere otherwise.
    var text = ""
    var kept = Kept.nothing
    /// How much of the memory the fetched files may take at most, in percent.
    var keptShare = 100
    /// Memory that the system needs to do anything, MiB.
    let working: Int
    /// What people ought to know.
    var note: String?
    /// Why the medium's own kernel and RAM disk cannot boot over the network, and what can; nil when they can.
    var lacks: String?
}
