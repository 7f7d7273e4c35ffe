import Hummingbird

/// The HTTP server of the console.
package struct ConsoleServer: Sendable {
    package init() {}

    /// Serves until the process is told to end.
    package func run() async throws {
        let router = Router()
        router.get("/") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.page_html)))
        }
        let application = Application(router: router)
        try await application.runService()
    }
}
