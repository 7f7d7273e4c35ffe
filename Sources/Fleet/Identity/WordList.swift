/// The 1,024 words that machines are called by: ten bits each.
///
/// Plain English words of four to seven letters, for reading aloud across a machine hall: no two begin with the same
/// four letters, no two differ by one letter only, none sounds like another word or is spelt differently overseas. The
/// order is for ever: a change renames every machine that waits for its adoption.
enum WordList {
    static let all = text.split(separator: " ").map(String.init)

    /// The place of each word by its first four letters.
    static let places = Dictionary(uniqueKeysWithValues: all.enumerated().map { (String($1.prefix(4)), $0) })

    private static let text = """
        abacus abbey acorn acrobat actor address admiral aerial agile airport alarm album alcove algebra alley \
        almond alpine amber amble anchor animal ankle answer antenna antique anvil apple apricot apron arcade archer \
        arctic arena arrow artist ashtray aspen athlete atlas atom attic auburn august aurora author autumn avenue \
        avocado award azure baboon bacon badge bagel baggage bakery balcony ballad bamboo banana bandage banjo \
        banner barley basil basket bathtub battery beagle bedroom beetle begonia bellow bicycle binder birch biscuit \
        bishop bison blanket blazer blend blossom blouse bobcat boiler bonfire bonnet bookend botany bottle bounce \
        bowling boxer bracket brandy brave brick bridge bright bronze brush bubble bucket budget buffalo bugle \
        builder bulb bumper bundle burrow butter buzzard cabbage cabin cactus cadet calcium calf camel campus canary \
        candle canoe canteen canyon captain caramel carbon cargo carpet cascade cashew castle catalog cavern celery \
        cement century ceramic chalk channel chapel charm chatter cheese cherry chess chicken chimney china chisel \
        chorus chowder cider cinema circle citrus classic cliff climate clinic cloak closet cloud clover cluster \
        coach coast cobalt cobble coconut coffee coil collar comet comic compass concert condor copper corner \
        cottage cougar country cousin cowboy crab cradle crater crayon cream cricket crimson crisp crown crumb \
        crystal cuckoo cuff culture cupcake curler curtain cushion custard cyclone dabble dahlia daisy dancer daring \
        dashing date dazzle decimal delta denim dentist deposit derby desk dewdrop diagram dial diamond diesel \
        digital dimple dinner diploma direct display ditch diver doctor dolphin domain domino donkey double dove \
        dragon drama drawer dress drift drill drizzle drum duck duet dugout dune duplex dustpan dynamo earring earth \
        easel ebony echo elastic elbow elegant element ellipse email emblem emerald empire energy engine enjoy \
        ensign episode eraser ermine escape escort evening excite extra eyebrow eyelid fabric factory falcon farmer \
        fashion faucet feather felt fence fennel fern ferry fertile fever fiddle fidget field figure filter finch \
        finger finish firefly fish fitness flag flame flannel flash fleece flicker flight flint flipper float flock \
        florist fluff flute focus folder follow fondue food forest formula fortune forward fossil fragile freckle \
        fresh friend fringe frog frost fudge fuller furnace gadget galaxy gallery gander garage garden garlic garnet \
        gazelle gecko geology giant gibbon gift giggle giraffe glad glass glide glimmer glitter globe glory glucose \
        glue goat goblin golden golf gondola goose grace grain granite gravel green grid griffin grocer grove growth \
        guava guitar gully gusto gymnast habitat haddock hallway hammer hamster happy harmony harness harp harvest \
        hatch hawk hazel header health heart heaven hedge heifer helium helmet hermit heron hexagon hickory hidden \
        highway hiker hill hinge hippo history hobby hockey holiday honey hook horizon hornet hostel hound house \
        hunter hurdle husky hydrant iceberg icicle icon iguana image index indigo indoor inkwell input iris island \
        italic ivory jackal jaguar january jasmine javelin jazz jelly jersey jester jetty jigsaw jingle jogger joke \
        journal joyful jubilee juggle juice jumble juniper kayak kelp kestrel ketchup kettle keyhole kindle kingdom \
        kiosk kitchen kite kitten kiwi knife knock knuckle koala label lacquer ladder lagoon lake lamp landing \
        lantern laptop lasso laundry laurel lawn layer league lecture ledger legend lemon lentil leopard letter \
        liberty library lilac lily linen lizard lobster local locket locust lodge longbow lotion lotus lounge \
        luggage lullaby lunar lunch lupin luxury lyric machine magenta magic magnet magpie major mallet mammoth \
        mango maple marble march margin marina market marvel matrix meadow measure melody member memory mentor menu \
        mercury mermaid message meteor method metro milk mineral mint minute miracle mirror mixture mobile model \
        module monarch monster month moon moss motor movie muddle muffin mule museum music mustang napkin navy \
        nebula neck nectar needle neptune nerve nest network newton nickel noodle north nurse nutmeg oasis oatmeal \
        obelisk oblong oboe ocean october office olive onion opal opera optic orange orbit orchard oregano osprey \
        ostrich otter outdoor oven oxygen oyster ozone packet paddle padlock paint palace palm pancake panel panther \
        papaya paper parade parcel park parrot parsley partner passage patio patrol pattern payment peach peanut \
        pebble pecan pelican pencil penguin pepper pesto pewter phone photo phrase piano piccolo pickle picnic \
        picture pigment pilgrim pillow pilot pimento pinball pioneer pipe pirate piston pitcher pixel pizza planet \
        plaster plate plaza pliers poem pollen poncho pond popcorn poplar poppy potato pottery pouch powder prairie \
        pretzel prism prize program pudding pulley pulp pulse puma pumpkin puppet purple puzzle pyramid python \
        quarry queen quiet quince quiver quiz rabbit radar radio raffle raft ragtime rainbow raisin rally ranch \
        ranger rattle raven ravine razor recipe record redwood reef refresh regatta region repair reptile rescue \
        return reward rhino ripple robin robot rodeo roller romance roof rooster rover royal rudder rugby ruler \
        runner rustic safari saffron salad salmon salt salute sandal sapling sardine satchel satin saturn sausage \
        scale scanner scarf science scooter score scout scrap screen script scroll season sedan seesaw sesame shadow \
        shawl shed sheep shelf sherbet shield shimmer shine ship shirt shoal shovel shower shrimp shrub shuttle \
        siesta signal silent silver siphon siren sitar skate sketch skid skillet skipper slalom slender slice slogan \
        slope smile smoke smooth snack snail snapper sneaker snow snug soap sock sofa solar soldier solo sonata \
        sonic soprano sorbet sorrel south soybean space spaniel sparrow spatula sphere spider spinach spiral splash \
        sponge spoon sport spring sprout spruce squad stable stadium station steam stereo stick stone stool storm \
        street studio stump sturdy subway sugar suit sultan summer sunset supper sushi swallow swamp swan sweater \
        swift swim switch syrup system tackle taco tadpole taffeta talent talon tandem tank target tartan tassel \
        taxi teacher teapot teddy temple tennis tent texture thicket thimble thistle thorn thread thrift thumb \
        thunder tiger tinsel token tomato topaz topic torch tornado toucan tourist towel town toyshop track trail \
        tram trellis tribute trio trolley trophy trout trumpet tugboat tulip tundra tunic tunnel turbine turkey \
        turnip turtle tuxedo twig twist ukulele unicorn uniform unison unlock upland upright uptown urban usher \
        vacuum valve vanilla varnish vase vault vector velvet vendor veneer veranda verse vessel veteran victory \
        video viewer vinegar vintage vinyl violin visa visitor vitamin voice volcano volley volume voyage wagon \
        waiter walnut walrus warbler wash wedding weekend welcome wheat whisker white wild window winter wisdom \
        wonder wreath wrench wrist yacht yard yeast yoga zebra zephyr zigzag zinc zipper zither zodiac zoology
        """
}
