import Testing

@testable import BootPolicy

@Suite("places of clients")
struct HashedPlacesTests {
    /// Few hashes for many clients, so that every search and every removal meets others of the same and of near homes.
    @Test("finds what was put in and not taken out", arguments: [1, 3, 16, 61, 1 << 20] as [UInt32])
    func asAList(hashes: UInt32) {
        let capacity = 40
        var places = HashedPlaces(capacity: capacity)
        var hashOf = [UInt32?](repeating: nil, count: capacity)
        var number: UInt32 = 1
        for step in 0..<4000 {
            number = number &* 1_664_525 &+ 1_013_904_223
            let place = Int(number >> 8) % capacity
            if let hash = hashOf[place] {
                places.remove(hash, place: place)
                hashOf[place] = nil
            } else {
                let hash = (number >> 4) % hashes &* 0x0101_0101
                places.insert(hash, place: place)
                hashOf[place] = hash
            }
            for (place, hash) in hashOf.enumerated() where step % 7 == 0 {
                if let hash {
                    #expect(places.find(hash) { $0 == place } == place)
                } else {
                    let isThere = places.find(number % hashes &* 0x0101_0101) { $0 == place } != nil
                    #expect(!isThere)
                }
            }
        }
    }

    @Test("taking out what is not there changes nothing")
    func absent() {
        var places = HashedPlaces(capacity: 4)
        places.insert(7, place: 1)
        places.remove(7, place: 2)
        places.remove(8, place: 1)
        #expect(places.find(7) { _ in true } == 1)
        #expect(places.find(8) { _ in true } == nil)
    }
}
