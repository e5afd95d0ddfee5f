"""What people are called for short, in Spanish, Portuguese and English. Pure."""

_NAMES = """
abe: abraham; ale: alejandra alejandro alexandre alexandra; alex: alejandro alejandra alexandre
alexander; andy: andres andrea andrew; angie: angela angelica; beth: elizabeth elisabeth; bety
betty: beatriz elizabeth; beto: roberto alberto humberto; bia: beatriz; bill billy: william; bob
bobby: robert roberto; bela: isabela; caro carol: carolina caroline; cata: catalina; cathy:
catherine; cadu: carlos; carlitos: carlos; charlie chuck: charles; charo: rosario; chela: graciela
marcela; chema: jose; chelo: consuelo; chente: vicente; chepe: jose; chico: francisco; chris:
christopher christian cristian cristina; chucho chuy: jesus; cida: aparecida maria; coco: jorge;
concha conchita: concepcion; dan danny dani: daniel daniela; dave: david; deb debbie: deborah
debora; dick: richard; drew: andrew; duda: eduarda eduardo; dudu: eduardo; ed eddie edu: eduardo
edward edgar; fabi: fabian fabiana fabiola; fede: federico; feli: felipe; fer nanda: fernando
fernanda; fito: adolfo rodolfo; flor: florencia; fran: francisco francisca frances; fred freddy:
frederico alfredo frederick; gabi gaby: gabriela gabriel; gabo: gabriel; gigi: giovanna; goyo:
gregorio; guga: gustavo; gui: guilherme; guille memo: guillermo; guto: augusto gustavo; isa:
isabel isabela isabella; jack: john; jaime jim jimmy: james; jeff: jeffrey; jenny: jennifer; jess
jessie: jessica; joca: joao; joe joey: joseph; jojo: joana; ju: juliana julia julio; juancho:
juan; juanca: juan; juli: julian juliana julieta; kate katie kathy: katherine catherine; kike
quique: enrique; lala: laura; larry: lawrence; le: leticia leandro; leo: leonardo leonel; lety:
leticia; lili lily: liliana lilian; lia: julia; licha: alicia; lina: carolina paulina; lito:
carlos; liz lizzy: elizabeth; lola: dolores; loli: dolores; lucho: luis; lu: lucia luciana luiza;
lula: luiz luis; lulu: lourdes luisa; lupe lupita: guadalupe; mafe: maria; maggie: margaret; majo:
maria; malena: magdalena; mane: manuel; manolo manu: manuel manoel; mari: maria mariana marisol;
maru: maria eugenia; maite: maria teresa; marta: martha; mati: matias; matt: matthew; mauri:
mauricio; maxi max: maximiliano; mica: micaela; meche: mercedes; mike mick mickey: michael miguel;
migue: miguel; mili: milagros emilia; moncho: ramon; moni: monica; nacho: ignacio; nando:
fernando; nati naty: natalia; neco: manoel; nena: elena; neto: ernesto; nico: nicolas; nick:
nicholas; noe: noemi; pame: pamela; pancho paco: francisco; panchita: francisca; pat paty pati:
patricia; patty: patricia; pato: patricio; pau: paula paulina; pepa: josefa josefina; pepe: jose;
peter: pedro; pipe: felipe; poncho: alfonso; quim: joaquim joaquin; quico: francisco federico;
rafa: rafael; raf: rafael; rick ricky: ricardo richard; ro: rocio rodrigo rosa; rob robbie: robert
roberto; rodri: rodrigo; ron: ronaldo ronald; rosi: rosa rosana; sam: samuel samantha; sandy:
sandra; santi: santiago; seba sebas: sebastian; sebi: sebastian; sergi: sergio; sofi: sofia;
steve: steven stephen; stefi: estefania; sue: susan susana; susi: susana; tati: tatiana tatiane;
tavo: gustavo octavio; teo: teodoro; tere: teresa; tete: tereza teresa; thi ti: thiago tiago;
theus: matheus mateus; tito: alberto ernesto; toli: anatolio; tom tommy tomi: tomas thomas; tony
tono toni: antonio anthony; toninho: antonio; vale: valentina valeria; vero: veronica; vicky:
victoria virginia; vini: vinicius; vivi: viviana viviane; will: william wilson; xavi: xavier;
javi: javier; ximena: jimena; yoli: yolanda; ze zeca zezinho: jose
"""

NICKNAMES: dict[str, tuple[str, ...]] = {}
for _entry in _NAMES.split(";"):
    _short, _, _formal = _entry.partition(":")
    for _one in _short.split():
        NICKNAMES[_one] = tuple(dict.fromkeys((*NICKNAMES.get(_one, ()), *_formal.split())))

COMMON_GIVEN = frozenset(
    """
    ana maria jose juan luis carlos jorge miguel diego andres javier fernando ricardo eduardo
    roberto francisco alejandro manuel pablo sebastian santiago mateo nicolas martin gabriel daniel
    david antonio rafael alberto raul hector oscar sergio victor ramon angel enrique ignacio joaquin
    tomas felipe rodrigo gonzalo cristian mauricio marcelo gustavo hernan ivan julio cesar edgar
    patricio jesus guillermo esteban bruno benjamin leonardo adrian simon fabian joao paulo pedro
    lucas luiz marcos marco andre fabio thiago tiago vinicius rogerio matheus henrique augusto
    carmen rosa lucia gabriela daniela valentina camila sofia andrea paola monica veronica patricia
    alejandra fernanda carolina natalia silvia martha marta guadalupe dolores mercedes isabel
    beatriz elena victoria adriana liliana claudia viviana jimena florencia micaela rocio pilar ines
    teresa cecilia lorena gloria angelica ruth esther yolanda norma graciela susana raquel noemi
    josefina emilia catalina renata mariana belen magdalena juliana julia marcia aline sandra
    amanda bruna jessica leticia luciana vanessa vera larissa luana rita simone helena isabela
    alice laura manuela cristina cristiane aparecida eduarda flavia luisa luiza lourdes socorro
    fatima alicia eugenia john james robert michael william thomas mary elizabeth anne ann jane lee
    """.split()
)
