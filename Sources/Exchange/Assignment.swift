import Synchronization

/// Gives each key a number of its own, in the order in which they come, as long as there are some; then keys share.
package final class Assignment<Key: Hashable & Sendable>: Sendable {
    /// Keys beyond which all is forgotten: numbers are for balance, not for ever.
    private static var most: Int { 1024 }

    private let count: Int
    private let numbers = Mutex<[Key: Int]>([:])

    /// - Parameter count: the numbers are 0..<count.
    package init(count: Int) {
        self.count = count
    }

    package func number(of key: Key) -> Int {
        numbers.withLock { numbers in
            if let known = numbers[key] { return known }
            if numbers.count >= Self.most { numbers = [:] }
            let number = numbers.count % count
            numbers[key] = number
            return number
        }
    }
}
