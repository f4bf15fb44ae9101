"""What people answer to "Which city are you in?", and the zone that it means."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.cities import CITIES
from bot.places import load
from flows.engine.places import MOST, Places

PLACES = load()


def zones(text: str) -> list[str]:
    return [zone for zone, _ in PLACES.find(text)]


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Paris", "Europe/Paris"),
        ("  PARIS! ", "Europe/Paris"),
        ("Europe/Paris", "Europe/Paris"),
        ("europe/paris", "Europe/Paris"),
        ("america/new york", "America/New_York"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Kyiv", "Europe/Kyiv"),
        ("Kiev", "Europe/Kyiv"),
        ("كييف", "Europe/Kyiv"),
        ("Lyon", "Europe/Paris"),
        ("مرسيليا", "Europe/Paris"),
        ("Alep", "Asia/Damascus"),
        ("إدلب", "Asia/Damascus"),
        ("ادلب", "Asia/Damascus"),
        ("Beyrouth", "Asia/Beirut"),
        ("بيروت", "Asia/Beirut"),
        ("القاهرة", "Africa/Cairo"),
        ("قاهره", "Africa/Cairo"),
        ("Rafah", "Asia/Gaza"),
        ("غزة", "Asia/Gaza"),
        ("رام الله", "Asia/Hebron"),
        ("الخليل", "Asia/Hebron"),
        ("Mosul", "Asia/Baghdad"),
        ("الموصل", "Asia/Baghdad"),
        ("بنغازي", "Africa/Tripoli"),
        ("Sana'a", "Asia/Aden"),
        ("صنعاء", "Asia/Aden"),
        ("Lahore", "Asia/Karachi"),
        ("Mandalay", "Asia/Yangon"),
        ("Rangoon", "Asia/Yangon"),
        ("Kandahar", "Asia/Kabul"),
        ("El Fasher", "Africa/Khartoum"),
        ("el-fasher", "Africa/Khartoum"),
        ("أم درمان", "Africa/Khartoum"),
        ("Goma", "Africa/Lubumbashi"),
        ("Mumbai", "Asia/Kolkata"),
        ("Diyarbakir", "Europe/Istanbul"),
        ("Diyarbakır", "Europe/Istanbul"),
        ("İstanbul", "Europe/Istanbul"),
        ("St. Petersburg", "Europe/Moscow"),
        ("Pokhara", "Asia/Kathmandu"),
        ("Batoumi", "Asia/Tbilisi"),
        ("Gyumri", "Asia/Yerevan"),
        ("Ganja", "Asia/Baku"),
        ("Chișinău", "Europe/Chisinau"),
        ("Gomel", "Europe/Minsk"),
        ("Managua", "America/Managua"),
        ("Nampula", "Africa/Maputo"),
        ("Hargeisa", "Africa/Mogadishu"),
        ("Davao", "Asia/Manila"),
        ("Washington, DC", "America/New_York"),
        ("san francisco", "America/Los_Angeles"),
        ("Georgia", "Asia/Tbilisi"),
        ("Géorgie", "Asia/Tbilisi"),
        ("georgie", "Asia/Tbilisi"),
        ("جورجيا", "Asia/Tbilisi"),
        ("Ukraine", "Europe/Kyiv"),
        ("Russia", "Europe/Moscow"),
        ("سوريا", "Asia/Damascus"),
        ("فلسطين", "Asia/Gaza"),
        ("Côte d’Ivoire", "Africa/Abidjan"),
        ("RDC", "Africa/Kinshasa"),
        ("Tripoli", "Africa/Tripoli"),
        ("Tripoli, Lebanon", "Asia/Beirut"),
        ("طرابلس، لبنان", "Asia/Beirut"),
        ("I live in Goma these days", "Africa/Lubumbashi"),
        ("je suis à Genève", "Europe/Zurich"),
        ("أنا في بيروت", "Asia/Beirut"),
        ("khart", "Africa/Khartoum"),
        ("Beiruth", "Asia/Beirut"),
        ("Damscus", "Asia/Damascus"),
        ("UTC", "Etc/UTC"),
        ("gmt", "Etc/UTC"),
        ("UTC+0", "Etc/UTC"),
        ("UTC+3", "Etc/GMT-3"),
        ("utc +3", "Etc/GMT-3"),
        ("GMT-5", "Etc/GMT+5"),
        ("GMT−5", "Etc/GMT+5"),
        ("+03:00", "Etc/GMT-3"),
        ("+0300", "Etc/GMT-3"),
        ("+٣", "Etc/GMT-3"),
        ("UTC+14", "Etc/GMT-14"),
        ("+5:30", "Asia/Kolkata"),
        ("Etc/GMT+5", "Etc/GMT+5"),
    ],
)
def test_what_people_type_finds_their_zone_first(typed: str, zone: str) -> None:
    assert zones(typed)[:1] == [zone]


@pytest.mark.parametrize(
    "typed",
    ["", " ", "x", "3", "12", "UTC+15", "UTC-13", "UTC+3:17", "+33612345678", "+99", "🆘", "ok",
     "marble", "no idea", "؟", "\ud800", "a" * 5000, "Etc/GMT+99", "../../etc/passwd", "\0"],
)  # fmt: skip
def test_what_is_no_place_finds_nothing(typed: str) -> None:
    assert PLACES.find(typed) == []


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Asia/Kolkata", "IN"),
        ("Asia/Calcutta", "IN"),
        ("Europe/Kyiv", "UA"),
        ("Europe/Kiev", "UA"),
        ("US/Eastern", "US"),
        ("Turkey", "TR"),
        ("Etc/UTC", ""),
        ("Etc/GMT-3", ""),
    ],
)
def test_a_zone_by_any_of_its_names_is_in_its_country(zone: str, country: str) -> None:
    assert PLACES.country(zone) == country


def test_the_label_is_the_city_in_the_language_it_was_typed_in() -> None:
    assert PLACES.find("beirut") == [("Asia/Beirut", "Beirut")]
    assert PLACES.find("beyrouth") == [("Asia/Beirut", "Beyrouth")]
    assert PLACES.find("بيروت") == [("Asia/Beirut", "بيروت")]
    assert PLACES.find("Liban") == [("Asia/Beirut", "Beyrouth")]
    assert PLACES.find("utc+3") == [("Etc/GMT-3", "UTC+3")]
    assert PLACES.find("UTC") == [("Etc/UTC", "UTC")]


def test_a_name_of_two_cities_offers_both() -> None:
    assert PLACES.find("Tripoli") == [
        ("Africa/Tripoli", "Tripoli"),
        ("Asia/Beirut", "Tripoli (Lebanon)"),
    ]


def test_a_country_of_many_zones_offers_its_largest() -> None:
    assert len(PLACES.find("USA")) == MOST
    assert zones("Palestine") == ["Asia/Gaza", "Asia/Hebron"]


@pytest.mark.parametrize(
    ("lat", "lon", "zone"),
    [
        (48.85, 2.35, "Europe/Paris"),
        (49.99, 36.23, "Europe/Kyiv"),
        (34.0, 71.5, "Asia/Karachi"),  # Kabul is nearer than Karachi, Peshawar is nearest
        (31.5, 74.3, "Asia/Karachi"),
        (-1.68, 29.22, "Africa/Lubumbashi"),
        (-1.70, 29.26, "Africa/Lubumbashi"),
        (31.5, 34.45, "Asia/Gaza"),
        (41.7151, 44.8271, "Asia/Tbilisi"),
        (34.1, 74.8, "Asia/Kolkata"),
        (19.6, 37.2, "Africa/Khartoum"),
        (-14.0, -171.7, "Pacific/Apia"),
        (-17.0, -179.9, "Pacific/Fiji"),
        (-17.0, 539.9, "Pacific/Fiji"),
    ],
)
def test_a_shared_location_finds_the_zone_of_the_nearest_city(
    lat: float, lon: float, zone: str
) -> None:
    assert PLACES.nearest(lat, lon) == zone


def test_every_zone_that_can_be_answered_can_be_opened() -> None:
    answers = {zone for places in PLACES.names.values() for zone, _ in places}
    answers |= {zone for zone, _, _ in PLACES.cities} | set(PLACES.ids.values())
    answers |= {f"Etc/GMT{n:+}" for n in range(-14, 13) if n}
    for zone in answers:
        ZoneInfo(zone)


def test_every_city_of_ours_is_found_by_each_of_its_names() -> None:
    zone = ""
    for line in filter(None, CITIES.splitlines()):
        if not line.startswith("  "):
            zone = line
            assert zone in PLACES.ids.values(), line
            continue
        where, _, names = line.strip().partition("  ")
        for name in names.replace(" / ", ", ").split(", "):
            assert zone in zones(name), name
        if where != "-":
            lat, lon = map(float, where.split())
            assert PLACES.nearest(lat, lon) == zone, line


def test_every_name_of_a_language_is_found() -> None:
    for name, places in PLACES.names.items():
        assert zones(name)[0] in {zone for zone, _ in places}


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=300) | st.text("+-0123456789:utcgm ٣", max_size=12))
@example("\u0130" * 200)
@example("+²")
def test_find_is_total(text: str) -> None:
    found = PLACES.find(text)
    assert len(found) <= MOST
    assert len({zone for zone, _ in found}) == len(found)
    for zone, label in found:
        assert ZoneInfo(zone).key == zone
        assert label


@settings(deadline=None)
@given(st.floats(), st.floats())
def test_nearest_is_total(lat: float, lon: float) -> None:
    ZoneInfo(PLACES.nearest(lat, lon))


@settings(deadline=None)
@given(st.sampled_from(sorted(PLACES.names)), st.sampled_from(["", "!", " .", "؟", "\u200f"]))
def test_punctuation_and_case_change_nothing(name: str, more: str) -> None:
    assert zones(name.upper().lower() + more) == zones(name.upper().lower())


def test_nothing_known_finds_nothing() -> None:
    nowhere = Places({}, {}, ())
    assert nowhere.find("Paris") == nowhere.find("UTC+3") == []
    assert nowhere.nearest(0, 0) == "Etc/UTC"
