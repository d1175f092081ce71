import Matching

/// Words that say nothing of what a message is about. Words that are frequent in all messages are found by counting; this list
/// is for traffic that is too little to count.
enum CommonWords {
    static func contains(_ folded: String) -> Bool { words.contains(folded) }

    private static let words: Set<String> = Set(
        (english + portuguese + spanish).split(whereSeparator: \.isWhitespace).map { FoldedText(String($0)).string })

    private static let english = """
        a an the i you he she it we they me my your his her its our their this that these those is am are was were be been do does
        did have has had will would can could should may and or but not no yes so if of in on at to for from with by about as into
        what when where who why how which there here i'm i've it's don't please hi hello hey ok okay thanks thank just very too also
        """

    private static let portuguese = """
        o a os as um uma uns umas eu tu voce voces ele ela eles elas nos me te se lhe meu minha meus minhas seu sua seus suas este
        esta esse essa isso isto aquele aquela de do da dos das em no na nos nas por pelo pela para pra pro com sem que e ou mas nao
        sim ja como quando onde quem qual quais por que porque ser sou e era foi esta estou estao tem tenho ter vai vou oi ola bom dia
        boa tarde noite ok obrigado obrigada favor ao aos mais muito so tambem la aqui
        """

    private static let spanish = """
        el la los las un una unos unas yo tu usted ustedes ella ellos ellas nosotros mi mis su sus este esta ese esa eso esto de del
        en por para con sin que y o pero no si ya como cuando donde quien cual porque ser soy es era fue esta estoy estan hay tiene
        tengo tener va voy hola buenos buenas dias tardes noches ok gracias favor al mas muy tambien alli aqui me te se le lo les
        """
}
