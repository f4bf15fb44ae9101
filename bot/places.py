"""Builds the engine's Places: zones and coordinates of tzdata, names of Babel, cities of ours."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global

from bot.cities import CITIES
from flows.engine.normal import normal
from flows.engine.places import Place, Places

LANGUAGES = ("en", "fr", "ar")
MOST_ZONES = 5  #: a country with more of them is no answer
#: CLDR, hence Babel, keeps the names that tzdb has left.
OLD = {
    "Africa/Asmara": "Africa/Asmera",
    "America/Argentina/Buenos_Aires": "America/Buenos_Aires",
    "America/Argentina/Catamarca": "America/Catamarca",
    "America/Argentina/Cordoba": "America/Cordoba",
    "America/Argentina/Jujuy": "America/Jujuy",
    "America/Argentina/Mendoza": "America/Mendoza",
    "America/Atikokan": "America/Coral_Harbour",
    "America/Indiana/Indianapolis": "America/Indianapolis",
    "America/Kentucky/Louisville": "America/Louisville",
    "America/Nuuk": "America/Godthab",
    "Asia/Ho_Chi_Minh": "Asia/Saigon",
    "Asia/Kathmandu": "Asia/Katmandu",
    "Asia/Kolkata": "Asia/Calcutta",
    "Asia/Yangon": "Asia/Rangoon",
    "Atlantic/Faroe": "Atlantic/Faeroe",
    "Europe/Kyiv": "Europe/Kiev",
    "Pacific/Chuuk": "Pacific/Truk",
    "Pacific/Pohnpei": "Pacific/Ponape",
}
#: Where Babel's name isn't the one that people use there.
CITY = {("Asia/Hebron", "ar"): "الخليل"}
#: Countries whose zones need an order, or a choice. The first is where most people are.
MAIN = {
    "AR": ["America/Argentina/Buenos_Aires"],
    "AU": ["Australia/Sydney", "Australia/Brisbane", "Australia/Adelaide", "Australia/Perth",
           "Australia/Darwin"],
    "BR": ["America/Sao_Paulo", "America/Manaus", "America/Fortaleza", "America/Cuiaba",
           "America/Rio_Branco"],
    "CA": ["America/Toronto", "America/Vancouver", "America/Edmonton", "America/Winnipeg",
           "America/Halifax"],
    "KZ": ["Asia/Almaty"],
    "MX": ["America/Mexico_City", "America/Tijuana", "America/Hermosillo", "America/Cancun",
           "America/Ciudad_Juarez"],
    "RU": ["Europe/Moscow", "Asia/Yekaterinburg", "Asia/Novosibirsk", "Asia/Irkutsk",
           "Asia/Vladivostok"],
    "UA": ["Europe/Kyiv", "Europe/Simferopol"],
    "US": ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
           "America/Anchorage"],
    "UZ": ["Asia/Tashkent", "Asia/Samarkand"],
}  # fmt: skip
#: What people call countries, beside Babel's names.
COUNTRIES = {
    "AE": "UAE, EAU, Emirates, Émirats, الإمارات",
    "BA": "Bosnia, Bosnie, البوسنة",
    "CD": "DRC, DR Congo, RDC, Congo Kinshasa, Democratic Republic of the Congo, "
          "République démocratique du Congo, الكونغو الديمقراطية",
    "CG": "Congo, Congo Brazzaville, Republic of the Congo, République du Congo, الكونغو",
    "CI": "Ivory Coast, Côte d'Ivoire, ساحل العاج, كوت ديفوار",
    "CZ": "Czech Republic, République tchèque, التشيك",
    "GB": "UK, England, Scotland, Wales, Britain, Great Britain, Angleterre, Écosse, إنجلترا, "
          "بريطانيا",
    "HK": "Hong Kong, هونغ كونغ",
    "KP": "DPRK",
    "MK": "Macedonia, Macédoine, مقدونيا",
    "MM": "Burma, Myanmar, Birmanie, بورما, ميانمار",
    "NL": "Holland, Hollande",
    "PS": "Palestine, فلسطين, Palestinian Territories, Territoires palestiniens",
    "SY": "سوريا, سورية",
    "SZ": "Swaziland",
    "TR": "Turkey, Turkiye",
    "TL": "East Timor",
    "US": "USA, United States of America, America, Amérique, USA, أمريكا, أميركا",
    "CV": "Cape Verde, Cap Vert, الرأس الأخضر",
    "CF": "CAR, RCA, أفريقيا الوسطى",
}  # fmt: skip
UTC = "UTC, GMT, Greenwich, Zulu time, temps universel, توقيت غرينتش, غرينتش"


class Row(NamedTuple):
    countries: list[str]
    lat: float
    lon: float


@cache
def load() -> Places:
    """Reads everything once; about a tenth of a second."""
    rows, ids = _rows(), _ids()
    names: dict[str, dict[Place, None]] = {}

    def know(name: str, zone: str, label: str) -> None:
        if key := normal(name):
            for form in (key, _bare(key)):
                names.setdefault(form, {})[zone, label] = None

    for name, zone, label in (*_exemplars(rows), *_ours(), *_countries(rows), *_universal()):
        if zone.casefold() in ids:
            know(name, zone, label)
    cities = [(zone, row.lat, row.lon) for zone, row in rows.items()]
    cities += [(zone, *where) for zone, where, _ in _lines() if where]
    return Places(
        names={name: tuple(places) for name, places in names.items()},
        ids=ids,
        cities=tuple(city for city in cities if city[0].casefold() in ids),
        countries=_of_zones() | {zone: row.countries[0] for zone, row in rows.items()},
    )


def _of_zones() -> dict[str, str]:
    """Zone -> country by CLDR, which knows the names that tzdb has left, too."""
    nowhere = ("ZZ", "001")
    known = {z: its for z, its in get_global("zone_territories").items() if its not in nowhere}
    aliases = get_global("zone_aliases").items()
    return known | {old: known[new] for old, new in aliases if new in known}


def _bare(name: str) -> str:
    """Arabic names are typed with and without their article."""
    return name.removeprefix("ال") if len(name) > 4 else name


def _rows() -> dict[str, Row]:
    rows: dict[str, Row] = {}
    text = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            country, where, zone = line.split("\t")[:3]
            lon_at = max(where.rfind("+"), where.rfind("-"))
            lat, lon = _degrees(where[:lon_at], 2), _degrees(where[lon_at:], 3)
            rows.setdefault(zone, Row([], lat, lon)).countries.append(country)
    return rows


def _degrees(iso6709: str, whole: int) -> float:
    """ "+4851", "-0331945": degrees, minutes, perhaps seconds."""
    sign = -1 if iso6709[0] == "-" else 1
    digits = iso6709[1:]
    minutes, seconds = digits[whole : whole + 2], digits[whole + 2 :] or "0"
    return sign * (int(digits[:whole]) + int(minutes) / 60 + int(seconds) / 3600)


def _ids() -> dict[str, str]:
    """Case-folded -> zone, of those that can be opened here; left names lead to the new ones."""
    zones = files("tzdata").joinpath("zones").read_text("utf-8").split()
    known = {z.casefold(): z for z in zones if ("/" in z or z in ("UTC", "GMT")) and _opens(z)}
    for new, old in OLD.items():
        if new.casefold() in known:
            known[old.casefold()] = new
    return known | {"utc": "Etc/UTC", "gmt": "Etc/UTC"}


def _opens(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return False
    return True


@cache
def _city_names(lang: str) -> dict[str, str]:
    data: Any = Locale(lang).time_zones
    return {zone: str(data[zone]["city"]) for zone in data if data[zone].get("city")}


def _city(zone: str, lang: str) -> str:
    names = _city_names(lang)
    own = CITY.get((zone, lang)) or names.get(zone) or names.get(OLD.get(zone, ""))
    return own or zone.rpartition("/")[2].replace("_", " ")


def _exemplars(rows: dict[str, Row]) -> Iterator[tuple[str, str, str]]:
    for zone in rows:
        for lang in LANGUAGES:
            city = _city(zone, lang)
            yield city, zone, city
        for typed in (zone, OLD.get(zone, zone)):
            tail = typed.rpartition("/")[2].replace("_", " ")
            yield tail, zone, _city(zone, "en")


def _countries(rows: dict[str, Row]) -> Iterator[tuple[str, str, str]]:
    zones: dict[str, list[str]] = {}
    for zone, row in rows.items():
        for country in row.countries:
            zones.setdefault(country, []).append(zone)
    for country, its in zones.items():
        chosen = MAIN.get(country, its)
        if len(chosen) > MOST_ZONES:
            continue
        for lang in LANGUAGES:
            name = Locale(lang).territories.get(country)
            for zone in chosen if name else ():
                yield str(name), zone, _city(zone, lang)
        for name in filter(None, COUNTRIES.get(country, "").split(", ")):
            for zone in chosen:
                yield name, zone, _city(zone, "en" if name.isascii() else _script(name))


def _script(name: str) -> str:
    return "ar" if "\u0600" <= name[0] <= "\u06ff" else "fr"


def _universal() -> Iterator[tuple[str, str, str]]:
    return ((name, "Etc/UTC", "UTC") for name in UTC.split(", "))


def _lines() -> Iterator[tuple[str, tuple[float, float] | None, list[list[str]]]]:
    """Of CITIES: zone, (latitude, longitude), names per language, the first of them the label."""
    zone = ""
    for line in filter(None, CITIES.splitlines()):
        if not line.startswith(" "):
            zone = line
            continue
        where, _, names = line.strip().partition("  ")
        lat, _, lon = where.partition(" ")
        yield (
            zone,
            (float(lat), float(lon)) if lon else None,
            [part.split(", ") for part in names.split(" / ")],
        )


def _ours() -> Iterator[tuple[str, str, str]]:
    for zone, _, languages in _lines():
        for names in languages:
            for name in names:
                yield name, zone, names[0]
