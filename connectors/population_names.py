"""Names and places that invented people have, the commoner ones first."""

from typing import NamedTuple


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in text.split())


class Names(NamedTuple):
    female: tuple[str, ...]
    male: tuple[str, ...]
    family: tuple[str, ...]


SPANISH = Names(
    female=_words(
        "María Ana Carmen Rosa Lucía Gabriela Daniela Valentina Camila Sofía Andrea Paola Mónica "
        "Verónica Patricia Alejandra Fernanda Carolina Natalia Silvia Martha Guadalupe Dolores "
        "Mercedes Isabel Beatriz Elena Victoria Adriana Liliana Claudia Viviana Jimena Ximena "
        "Florencia Agustina Micaela Rocío Pilar Inés Teresa Cecilia Lorena Marisol Gloria Nancy "
        "Johanna Katherine Angélica Ruth Esther Yolanda Norma Graciela Susana Raquel Noemí "
        "Josefina Antonella Emilia Catalina Renata Mariana Belén Magdalena Constanza Ivonne Zoila"
    ),
    male=_words(
        "José Juan Luis Carlos Jorge Miguel Diego Andrés Javier Fernando Ricardo Eduardo Roberto "
        "Francisco Alejandro Manuel Pablo Sebastián Santiago Mateo Nicolás Martín Gabriel Daniel "
        "David Antonio Rafael Alberto Raúl Héctor Óscar Sergio Víctor Ramón Ángel Enrique Ignacio "
        "Joaquín Tomás Felipe Rodrigo Gonzalo Cristian Mauricio Marcelo Gustavo Hernán Iván Julio "
        "César Édgar Wilson Freddy Byron Patricio Segundo Jesús Guillermo Esteban Emiliano Bruno "
        "Facundo Lautaro Benjamín Maximiliano Leonardo Adrián Simón Fabián Néstor"
    ),
    family=_words(
        "García Rodríguez González López Pérez Martínez Sánchez Hernández Ramírez Fernández Gómez "
        "Díaz Torres Flores Vargas Castillo Rojas Morales Romero Álvarez Ruiz Mendoza Castro Ortiz "
        "Gutiérrez Reyes Jiménez Vásquez Chávez Muñoz Herrera Medina Aguilar Silva Vera Cruz Ríos "
        "Suárez Guzmán Molina Salazar Paredes Cabrera Navarro Campos Vega Delgado Contreras Núñez "
        "Sosa Acosta Peña Soto Cedeño Zambrano Moreira Andrade Cevallos Espinoza Villacís Guamán "
        "Quishpe Tapia Loor Intriago Bravo Macías Mora Ibarra Figueroa Carrasco Sepúlveda Araya "
        "Fuentes Valenzuela Henríquez Cárdenas Pizarro Leiva Olivares Benítez Giménez Ferreyra "
        "Luna Juárez Cardozo Ledesma Maldonado Villalba Quiroga Peralta Ojeda Godoy Coronel Bustos "
        "Arias Duarte Restrepo Ospina Cardona Zapata Quintero Arango Montoya Giraldo Londoño "
        "Bermúdez Parra Pineda Mejía Correa Orozco Barrios De_la_Cruz Del_Valle De_los_Santos "
        "Quispe Mamani Huamán Condori Palomino Ccori Yupanqui Salinas Domínguez Trejo Cortés "
        "Velázquez Ochoa Nava Cervantes Escobedo Barragán Ugalde Iturbe Ezcurra Larralde Bianchi "
        "Rossi Ferrari Moretti Conti Galimberti Schneider Müller Keller Haddad Nasser Chang Wong"
    ),
)

PORTUGUESE = Names(
    female=_words(
        "Maria Ana Francisca Antônia Adriana Juliana Márcia Fernanda Patrícia Aline Sandra Camila "
        "Amanda Bruna Jéssica Letícia Júlia Luciana Vanessa Mariana Gabriela Vera Vitória Larissa "
        "Cláudia Beatriz Luana Rita Sônia Renata Eliane Josefa Simone Natália Cristiane Carla "
        "Débora Rosângela Jaqueline Rosana Tatiane Daniela Raquel Priscila Helena Isabela Carolina "
        "Alice Laura Manuela Heloísa Lorena Cecília Sueli Conceição Aparecida Tereza Eduarda Flávia"
    ),
    male=_words(
        "José João Antônio Francisco Carlos Paulo Pedro Lucas Luiz Marcos Luís Gabriel Rafael "
        "Daniel Marcelo Bruno Eduardo Felipe Rodrigo Manoel Mateus André Fernando Fábio Leonardo "
        "Gustavo Guilherme Leandro Tiago Anderson Ricardo Márcio Jorge Sebastião Alexandre Roberto "
        "Edson Diego Vítor Sérgio Cláudio Matheus Thiago Geraldo Adriano Luciano Júlio Renato "
        "Alex Vinícius Rogério Samuel Ronaldo Mário Flávio Davi Miguel Arthur Heitor Bernardo Caio"
    ),
    family=_words(
        "Silva Santos Oliveira Souza Rodrigues Ferreira Alves Pereira Lima Gomes Costa Ribeiro "
        "Martins Carvalho Almeida Lopes Soares Fernandes Vieira Barbosa Rocha Dias Nascimento "
        "Andrade Moreira Nunes Marques Machado Mendes Freitas Cardoso Ramos Gonçalves Santana "
        "Teixeira Araújo Pinto Cavalcanti Monteiro Moura Correia Batista Campos Castro Duarte "
        "Farias Figueiredo Fonseca Guimarães Leite Macedo Magalhães Medeiros Melo Miranda Morais "
        "Neves Nogueira Pacheco Peixoto Pires Queiroz Reis Sales Sampaio Siqueira Tavares Toledo "
        "Vasconcelos Viana Xavier Azevedo Brandão Brito Bueno Camargo Coelho Conceição Cunha "
        "Drummond Evangelista Furtado Galvão Holanda Junqueira Lacerda Lins Maia Maranhão Meireles "
        "Nakamura Tanaka Yamada Rossi Bianchi Zanetti Schmidt Becker Hoffmann Klein Khoury"
    ),
)

AZERBAIJANI = Names(
    female=_words(
        "Leyla Aysel Günel Nigar Sevinc Aytən Gülnar Lalə Könül Fidan Arzu Nərgiz Ülviyyə Zəhra "
        "Səbinə Aydan Röya Mehriban Türkan Şəbnəm"
    ),
    male=_words(
        "Elvin Rəşad Orxan Tural Elçin Nicat Kamran Ramil Vüqar Anar Emin Fərid Samir Cavid Ruslan "
        "Elnur Ilqar Murad Rövşən Tofiq"
    ),
    family=_words(
        "Məmməd Əli Hüseyn Həsən Quliy Abdulla Rəhim İsmayıl Kərim Bağır Cəfər Nəcəf Rüstəm "
        "Süleyman Vəli Mustafa İbrahim Nəsir Sadıq Əhməd Mirzə Hacı Qasım Babay"
    ),
)

NICKNAMES = {
    "José": "Pepe", "Francisco": "Paco", "Jesús": "Chuy", "Guadalupe": "Lupita",
    "Dolores": "Lola", "Mercedes": "Meche", "Eduardo": "Edu", "Alejandro": "Alex",
    "Alejandra": "Ale", "Beatriz": "Bety", "Gabriela": "Gaby", "Daniela": "Dani",
    "Fernando": "Fer", "Fernanda": "Fer", "Manuel": "Manolo", "Ignacio": "Nacho",
    "Enrique": "Quique", "Isabel": "Isa", "Roberto": "Beto", "Alberto": "Beto",
    "Rafael": "Rafa", "Gabriel": "Gabo", "Santiago": "Santi", "Sebastián": "Sebas",
    "Nicolás": "Nico", "Antonio": "Toño", "Josefina": "Pepa", "Teresa": "Tere",
    "Patricia": "Paty", "Verónica": "Vero", "Carolina": "Caro", "Micaela": "Mica",
    "Antônio": "Toninho", "João": "Joca", "Leonardo": "Léo", "Gustavo": "Guga",
    "Juliana": "Ju", "Mariana": "Mari", "Patrícia": "Pati", "Isabela": "Bela",
    "Guilherme": "Gui", "Letícia": "Lê", "Luiz": "Lula", "Tereza": "Tetê", "Thiago": "Thi",
    "Matheus": "Theus", "Vinícius": "Vini", "Eduarda": "Duda", "Cláudia": "Claudinha",
}  # fmt: skip

STREETS = {
    "es": _words(
        "Av._Bolívar Calle_Sucre Av._San_Martín Calle_Los_Álamos Av._Libertador Calle_Colón "
        "Av._Independencia Calle_Belgrano Av._Amazonas Calle_Las_Flores Pasaje_El_Sol "
        "Calle_Rivadavia Av._Los_Próceres Calle_Hidalgo Av._Reforma Calle_9_de_Octubre "
        "Carrera_Séptima Calle_del_Comercio Av._Providencia Calle_Mitre"
    ),
    "pt": _words(
        "Rua_das_Flores Av._Brasil Rua_XV_de_Novembro Rua_Sete_de_Setembro Av._Getúlio_Vargas "
        "Rua_Santos_Dumont Rua_São_João Travessa_do_Sol Rua_da_Paz Av._Atlântica Rua_Tiradentes "
        "Rua_Dom_Pedro_II Alameda_dos_Ipês Rua_José_de_Alencar Rua_das_Acácias Av._Paulista"
    ),
    "az": _words("Nizami_küçəsi Nəriman_Nərimanov_pr. 28_May_küçəsi İstiqlaliyyət_küçəsi"),
}

NEIGHBOURHOODS = {
    "es": _words("Centro La_Floresta El_Bosque San_José Villa_Norte Las_Lomas Santa_Rosa El_Prado"),
    "pt": _words("Centro Jardim_América Vila_Nova Boa_Vista Santa_Cecília Bela_Vista Alto_Belo"),
    "az": _words("Nəsimi Yasamal Səbail Xətai"),
}

TRADES = {
    "es": _words(
        "Comercial Distribuidora Ferretería Panadería Farmacia Importadora Textiles Restaurante "
        "Papelería Agropecuaria Servicios Constructora"
    ),
    "pt": _words(
        "Comercial Distribuidora Padaria Mercado Confecções Restaurante Transportes Papelaria "
        "Construtora Serviços Materiais"
    ),
    "az": _words("Ticarət Market Kafe"),
}

MARKS = _words(
    "Aurora Andina Horizonte Pacífico Ceibo Jacarandá Quetzal Colibrí Cóndor Mirador Altamira "
    "Esperanza Victoria Primavera El_Roble La_Estrella San_Rafael Santa_Elena Del_Sur Del_Norte "
    "Tres_Ríos Buena_Vista Nueva_Era Los_Andes Bahía Cordillera Oriente Sol_Naciente Brisas Pampa"
)


class Place(NamedTuple):
    """A city with its state, the start of its postal codes and its telephone area."""

    city: str
    state: str
    postal: str
    area: str


class Country(NamedTuple):
    """How a country writes numbers: `mobile` is put before six digits to make a phone's
    national number (an `{area}` in it is the city's)."""

    tongue: str
    share: float
    calling: str
    mobile: str
    postal_digits: int
    places: tuple[Place, ...]


COUNTRIES = {
    "BR": Country("pt", 0.36, "55", "{area}990", 8, (
        Place("São Paulo", "SP", "01", "11"), Place("Rio de Janeiro", "RJ", "20", "21"),
        Place("Belo Horizonte", "MG", "30", "31"), Place("Curitiba", "PR", "80", "41"),
        Place("Porto Alegre", "RS", "90", "51"), Place("Salvador", "BA", "40", "71"),
        Place("Recife", "PE", "50", "81"), Place("Fortaleza", "CE", "60", "85"),
        Place("Brasília", "DF", "70", "61"), Place("Florianópolis", "SC", "88", "48"),
    )),
    "EC": Country("es", 0.19, "593", "990", 6, (
        Place("Quito", "Pichincha", "17", ""), Place("Guayaquil", "Guayas", "09", ""),
        Place("Cuenca", "Azuay", "01", ""), Place("Manta", "Manabí", "13", ""),
        Place("Ambato", "Tungurahua", "18", ""), Place("Loja", "Loja", "11", ""),
    )),
    "AR": Country("es", 0.17, "54", "9{area}5", 4, (
        Place("Buenos Aires", "CABA", "1", "115"), Place("Córdoba", "Córdoba", "5", "351"),
        Place("Rosario", "Santa Fe", "2", "341"), Place("Mendoza", "Mendoza", "5", "261"),
        Place("La Plata", "Buenos Aires", "1", "221"),
    )),
    "MX": Country("es", 0.09, "52", "{area}5", 5, (
        Place("Ciudad de México", "CDMX", "06", "555"),
        Place("Guadalajara", "Jalisco", "44", "333"),
        Place("Monterrey", "Nuevo León", "64", "818"), Place("Mérida", "Yucatán", "97", "999"),
    )),
    "CO": Country("es", 0.08, "57", "3000", 6, (
        Place("Bogotá", "Cundinamarca", "11", ""), Place("Medellín", "Antioquia", "05", ""),
        Place("Cali", "Valle del Cauca", "76", ""), Place("Barranquilla", "Atlántico", "08", ""),
    )),
    "CL": Country("es", 0.05, "56", "990", 7, (
        Place("Santiago", "Región Metropolitana", "83", ""),
        Place("Valparaíso", "Valparaíso", "23", ""), Place("Concepción", "Biobío", "40", ""),
    )),
    "PE": Country("es", 0.02, "51", "990", 5, (
        Place("Lima", "Lima", "15", ""), Place("Arequipa", "Arequipa", "04", ""),
    )),
    "UY": Country("es", 0.02, "598", "99", 5, (
        Place("Montevideo", "Montevideo", "11", ""), Place("Salto", "Salto", "50", ""),
    )),
    "AZ": Country("az", 0.02, "994", "500", 4, (
        Place("Bakı", "Bakı", "10", ""), Place("Gəncə", "Gəncə", "20", ""),
    )),
}  # fmt: skip

NAMES = {"es": SPANISH, "pt": PORTUGUESE, "az": AZERBAIJANI}
