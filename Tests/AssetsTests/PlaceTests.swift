import Assets
import BootPolicy
import Testing
import Wire

@Suite("which files share a disk, as far as names tell")
struct PlaceTests {
    @Test(
        "the directory of the root, and of images the one in that",
        arguments: [
            ("linux", ""), ("debian/linux", "debian"), ("debian/a/b", "debian"), ("Debian\\a", "debian"),
            ("images/rescue/tree/x", "images/rescue"), ("mirror/debian/pool/x", "mirror"), ("..", ""),
        ])
    func places(name: String, place: String) {
        var catalog = Catalog()
        catalog.naming.ignoresCase = true
        let resolution = AssetResolver.resolve(name.utf8, for: Requester(address: IPAddress(.any)), in: catalog)
        #expect(resolution.place(in: catalog) == place)
    }
}
