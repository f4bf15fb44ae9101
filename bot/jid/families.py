"""Names with their spellings, one a row: many differ more than rules can bridge, as Oleksandr and
Aliaksandr, or عمر, whose vowels nobody writes. A spelling may be in several rows: Rashid is two
names. Those that the rules bridge from another one in the row need not be listed.

A star marks names that several of a hundred people have in some country. Two of them together say
little: see `telling` in bot/jid/names.py.
"""

ROWS = """
    *mohammed mohamed mohammad muhamad muhamed mouhamad mohamet mahamed mahamad mahamat magomed
        mukhammad mukhamed mehmed mehmet mohd mohamd mhamed محمد امحمد мухаммед
    *ahmed ahmad ahmet achmed akhmed akhmad أحمد احمد
    *mahmoud mahmood mehmood mahmut محمود
    *mustafa mostafa mustapha مصطفى مصطفي
    *ali aly علي
    *hassan hasan الحسن حسن
    *hussein hussain husain hossein hussin houssine houcine hassine huseyn husen حسين الحسين
    *ibrahim ebrahim brahim ibraheem ibragim إبراهيم ابراهيم براهيم
    ismail esmail smail ismael إسماعيل اسماعيل
    *yusuf yousef yousif yusef yousuf usuf iosif josef joseph jozef يوسف جوزيف
    yaqub yaqoob yacub يعقوب
    ishaq ishak isaac isaak إسحاق اسحاق إسحق
    musa موسى
    isa issa essa eissa eisa aissa عيسى
    daoud dawood davud dawud داود داوود داؤد
    suleiman sulaiman soleiman slimane sliman suleman suleyman solaiman سليمان
    *omar umar omer amor عمر
    othman osman usman عثمان
    *abdullah abdallah abdulah abdalla abdellah abdoulaye abdollah عبدالله
    abdulrahman abdelrahmane abdulraman abdulrehman عبدالرحمن عبدالرحمان
    abdulaziz عبدالعزيز
    abdulkarim عبدالكريم
    abdulqader abdelkader abdulqadir عبدالقادر
    *khaled khalid خالد
    hamza حمزة
    salah slah صلاح
    saleh salih salah صالح
    said saeed saied sayeed سعيد
    sayed sayyid sayyed sayeed said السيد سيد
    karim kareem كريم
    jamal gamal djamel جمال
    tariq tarek طارق
    amr amro عمرو
    abdo abdou abdu عبده عبدو
    nasser naser nasir naceur ناصر
    nasir naseer نصير
    rashid rachid rasheed رشيد
    rashed rached rashid راشد
    walid waleed oualid وليد
    samir سمير
    kamal كمال
    kamel kamil كامل
    hamid hameed حميد
    hamed hamid حامد
    adel adil عادل
    amin أمين امين
    anwar أنور انور
    bilal بلال
    farid فريد
    hisham hesham هشام
    idris driss إدريس ادريس
    jaber jabir جابر
    majid majeed مجيد
    majed majid ماجد
    nabil نبيل
    omran imran عمران
    reza ridha rida redha riza raza رضا
    mehdi mahdi مهدي
    amir ameer أمير امير
    amer amir عامر
    *mariam maryam meryem miriam meriem maria mary mariya مريم ماريا ماري мария
    *fatima fatma fatema fateme fatemeh fatimah فاطمة فاطمه
    aisha ayesha aicha aycha عائشة عايشة
    zainab zeinab zaynab zineb zeynep زينب
    khadija khadijeh hatice خديجة خدیجه
    zahra zehra زهراء زهرا
    sara sarah سارة ساره
    leila layla laila ليلى
    nour noor نور
    huda hoda هدى
    salma selma سلمى
    amina أمينة امينة
    *khan خان
    ivan إيفان ايفان
    *alexander aleksandr oleksandr aliaksandr alexandre alexandr alejandro alessandro александр
        олександр аляксандр ألكسندر الكسندر إسكندر
    alexandra oleksandra александра олександра аляксандра
    *sergei serhiy serhii siarhei serhij сергей сергій сяргей سيرغي
    andrei andriy andrii andrew andrej андрей андрій أندريه
    alexei oleksiy oleksii aliaksei алексей олексій аляксей
    dmitry dmitri dmytro dzmitry dimitri dzmitri дмитрий дмитро дзмітрый ديمتري
    mikhail mykhailo mikhailo michael mykhaylo михаил михайло міхаіл ميخائيل مايكل
    nikolai mykola nicolai mikalai nikola николай микола мікалай نيكولاي
    vladimir volodymyr uladzimir владимир володимир уладзімір فلاديمير
    yevgeny evgeny yevhen yevgeni yevhenii eugene yauhen евгений євген евгени яўген
    evgenia yevheniia yevgenia eugenia евгения євгенія
    igor ihor ihar игорь ігор ігар
    oleg олег алег
    pavel pavlo paul pablo павел павло بول
    peter pyotr petro piotr pedro petr petar пётр петро петър بيتر بطرس
    yuri yury yuriy iurii jurij юрий юрій юры
    george georgi georgiy georgy heorhii giorgi георгий георги георгій جورج
    viktor victor віктар فيكتور
    anna hanna ganna ana анна ганна آنا
    elena yelena olena alena helena jelena елена олена алена إيلينا
    olga olha volha ольга вольга أولغا
    irina iryna ирина ірина ірына
    natalia natalya natallia наталья наталія ناتاليا
    tatiana tatyana tetiana tatsiana татьяна тетяна таццяна
    svetlana svitlana sviatlana светлана світлана святлана
    ekaterina kateryna katerina yekaterina katsiaryna екатерина катерина
    yulia julia yuliya юлия юлія
    *jean جان
    juan خوان
    *john جون
    *jose
    carlos karl karlos
    *nguyen
    *thi
    *van
    *singh
    *kumar
"""


def rows() -> list[list[str]]:
    """Each row's spellings, the first of them its name. A line indented further belongs to the one
    above it."""
    joined = ROWS.replace("\n        ", " ")
    return [line.split() for line in joined.splitlines() if line.strip()]
