"""Currencies: their codes and minor units (ISO 4217, list one), and what people call them.

A word stands for all currencies it may mean. Words together narrow that down ("dinar" and "Iraqi"
leave one), and what is still open is settled by the question's default, or asked. A toman is not
among them: it is ten rials, and some say it of a thousand.
"""

from flows.engine.normal import normal

#: Those people are paid in: no funds, metals, units of account or withdrawn currencies.
CODES = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD
    CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
    GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD
    KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO
    NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE
    SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV
    WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()
)
#: As ISO has them, but for the Iraqi dinar: its fils are gone, and who reads "25.000 IQD" there
#: reads twenty-five thousand.
MINOR = {
    **dict.fromkeys(
        "BIF CLP DJF GNF IQD ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0
    ),
    **dict.fromkeys("BHD JOD KWD LYD OMR TND".split(), 3),
}  # fmt: skip
#: Written with a K, so that a K behind their number may be the currency.
WITH_K = frozenset({"ZMW", "MWK", "MMK", "PGK", "LAK"})

_DOLLARS = "USD CAD AUD NZD SGD HKD TWD JMD TTD BBD BSD BZD GYD LRD NAD FJD SBD SRD XCD KYD BMD BND"
_POUNDS = "GBP EGP SDG SSP LBP SYP GIP FKP SHP"
_FRANCS = "CHF XOF XAF CDF RWF BIF GNF DJF KMF XPF"
_DINARS = "IQD DZD TND LYD JOD KWD BHD RSD MKD"

#: Codes: what they are called. Plurals as people write them; case, accents and the Arabic letter
#: variants are taken care of.
_NAMES = f"""
{_DOLLARS}: dollar dollars دولار دولارات دولارا
{_DOLLARS} MXN ARS CLP COP UYU DOP CUP BRL NIO TOP WST MOP: $
EUR: € euro euros يورو اليورو
{_POUNDS}: £ pound pounds جنيه جنيهات جنيها
{_POUNDS} TRY: livre livres ليرة ليرات
TRY SYP LBP: lira liras lire
TRY: ₺ tl
{_FRANCS}: franc francs f fr frs فرنك فرنكات
XOF XAF: cfa fcfa سيفا
{_DINARS}: dinar dinars دينار دنانير دينارا
AED MAD: dirham dirhams dh dhs درهم دراهم درهما
YER SAR OMR QAR IRR: rial rials riyal riyals ﷼ ريال ريالات ريالا
INR PKR NPR LKR MUR SCR: rupee rupees roupie roupies rs روبية روبيات
KES TZS UGX SOS: shilling shillings شلن شلنات
KES: ksh kshs
TZS: tsh
UGX: ush
MXN ARS CLP COP PHP DOP UYU CUP: peso pesos بيزو
DKK SEK NOK ISK: kr krone kroner krona kronor couronne couronnes كرونة كرونات
CZK: kč koruna korun
BRL: real reais
RUB BYN: rouble roubles ruble rubles روبل
RUB: ₽ руб рублей
UAH: ₴ hryvnia hryvnias грн гривень هريفنيا
GEL: ₾ lari laris
AMD: ֏ dram drams
AZN TMT: manat manats
AZN: ₼
KZT: ₸ tenge
KGS UZS: som soms soum
ILS: ₪ shekel shekels nis شيكل شيقل شواكل
INR: ₹
BDT: ৳ taka takas
AFN: ؋ afghani afghanis أفغاني
MMK: kyat kyats
JPY CNY: ¥
JPY: yen yens
CNY: yuan yuans rmb
KRW: ₩ won
THB: ฿ baht bahts
VND: ₫ dong dongs
PHP: ₱
IDR: rupiah rupiahs rp
MYR: ringgit ringgits rm
LAK: ₭ kip kips
KHR: ៛ riel riels
MNT: ₮ tugrik
NGN: ₦ naira nairas
GHS: ₵ cedi cedis
ETB: birr birrs بر
ERN: nakfa nakfas
ZMW MWK: kwacha kwachas
ZMW MWK MMK PGK: k
ZAR: rand rands
MZN: metical meticais
AOA: kwanza kwanzas
MGA: ariary
SLE: leone leones
GMD: dalasi dalasis
BWP: pula
MRU: ouguiya ouguiyas أوقية
PLN: zł zl zloty zlotys
HUF: forint forints
RON MDL: leu lei
ALL: lek leks
HTG: gourde gourdes
GTQ: quetzal quetzals quetzales
HNL: lempira lempiras
NIO: cordoba cordobas
CRC: ₡ colon colones
PYG: ₲ guarani guaranies
VES: bolivar bolivars bolivares
PEN: sol soles
BOB: boliviano bolivianos
USD: us usa american américain américains أمريكي أميركي أمريكية
CAD: canadian canadien canadiens كندي
CAD NIO: c$
CAD: ca$
AUD: australian australien australiens أسترالي
AUD: a$ au$
USD: us$
NZD: nz$
HKD: hk$
TWD: nt$
SGD: s$
JMD: j$
TTD: tt$
BRL: r$
MXN: mx$ mex$
TOP: t$
MXN: mexican mexicain mexicains
ARS: argentine argentins
COP: colombian colombien colombiens
CLP: chilean chilien chiliens
GBP: sterling إسترليني
EGP: egyptian égyptienne égyptiennes مصري مصرية le ج.م
SDG: sudanese soudanaise soudanaises سوداني
LBP: lebanese libanaise libanaises لبنانية لبناني ل.ل
SYP: syrian syrienne syriennes سورية سوري ل.س
TRY: turkish turque turques تركية تركي
IQD: iraqi irakien irakiens عراقي د.ع
DZD: algerian algérien algériens جزائري da د.ج
TND: tunisian tunisien tunisiens تونسي dt د.ت
LYD: libyan libyen libyens ليبي د.ل
JOD: jordanian jordanien jordaniens أردني jd
KWD: kuwaiti koweïtien koweïtiens كويتي kd د.ك
BHD: bahraini bahreïni بحريني bd د.ب
RSD: serbian serbe serbes
AED: emirati émiratis إماراتي
AED JOD: د.إ
MAD: moroccan marocain marocains مغربي د.م
YER: yemeni yéménite yéménites يمني ر.ي
SAR: saudi saoudien saoudiens سعودي sr ر.س
OMR: omani omanais عماني ر.ع
QAR: qatari qatarien qatariens قطري ر.ق
IRR: iranian iranien iraniens إيراني
CHF: swiss suisse suisses سويسري
CDF: congolese congolais fc كونغولي
RWF: rwandan rwandais frw
BIF: burundian burundais fbu
GNF: guinean guinéen guinéens fg
DJF: djiboutian djiboutien djiboutiens fdj جيبوتي
KMF: comorian comorien comoriens قمري
KES: kenyan kényans كيني
TZS: tanzanian tanzanien tanzaniens
UGX: ugandan ougandais
SOS: somali somalien somaliens صومالي
INR: indian indienne indiennes هندية
PKR: pakistani pakistanaise pakistanaises باكستانية
NPR: nepali népalaise népalaises
DKK: danish danoise danoises دنماركية
SEK: swedish suédoise suédoises سويدية
NOK: norwegian norvégienne norvégiennes نرويجية
RUB: russian russe russes روسي
BYN: belarusian biélorusse biélorusses
"""


def key(word: str) -> str:
    """The form in which names are compared: letters, with the dollar sign behind them ("A$"), or
    the symbol itself."""
    letters = normal(word).replace(" ", "")
    return letters + "$" * word.endswith("$") or word


def _read(table: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {key(code): (code,) for code in CODES}
    for line in table.strip().splitlines():
        codes, _, words = line.partition(": ")
        for word in words.split():
            found[key(word)] = tuple(codes.split())
    return found


#: Countries that don't pay with a currency of their own; the code of any other begins with theirs.
_SHARED = """
EUR: AD AT AX BE BG BL CY DE EE ES FI FR GF GP GR HR IE IT LT LU LV MC ME MF MQ MT NL PM PT RE SI SK
EUR: SM TF VA XK YT
USD: AS BQ EC FM GU MH MP PR PW SV TC TL UM VG VI ZW
XOF: BF BJ CI GW ML NE SN TG
XAF: CF CG CM GA GQ TD
XCD: AG AI DM GD KN LC MS VC
XPF: NC PF WF
XCG: CW SX
AUD: CC CX HM KI NF NR TV
NZD: CK NU PN TK
GBP: GG GS IM JE
NOK: BV SJ
DKK: FO GL
CHF: LI
ILS: PS
MAD: EH
"""


def _shared() -> dict[str, str]:
    lines = (line.partition(": ") for line in _SHARED.strip().splitlines())
    return {country: code for code, _, countries in lines for country in countries.split()}


#: Country (ISO 3166 alpha-2) -> what people pay with there.
PAID_IN = {code[:2]: code for code in CODES if code[0] != "X"} | _shared()

#: Word -> the currencies that it may mean, the likeliest first.
NAMES = _read(_NAMES)


def minor(currency: str) -> int:
    """How many decimals it has. Those that we don't know have two."""
    return MINOR.get(currency, 2)
