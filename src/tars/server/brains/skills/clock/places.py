"""Places people ask the time of, and the zones of the IANA time zone database that they keep.

A line of a table is "Zone: Name|other name, Name, …". The first of several names is the one to say.
"""

from collections.abc import Iterator, Mapping

import attrs

from tars.server.brains.normalise import words_of

_ONE_ZONE = """
Africa/Abidjan: Ivory Coast, Abidjan, Mali, Senegal, Dakar, the Gambia
Africa/Accra: Ghana, Accra
Africa/Addis_Ababa: Ethiopia, Addis Ababa
Africa/Algiers: Algeria, Algiers
Africa/Cairo: Egypt, Cairo, Alexandria
Africa/Casablanca: Morocco, Casablanca, Marrakesh, Rabat
Africa/Dar_es_Salaam: Tanzania, Dar es Salaam, Zanzibar
Africa/Harare: Zimbabwe, Harare
Africa/Johannesburg: South Africa, Johannesburg, Cape Town, Durban, Pretoria
Africa/Kampala: Uganda, Kampala
Africa/Khartoum: Sudan, Khartoum
Africa/Kigali: Rwanda, Kigali
Africa/Lagos: Nigeria, Lagos, Abuja, Angola, Cameroon
Africa/Luanda: Luanda
Africa/Lusaka: Zambia, Lusaka
Africa/Maputo: Mozambique, Botswana
Africa/Mogadishu: Somalia
Africa/Nairobi: Kenya, Nairobi
Africa/Tripoli: Libya, Tripoli
Africa/Tunis: Tunisia, Tunis
Africa/Windhoek: Namibia, Windhoek
America/Anchorage: Anchorage, Juneau, Fairbanks
America/Argentina/Buenos_Aires: Argentina, Buenos Aires, Cordoba
America/Asuncion: Paraguay
America/Barbados: Barbados
America/Bogota: Colombia, Bogotá, Medellin
America/Caracas: Venezuela, Caracas
America/Chicago: Chicago, Illinois, Dallas, Houston, Austin, San Antonio, Fort Worth, New Orleans, Louisiana, \
Baton Rouge, \
Memphis, Nashville, Milwaukee, Wisconsin, Madison, Minneapolis, Minnesota, Saint Paul|st paul, \
Saint Louis|st louis, Missouri, \
Kansas City, Wichita, Topeka, Omaha, Lincoln, Oklahoma, Oklahoma City, Tulsa, Arkansas, Little Rock, Iowa, \
Des Moines, Alabama, Mobile, Montgomery, Mississippi, Jackson, Pensacola, Fargo, Sioux Falls
America/Costa_Rica: Costa Rica
America/Denver: Denver, Colorado, Colorado Springs, Boulder, Utah, Salt Lake City, Wyoming, Cheyenne, Montana, \
Billings, New Mexico, Santa Fe, Albuquerque, El Paso
America/Boise: Boise
America/Detroit: Detroit, Michigan, Ann Arbor, Grand Rapids
America/Edmonton: Calgary, Edmonton, Alberta
America/El_Salvador: El Salvador
America/Guatemala: Guatemala
America/Guayaquil: Quito, Guayaquil
America/Halifax: Halifax, Nova Scotia, Prince Edward Island, New Brunswick, Bermuda
America/Havana: Cuba, Havana
America/Indiana/Indianapolis: Indianapolis
America/Jamaica: Jamaica, Kingston
America/Kentucky/Louisville: Louisville
America/La_Paz: Bolivia, La Paz
America/Lima: Peru, Lima
America/Los_Angeles: Los Angeles|l a|la, California, San Francisco, San Diego, San Jose, Sacramento, Oakland, \
Hollywood, \
Fresno, Modesto, Silicon Valley, southern California, Las Vegas|vegas, Reno, Seattle, Tacoma, Spokane, \
Portland, \
Nevada, the west coast
America/Managua: Nicaragua
America/Manaus: Manaus
America/Mexico_City: Mexico City, Guadalajara, Monterrey
America/Cancun: Cancun
America/Tijuana: Tijuana
America/Montevideo: Uruguay, Montevideo
America/New_York: New York|new york city|n y c|nyc, Brooklyn, Manhattan, Queens, the Bronx, Boston, \
Massachusetts, \
Washington D.C.|washington d c|washington dc|d c, Philadelphia, Pennsylvania, Pittsburgh, Harrisburg, \
Baltimore, Maryland, Annapolis, \
Virginia, Richmond, West Virginia, North Carolina, Charlotte, Raleigh, South Carolina, Charleston, Atlanta, \
Savannah, Miami, Orlando, Tampa, Jacksonville, Tallahassee, Fort Lauderdale, Key West, Ohio, Cleveland, \
Columbus, \
Cincinnati, Toledo, New Jersey, Newark, Trenton, Delaware, Connecticut, Hartford, Rhode Island, Providence, \
Vermont, \
New Hampshire, Maine, Bangor, Buffalo, Albany, Rochester, Knoxville, the east coast
America/Panama: Panama
America/Phoenix: Arizona, Phoenix, Tucson, Sedona, Flagstaff, Scottsdale
America/Port-au-Prince: Haiti
America/Puerto_Rico: Puerto Rico, San Juan
America/Regina: Saskatchewan, Regina, Saskatoon
America/Santiago: Santiago
America/Santo_Domingo: the Dominican Republic
America/Sao_Paulo: São Paulo, Rio de Janeiro|rio, Brasília, Salvador
America/St_Johns: Newfoundland
America/Tegucigalpa: Honduras
America/Toronto: Toronto, Montreal, Ottawa, Quebec|quebec city, Hamilton
America/Port_of_Spain: Trinidad|trinidad and tobago
America/Vancouver: Vancouver, Victoria
America/Whitehorse: Yukon
America/Winnipeg: Winnipeg, Manitoba
America/Nassau: the Bahamas
Asia/Almaty: Kazakhstan, Almaty
Asia/Amman: Jordan, Amman
Asia/Ashgabat: Turkmenistan
Asia/Baghdad: Iraq, Baghdad
Asia/Baku: Azerbaijan, Baku
Asia/Bangkok: Thailand, Bangkok, Phuket
Asia/Beirut: Lebanon, Beirut
Asia/Bishkek: Kyrgyzstan
Asia/Brunei: Brunei
Asia/Colombo: Sri Lanka, Colombo
Asia/Damascus: Syria, Damascus
Asia/Dhaka: Bangladesh, Dhaka
Asia/Dubai: Dubai, Abu Dhabi, the United Arab Emirates|u a e|uae|emirates, Oman
Asia/Ho_Chi_Minh: Vietnam|viet nam, Ho Chi Minh City|ho chi minh|saigon, Hanoi
Asia/Hong_Kong: Hong Kong
Asia/Irkutsk: Irkutsk
Asia/Jakarta: Jakarta
Asia/Makassar: Bali
Asia/Jerusalem: Israel, Jerusalem, Tel Aviv, Haifa
Asia/Kabul: Afghanistan, Kabul
Asia/Karachi: Pakistan, Karachi, Islamabad, Lahore
Asia/Kathmandu: Nepal, Kathmandu
Asia/Kolkata: India, Delhi|new delhi, Mumbai|bombay, Bangalore|bengaluru, Chennai|madras, Kolkata|calcutta, \
Hyderabad, Goa, Pune
Asia/Kuala_Lumpur: Malaysia, Kuala Lumpur
Asia/Kuwait: Kuwait
Asia/Macau: Macau
Asia/Manila: the Philippines, Manila
Asia/Novosibirsk: Novosibirsk
Asia/Phnom_Penh: Cambodia, Phnom Penh
Asia/Pyongyang: North Korea, Pyongyang
Asia/Qatar: Qatar, Doha, Bahrain
Asia/Riyadh: Saudi Arabia, Riyadh, Mecca, Jeddah, Yemen
Asia/Seoul: South Korea|korea, Seoul, Busan
Asia/Shanghai: China, Beijing, Shanghai, Shenzhen, Guangzhou, Wuhan
Asia/Singapore: Singapore
Asia/Taipei: Taiwan, Taipei
Asia/Tashkent: Uzbekistan, Tashkent
Asia/Tbilisi: Tbilisi
Asia/Tehran: Iran, Tehran
Asia/Thimphu: Bhutan
Asia/Tokyo: Japan, Tokyo, Osaka, Kyoto, Hiroshima, Sapporo, Okinawa
Asia/Vientiane: Laos
Asia/Vladivostok: Vladivostok
Asia/Yangon: Myanmar|burma, Yangon
Asia/Yekaterinburg: Yekaterinburg
Asia/Yerevan: Armenia, Yerevan
Atlantic/Azores: the Azores
Atlantic/Canary: the Canary Islands, Tenerife
Atlantic/Madeira: Madeira
Atlantic/Reykjavik: Iceland, Reykjavik
America/Nuuk: Greenland
Australia/Adelaide: Adelaide, South Australia
Australia/Brisbane: Brisbane, Queensland
Australia/Darwin: Darwin, the Northern Territory
Australia/Hobart: Tasmania, Hobart
Australia/Melbourne: Melbourne
Australia/Perth: Perth, Western Australia
Australia/Sydney: Sydney, New South Wales, Canberra
Europe/Amsterdam: the Netherlands|holland, Amsterdam, Rotterdam
Europe/Andorra: Andorra
Europe/Athens: Greece, Athens, Crete
Europe/Belgrade: Serbia, Belgrade
Europe/Berlin: Germany, Berlin, Munich, Hamburg, Frankfurt, Cologne, Stuttgart
Europe/Bratislava: Slovakia, Bratislava
Europe/Brussels: Belgium, Brussels, Antwerp
Europe/Bucharest: Romania, Bucharest
Europe/Budapest: Hungary, Budapest
Europe/Chisinau: Moldova
Europe/Copenhagen: Denmark, Copenhagen
Europe/Dublin: Ireland, Dublin
Europe/Helsinki: Finland, Helsinki
Europe/Istanbul: Turkey, Istanbul, Ankara
Europe/Kyiv: Ukraine, Kiev|kyiv
Europe/Lisbon: Portugal, Lisbon, Porto
Europe/Ljubljana: Slovenia
Europe/London: London, the United Kingdom|u k|uk|great britain|britain, England, Scotland, Wales, \
Northern Ireland, \
Manchester, Liverpool, Edinburgh, Glasgow, Belfast, Cardiff, Bristol, Leeds, Oxford, Cambridge
Europe/Luxembourg: Luxembourg
Europe/Madrid: Spain, Madrid, Barcelona, Seville, Valencia, Ibiza
Europe/Malta: Malta
Europe/Minsk: Belarus, Minsk
Europe/Monaco: Monaco
Europe/Moscow: Moscow, Saint Petersburg|st petersburg
Europe/Oslo: Norway, Oslo, Bergen
Europe/Paris: Paris, France, Lyon, Marseille, Nice, Toulouse
Europe/Prague: the Czech Republic|czechia, Prague
Europe/Riga: Latvia, Riga
Europe/Rome: Italy, Rome, Milan, Venice, Florence, Naples, Turin, Sicily, the Vatican
Europe/Sarajevo: Bosnia, Sarajevo
Europe/Skopje: Macedonia|north macedonia
Europe/Sofia: Bulgaria, Sofia
Europe/Stockholm: Sweden, Stockholm, Gothenburg
Europe/Tallinn: Estonia, Tallinn
Europe/Tirane: Albania
Europe/Vienna: Austria, Vienna, Salzburg
Europe/Vilnius: Lithuania, Vilnius
Europe/Warsaw: Poland, Warsaw, Krakow
Europe/Zagreb: Croatia, Zagreb
Europe/Zurich: Switzerland, Zurich, Geneva, Bern, Basel, Liechtenstein
Asia/Nicosia: Cyprus
Indian/Antananarivo: Madagascar
Indian/Maldives: the Maldives
Indian/Mauritius: Mauritius
Indian/Mahe: the Seychelles
Pacific/Auckland: Auckland, Wellington, Christchurch
Pacific/Fiji: Fiji
Pacific/Guam: Guam
Pacific/Honolulu: Hawaii, Honolulu, Maui
Pacific/Apia: Samoa
Pacific/Tongatapu: Tonga
Pacific/Tahiti: Tahiti
Pacific/Port_Moresby: Papua New Guinea
Antarctica/McMurdo: McMurdo Station
"""
_SEVERAL_ZONES = """
the United States|america|u s|us|usa|u s a|the states: America/New_York New York, America/Chicago Chicago, \
America/Denver Denver, America/Los_Angeles Los Angeles
Canada: America/Toronto Toronto, America/Winnipeg Winnipeg, America/Edmonton Calgary, \
America/Vancouver Vancouver
Mexico: America/Mexico_City Mexico City, America/Cancun Cancun, America/Tijuana Tijuana
Brazil: America/Sao_Paulo São Paulo, America/Manaus Manaus
Chile: America/Santiago Santiago, Pacific/Easter Easter Island
Ecuador: America/Guayaquil Quito, Pacific/Galapagos the Galápagos
Russia: Europe/Moscow Moscow, Asia/Yekaterinburg Yekaterinburg, Asia/Novosibirsk Novosibirsk, \
Asia/Vladivostok Vladivostok
Australia: Australia/Sydney Sydney, Australia/Adelaide Adelaide, Australia/Perth Perth
New Zealand: Pacific/Auckland Auckland, Pacific/Chatham the Chatham Islands
Indonesia: Asia/Jakarta Jakarta, Asia/Makassar Bali, Asia/Jayapura Papua
Mongolia: Asia/Ulaanbaatar Ulan Bator, Asia/Hovd Hovd
the Congo: Africa/Kinshasa Kinshasa, Africa/Lubumbashi Lubumbashi
Alaska: America/Anchorage Anchorage, America/Adak Adak
British Columbia: America/Vancouver Vancouver, America/Dawson_Creek Dawson Creek
Ontario: America/Toronto Toronto, America/Winnipeg Kenora
Florida: America/New_York Miami, America/Chicago Pensacola
Texas: America/Chicago Dallas, America/Denver El Paso
Tennessee: America/Chicago Nashville, America/New_York Knoxville
Kentucky: America/Kentucky/Louisville Louisville, America/Chicago Bowling Green
Indiana: America/Indiana/Indianapolis Indianapolis, America/Chicago Evansville
Kansas: America/Chicago Wichita, America/Denver Goodland
Nebraska: America/Chicago Omaha, America/Denver Scottsbluff
North Dakota: America/Chicago Fargo, America/Denver Dickinson
South Dakota: America/Chicago Sioux Falls, America/Denver Rapid City
Idaho: America/Boise Boise, America/Los_Angeles Coeur d'Alene
Oregon: America/Los_Angeles Portland, America/Boise Ontario
Georgia: America/New_York Atlanta, Asia/Tbilisi Tbilisi
Birmingham: Europe/London England, America/Chicago Alabama
Washington|washington state: America/New_York Washington D.C., America/Los_Angeles Seattle
Europe: Europe/London London, Europe/Paris Paris, Europe/Athens Athens, Europe/Moscow Moscow
Africa: Africa/Accra Accra, Africa/Lagos Lagos, Africa/Johannesburg Johannesburg, Africa/Nairobi Nairobi
Asia: Asia/Dubai Dubai, Asia/Kolkata Delhi, Asia/Shanghai Beijing, Asia/Tokyo Tokyo
North America: America/New_York New York, America/Chicago Chicago, America/Denver Denver, \
America/Los_Angeles Los Angeles
South America: America/Lima Lima, America/Santiago Santiago, America/Sao_Paulo São Paulo
Antarctica: Antarctica/McMurdo McMurdo Station, Antarctica/Casey Casey Station, Antarctica/Palmer Palmer Station
"""
STATE_LETTERS: Mapping[str, str] = {
    "tx": "texas",
    "ca": "california",
    "fl": "florida",
    "ny": "new york",
    "nv": "nevada",
    "co": "colorado",
    "wa": "washington",
    "ma": "massachusetts",
    "il": "illinois",
    "az": "arizona",
    "ga": "georgia",
    "nc": "north carolina",
    "nj": "new jersey",
    "pa": "pennsylvania",
    "va": "virginia",
    "mn": "minnesota",
}
"""Written behind the name of a town; too short to be names of their own."""


@attrs.frozen
class Clock:
    """One of the clocks that a place keeps."""

    zone: str
    """Its key in the time zone database."""
    where: str
    """The place, or a town of it that keeps this zone."""


@attrs.frozen
class Place:
    """Somewhere that has a time."""

    name: str
    """As it is spoken in the middle of a sentence."""
    clocks: tuple[Clock, ...]
    """The main one first; several where they differ from part to part."""


def _lines(table: str) -> Iterator[tuple[str, list[str]]]:
    for line in table.strip().splitlines():
        head, _, rest = line.partition(": ")
        yield head, rest.split(", ")


def _named(names: str) -> Iterator[tuple[str, str]]:
    """What is said, with and without its article, and the name to say."""
    first = names.split("|")[0]
    for said in names.split("|"):
        words = " ".join(words_of(said)).removeprefix("the ")
        yield words, first
        if first.startswith("the "):
            yield f"the {words}", first


def _read() -> dict[str, Place]:
    places: dict[str, Place] = {}
    for zone, entries in _lines(_ONE_ZONE):
        for entry in entries:
            for said, name in _named(entry):
                places[said] = Place(name, (Clock(zone, name),))
    for head, entries in _lines(_SEVERAL_ZONES):
        clocks = tuple(Clock(*entry.split(" ", 1)) for entry in entries)
        for said, name in _named(head):
            places[said] = Place(name, clocks)
    return places


PLACES: Mapping[str, Place] = _read()
"""By what is said."""
