"""Made-up schools: name, phase, town, pupils on roll. Towns, postcodes and authorities are made up too."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Area:
    """Where a hub is: its authority, the letters of its postcodes, its middle on the national grid in metres,
    and its schools.
    """

    hub: str
    place: str
    authority: str
    letters: str
    middle: tuple[int, int]
    schools: tuple[tuple[str, str, str, int], ...]


AREAS = (
    Area(
        "Chiltern Vale", "Wendlebury and villages", "Chilternshire", "HV", (478_000, 208_000),
        (
            ("Beacon Hill Primary School", "primary", "Wendlebury", 412),
            ("St Alban's Catholic Primary School", "primary", "Aston Combe", 208),
            ("Combe Meadow Infant School", "infant", "Aston Combe", 164),
            ("Larkfield Junior School", "junior", "Wendlebury", 246),
            ("Little Hampden Church of England Primary School", "primary", "Little Hampden", 48),
            ("Oakridge Academy", "primary", "Prestbury Green", 431),
            ("The Ridgeway School", "special", "Wendlebury", 92),
            ("Windmill Lane Primary School", "primary", "Stokenham", 318),
            ("Ashwell Green Primary School", "primary", "Ashwell Green", 203),
            ("Holly Bank Community School", "primary", "Prestbury Green", 389),
            ("St Hilda's Church of England Academy", "primary", "Stokenham", 214),
            ("Canal Side Primary School", "primary", "Wendlebury", 467),
            ("Parsonage Farm Nursery and Infant School", "infant", "Risborne", 181),
            ("Risborne Middle School", "middle", "Risborne", 376),
            ("Whiteleaf Primary Academy", "primary", "Whiteleaf", 224),
        ),
    ),
    Area(
        "Northmoor and Dales", "Hexborough", "Northmoor", "NV", (418_000, 487_000),
        (
            ("Hexborough Bridge Primary School", "primary", "Hexborough", 296),
            ("Askerdale Church of England Primary School", "primary", "Askerdale", 57),
            ("Limekiln Lane Academy", "primary", "Hexborough", 418),
            ("St Cuthbert's Catholic Primary School", "primary", "Thornley", 196),
            ("Fell View Primary School", "primary", "Garsby", 112),
            ("Thornley Junior School", "junior", "Thornley", 268),
            ("Thornley Infant School", "infant", "Thornley", 201),
            ("Colliery Road Primary School", "primary", "Easingham", 345),
            ("Easingham Park Academy", "primary", "Easingham", 402),
            ("Swale Bank Primary School", "primary", "Garsby", 88),
            ("Moorgate Community Primary School", "primary", "Hexborough", 377),
            ("Beck Foot School", "special", "Hexborough", 76),
            ("Wensley Road Primary School", "primary", "Leyborne", 219),
            ("Leyborne All Saints Primary School", "primary", "Leyborne", 154),
            ("Railway Terrace Primary School", "primary", "Easingham", 288),
        ),
    ),
    Area(
        "Saltmarsh Coast", "Port Merrow", "Saltshire", "SJ", (566_000, 342_000),
        (
            ("Harbour View Primary School", "primary", "Port Merrow", 354),
            ("Lighthouse Lane Infant School", "infant", "Port Merrow", 178),
            ("Sandpiper Academy", "primary", "Marsh End", 421),
            ("St Mary Star of the Sea Primary School", "primary", "Port Merrow", 211),
            ("Dunes Primary School", "primary", "Holme Sands", 139),
            ("Holme Sands Church of England Primary School", "primary", "Holme Sands", 94),
            ("Fisherman's Row Primary School", "primary", "Port Merrow", 262),
            ("Marsh End Junior School", "junior", "Marsh End", 305),
            ("Estuary Community Academy", "primary", "Saltfleet Bridge", 398),
            ("Samphire Primary School", "primary", "Saltfleet Bridge", 187),
            ("The Pines School", "special", "Holme Sands", 64),
            ("Curlew Avenue Primary School", "primary", "Marsh End", 276),
            ("Old Customs House Primary School", "primary", "Port Merrow", 233),
            ("Breakwater Primary Academy", "primary", "Saltfleet Bridge", 409),
            ("Tern Island Primary School", "primary", "Tern Island", 31),
        ),
    ),
    Area(
        "Tarn Valley", "Kelderby", "Tarnshire", "TJ", (339_000, 504_000),
        (
            ("Kelderby Primary School", "primary", "Kelderby", 331),
            ("Tarnside Academy", "primary", "Kelderby", 407),
            ("Slate Quarry Primary School", "primary", "Bethgarth", 126),
            ("St Ninian's Primary School", "primary", "Bethgarth", 205),
            ("Gilwath Church of England Primary School", "primary", "Gilwath", 43),
            ("Ravensbeck Junior School", "junior", "Ravensbeck", 287),
            ("Ravensbeck Infant School", "infant", "Ravensbeck", 219),
            ("Mill Race Primary School", "primary", "Kelderby", 368),
            ("Ullenthwaite Primary School", "primary", "Ullenthwaite", 151),
            ("Crag Lane Community School", "primary", "Ravensbeck", 243),
            ("Rowan Bank Primary School", "primary", "Ullenthwaite", 198),
            ("Pathways School", "special", "Kelderby", 83),
            ("Netherby Road Primary School", "primary", "Netherby", 412),
            ("Netherby Sacred Heart Primary School", "primary", "Netherby", 207),
            ("Whinfell Academy", "primary", "Gilwath", 315),
        ),
    ),
)  # fmt: skip

STREETS = (
    "Church Lane", "School Road", "Station Road", "Mill Lane", "The Green", "Park Avenue", "Chapel Street",
    "Orchard Way", "Victoria Street", "Back Lane", "Meadow Road", "Hill Rise", "Spring Gardens",
    "Priory Close",
)  # fmt: skip

# (given names, family names): put together at random, so nobody in particular.
GIVEN = (
    "Aaliyah", "Abigail", "Adam", "Aisha", "Alasdair", "Amara", "Anita", "Anjali", "Bethan", "Bogdan",
    "Callum", "Carys", "Catherine", "Chidi", "Chloe", "Daniel", "Deborah", "Dylan", "Ebony", "Elif",
    "Emeka", "Emma", "Erin", "Fatima", "Fiona", "Grace", "Hamza", "Harriet", "Hassan", "Imogen", "Ines",
    "Ioana", "Isla", "Jade", "James", "Jasmine", "Joanna", "Kamila", "Karen", "Kwame", "Laila", "Leanne",
    "Li Na", "Louise", "Magdalena", "Marcus", "Mei", "Michael", "Nadia", "Naomi", "Niamh", "Nikhil",
    "Oluwaseun", "Patrick", "Paul", "Rachel", "Rebecca", "Rhys", "Rosie", "Ruth", "Sadia", "Samuel",
    "Sarah", "Shanice", "Simon", "Siobhan", "Sunita", "Thandiwe", "Thomas", "Tomasz", "Usha", "Vikram",
    "Wendy", "Yusuf", "Zara", "Zoe",
)  # fmt: skip
FAMILY = (
    "Abara", "Ahmed", "Ali", "Anderson", "Ashdown", "Bailey", "Banerjee", "Begum", "Bell", "Bowen",
    "Brooks", "Campbell", "Carter", "Chan", "Clarke", "Collins", "Cooper", "Costa", "Das", "Davies",
    "Desai", "Dixon", "Edwards", "Ellis", "Evans", "Farah", "Fletcher", "Foster", "Gill", "Green",
    "Griffiths", "Hall", "Hughes", "Hussain", "Ibrahim", "Iqbal", "Jackson", "Johnson", "Kaur", "Kelly",
    "Khan", "Kowalska", "Lewis", "MacLeod", "Malik", "Marsh", "Mensah", "Mistry", "Morgan", "Murphy",
    "Ndlovu", "Nowak", "O'Brien", "Obi", "Okeke", "Osei", "Owen", "Park", "Patel", "Popescu", "Price",
    "Rees", "Reid", "Roberts", "Rossi", "Sharma", "Shaw", "Silva", "Singh", "Smith", "Stewart", "Taylor",
    "Thomas", "Turner", "Walker", "Webb", "Williams", "Wilson", "Wood", "Wright", "Yilmaz", "Young",
    "Zhang",
)  # fmt: skip
