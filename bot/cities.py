"""Cities that tzdb doesn't name, where our people are. Under each zone: latitude, longitude, then
English / French (when different) / Arabic names; the first of a language is what we call it.
A place without coordinates ("-") is only a name. To add one, add a line."""

CITIES = """
Europe/Kyiv
  49.99 36.23  Kharkiv, Kharkov / خاركيف, خاركوف
  46.48 30.73  Odesa, Odessa / أوديسا, اوديسا
  49.84 24.03  Lviv, Lvov / لفيف
  48.46 35.04  Dnipro / دنيبرو
  47.84 35.14  Zaporizhzhia, Zaporizhia, Zaporijia / زابوريجيا
  48.02 37.80  Donetsk / دونيتسك
  48.57 39.31  Luhansk, Lugansk / لوغانسك
  47.10 37.54  Mariupol, Marioupol / ماريوبول
  46.64 32.61  Kherson / خيرسون
  46.97 32.00  Mykolaiv, Nikolaev / ميكولايف
  48.73 37.58  Kramatorsk / كراماتورسك
  -  Kyiv, Kiev / كييف
Europe/Paris
  45.76 4.84  Lyon / ليون
  43.30 5.37  Marseille, Marseilles / مارسيليا, مرسيليا
  43.60 1.44  Toulouse / تولوز
  48.57 7.75  Strasbourg / ستراسبورغ
  50.63 3.06  Lille / ليل
  44.84 -0.58  Bordeaux / بوردو
  47.22 -1.55  Nantes / نانت
  43.70 7.27  Nice / نيس
Europe/Berlin
  48.14 11.58  Munich, München / ميونخ, ميونيخ
  53.55 9.99  Hamburg / Hambourg / هامبورغ
  50.94 6.96  Cologne, Köln / كولونيا
  50.11 8.68  Frankfurt / Francfort / فرانكفورت
  50.73 7.10  Bonn / بون
  51.34 12.37  Leipzig / لايبزيغ
Europe/London
  53.48 -2.24  Manchester / مانشستر
  52.49 -1.89  Birmingham / برمنغهام
  55.95 -3.19  Edinburgh / Édimbourg / إدنبرة
  55.86 -4.25  Glasgow / غلاسكو
  54.60 -5.93  Belfast / بلفاست
  51.75 -1.26  Oxford / أكسفورد
Europe/Zurich
  46.20 6.14  Geneva / Genève / جنيف
  46.95 7.45  Bern / Berne / برن
Europe/Amsterdam
  52.08 4.31  The Hague / La Haye / لاهاي
  51.92 4.48  Rotterdam / روتردام
Europe/Madrid
  41.39 2.17  Barcelona / Barcelone / برشلونة
Europe/Rome
  45.46 9.19  Milan / ميلانو
  40.85 14.27  Naples / نابولي
  35.50 12.61  Lampedusa / لامبيدوزا
Europe/Athens
  40.64 22.94  Thessaloniki / Thessalonique / سالونيك
  39.11 26.55  Lesbos / ليسبوس
Europe/Istanbul
  39.93 32.86  Ankara / أنقرة
  37.91 40.24  Diyarbakir / ديار بكر
  38.42 27.14  Izmir / إزمير
  37.07 37.38  Gaziantep / غازي عنتاب, عنتاب
  36.20 36.16  Antakya, Hatay / أنطاكيا
  37.16 38.79  Sanliurfa, Urfa / أورفا
  38.50 43.38  Van
  37.00 35.32  Adana / أضنة
  41.00 39.72  Trabzon / طرابزون
  -  Istanbul, Stamboul / إسطنبول, اسطنبول, استانبول
Europe/Moscow
  59.93 30.34  St Petersburg, Saint Petersburg, St. Petersburg / Saint-Pétersbourg / سانت بطرسبرغ
  43.32 45.70  Grozny / غروزني
  42.98 47.50  Makhachkala / محج قلعة
  55.79 49.12  Kazan / قازان
  47.23 39.72  Rostov, Rostov-on-Don / Rostov-sur-le-Don / روستوف
  45.04 38.98  Krasnodar / كراسنودار
  51.73 36.19  Kursk / Koursk / كورسك
  50.60 36.59  Belgorod / بيلغورود
  56.33 44.00  Nizhny Novgorod / نيجني نوفغورود
Europe/Minsk
  52.43 31.00  Gomel, Homel / غوميل
  52.10 23.70  Brest / بريست
  53.68 23.83  Grodno, Hrodna / غرودنو
  55.19 30.20  Vitebsk / فيتيبسك
  53.90 30.34  Mogilev / موغيليف
Europe/Chisinau
  46.84 29.63  Tiraspol / تيراسبول
  -  Chisinau, Kishinev, Chișinău / تشيسيناو, كيشيناو
Asia/Tbilisi
  41.65 41.64  Batumi / Batoumi / باتومي
  42.27 42.70  Kutaisi / Koutaïssi / كوتايسي
  43.00 41.02  Sukhumi / Soukhoumi / سوخومي
  42.51 41.87  Zugdidi
  -  Tiflis / تفليس
Asia/Yerevan
  40.79 43.85  Gyumri / Gumri / غيومري
  39.21 46.41  Kapan
  -  Erevan / يريفان
Asia/Baku
  40.68 46.36  Ganja, Gandja / كنجة, غنجة
  39.82 46.75  Stepanakert, Khankendi / ستيباناكيرت
  39.21 45.41  Nakhchivan / Nakhitchevan / ناخيتشيفان
Asia/Damascus
  36.20 37.16  Aleppo / Alep / حلب
  34.73 36.71  Homs / حمص
  35.93 36.63  Idlib / إدلب, ادلب
  35.13 36.75  Hama / حماة
  35.95 39.01  Raqqa / Rakka / الرقة
  35.34 40.14  Deir ez-Zor, Deir Ezzor, Deir al-Zor / دير الزور
  36.51 40.74  Hasakah, Hasakeh / Hassaké / الحسكة
  37.05 41.22  Qamishli, Qamishlo / القامشلي, قامشلو
  32.62 36.10  Daraa, Deraa / درعا
  32.71 36.57  Suwayda, Sweida / Soueïda / السويداء
  35.52 35.79  Latakia / Lattaquié / اللاذقية
  36.89 38.35  Kobani, Kobane / كوباني, عين العرب
  36.51 36.87  Afrin / عفرين
Asia/Beirut
  34.44 35.83  Tripoli (Lebanon), Tripoli / Tripoli (Liban) / طرابلس (لبنان), طرابلس
  33.56 35.37  Sidon, Saida / صيدا
  33.27 35.20  Tyre, Sour / Tyr / صور
  34.01 36.21  Baalbek / بعلبك
  33.38 35.48  Nabatieh / النبطية
Asia/Gaza
  31.29 34.24  Rafah / رفح
  31.34 34.30  Khan Younis, Khan Yunis / Khan Younès / خان يونس
  31.54 34.50  Jabalia / جباليا
  31.42 34.36  Deir al-Balah / دير البلح
  -  Gaza City, Gaza Strip / Bande de Gaza / مدينة غزة, قطاع غزة
Asia/Hebron
  31.90 35.20  Ramallah / رام الله
  32.22 35.26  Nablus / Naplouse / نابلس
  32.46 35.30  Jenin / Jénine / جنين
  31.70 35.20  Bethlehem / Bethléem / بيت لحم
  31.86 35.46  Jericho / أريحا
  32.31 35.03  Tulkarm / طولكرم
  -  West Bank / Cisjordanie / الضفة الغربية, الخليل
  -  East Jerusalem / Jérusalem-Est / القدس الشرقية
Asia/Jerusalem
  32.08 34.78  Tel Aviv / تل أبيب
  32.79 34.99  Haifa / Haïfa / حيفا
  32.70 35.30  Nazareth / الناصرة
  31.25 34.79  Beersheba / بئر السبع
Asia/Amman
  32.56 35.85  Irbid / إربد
  29.53 35.01  Aqaba / العقبة
  32.07 36.09  Zarqa / الزرقاء
Asia/Baghdad
  36.34 43.13  Mosul / Mossoul / الموصل
  30.51 47.78  Basra / Bassora / البصرة
  36.19 44.01  Erbil, Arbil, Hewler / أربيل, اربيل, هولير
  35.56 45.43  Sulaymaniyah, Slemani / Souleimaniye / السليمانية
  35.47 44.39  Kirkuk / Kirkouk / كركوك
  36.87 42.99  Duhok, Dohuk / Dohouk / دهوك
  32.00 44.33  Najaf / Nadjaf / النجف
  32.62 44.02  Karbala / Kerbala / كربلاء
  33.35 43.78  Fallujah / Falloujah / الفلوجة
  31.05 46.26  Nasiriyah / الناصرية
Asia/Riyadh
  21.49 39.19  Jeddah, Jedda / Djeddah / جدة
  21.39 39.86  Mecca / La Mecque / مكة
  26.42 50.09  Dammam / الدمام
Asia/Dubai
  24.45 54.38  Abu Dhabi / Abou Dabi / أبو ظبي, أبوظبي
  25.35 55.42  Sharjah / Charjah / الشارقة
Asia/Aden
  15.37 44.19  Sanaa, Sana'a / صنعاء
  13.58 44.02  Taiz, Taez / Taëz / تعز
  14.80 42.95  Hodeidah, Hudaydah / Hodeïda / الحديدة
  15.46 45.33  Marib / مأرب
  14.54 49.12  Mukalla / المكلا
  -  Aden / عدن
Asia/Tehran
  38.08 46.29  Tabriz / تبريز
  36.30 59.61  Mashhad / مشهد
  32.65 51.67  Isfahan, Esfahan / Ispahan / أصفهان
  29.59 52.58  Shiraz / Chiraz / شيراز
  31.32 48.67  Ahvaz / الأهواز
  35.31 47.00  Sanandaj / سنندج
  29.50 60.86  Zahedan / زاهدان
Asia/Kabul
  34.35 62.20  Herat / هرات
  31.61 65.71  Kandahar / قندهار
  36.71 67.11  Mazar-i-Sharif, Mazar / Mazar-e-Charif / مزار شريف
  34.43 70.45  Jalalabad / جلال آباد
  36.73 68.86  Kunduz / Kondôz / قندوز
Asia/Karachi
  33.68 73.05  Islamabad / إسلام آباد, اسلام اباد
  31.55 74.34  Lahore / لاهور
  34.01 71.58  Peshawar / Peshawar, Péchawar / بيشاور
  30.18 66.98  Quetta / كويتا
  33.60 73.04  Rawalpindi / روالبندي
  30.20 71.47  Multan / ملتان
  31.42 73.08  Faisalabad / فيصل آباد
  35.92 74.31  Gilgit
Asia/Kolkata
  19.08 72.88  Mumbai, Bombay / مومباي
  28.61 77.21  Delhi, New Delhi / دلهي, نيودلهي
  34.08 74.80  Srinagar / سريناغار
  32.73 74.87  Jammu
  12.97 77.59  Bangalore, Bengaluru / بنغالور
  13.08 80.27  Chennai, Madras / تشيناي
  17.39 78.49  Hyderabad / حيدر آباد
  26.14 91.74  Guwahati
  24.82 93.94  Imphal
  31.63 74.87  Amritsar
  23.02 72.57  Ahmedabad
  21.25 81.63  Raipur
  26.85 80.95  Lucknow
  25.59 85.14  Patna
Asia/Kathmandu
  28.21 83.99  Pokhara / بوخارا
  26.45 87.27  Biratnagar
Asia/Dhaka
  22.36 91.78  Chittagong, Chattogram / شيتاغونغ
  21.43 92.01  Cox's Bazar, Coxs Bazar / كوكس بازار
  24.90 91.87  Sylhet
Asia/Colombo
  9.66 80.02  Jaffna / جافنا
  7.29 80.64  Kandy
Asia/Yangon
  21.96 96.09  Mandalay / ماندالاي
  19.76 96.08  Naypyidaw, Naypyitaw / نايبيداو
  20.15 92.90  Sittwe
  25.38 97.39  Myitkyina
  16.49 97.63  Mawlamyine
  19.67 97.21  Loikaw
Asia/Bangkok
  18.79 98.98  Chiang Mai / شيانغ ماي
  16.71 98.57  Mae Sot
  6.87 101.25  Pattani
Asia/Ho_Chi_Minh
  21.03 105.85  Hanoi / Hanoï / هانوي
  16.05 108.21  Da Nang
  -  Saigon / Saïgon / سايغون
Asia/Phnom_Penh
  13.36 103.86  Siem Reap
Asia/Manila
  7.07 125.61  Davao / دافاو
  10.32 123.89  Cebu / سيبو
  6.92 122.08  Zamboanga
  8.48 124.65  Cagayan de Oro
  8.00 124.29  Marawi
  14.68 121.04  Quezon City
Asia/Jakarta
  -7.25 112.75  Surabaya
  -6.92 107.61  Bandung
  3.60 98.67  Medan
  5.55 95.32  Banda Aceh, Aceh
Asia/Makassar
  -8.65 115.22  Denpasar, Bali / بالي
Asia/Shanghai
  39.90 116.41  Beijing / Pékin / بكين
  23.13 113.26  Guangzhou, Canton
  22.54 114.06  Shenzhen
  30.57 104.07  Chengdu
Asia/Urumqi
  39.47 75.99  Kashgar / كاشغر
Asia/Almaty
  51.17 71.43  Astana, Nur-Sultan / أستانا
  42.34 69.59  Shymkent
Asia/Bishkek
  40.53 72.80  Osh / أوش
Asia/Dushanbe
  37.49 71.55  Khorog
  40.28 69.62  Khujand / Khodjent / خجند
Asia/Samarkand
  39.77 64.42  Bukhara / Boukhara / بخارى
  42.46 59.60  Nukus
Africa/Cairo
  31.20 29.92  Alexandria / Alexandrie / الإسكندرية, الاسكندرية
  30.01 31.21  Giza / Gizeh / الجيزة
  24.09 32.90  Aswan / Assouan / أسوان
  31.13 33.80  Arish / العريش
  25.69 32.64  Luxor / Louxor / الأقصر
  30.60 32.27  Ismailia / الإسماعيلية
Africa/Tripoli
  32.12 20.07  Benghazi / بنغازي
  32.38 15.09  Misrata / مصراتة
  27.04 14.43  Sabha, Sebha / سبها
  32.76 22.64  Derna / درنة
  32.08 23.96  Tobruk / Tobrouk / طبرق
  31.21 16.59  Sirte / سرت
  -  Tripoli / طرابلس
Africa/Tunis
  34.74 10.76  Sfax / صفاقس
  35.83 10.64  Sousse / سوسة
  34.43 8.78  Gafsa / قفصة
Africa/Algiers
  35.70 -0.63  Oran / وهران
  36.37 6.61  Constantine / قسنطينة
  22.79 5.53  Tamanrasset / تمنراست
  27.67 -8.15  Tindouf / تندوف
  36.71 4.05  Tizi Ouzou / تيزي وزو
Africa/Casablanca
  34.02 -6.84  Rabat / الرباط
  31.63 -7.99  Marrakesh, Marrakech / مراكش
  35.76 -5.83  Tangier / Tanger / طنجة
  34.03 -5.00  Fez / Fès / فاس
  30.43 -9.60  Agadir / أكادير
  35.25 -3.93  Al Hoceima / الحسيمة
Africa/El_Aaiun
  23.68 -15.96  Dakhla / الداخلة
  -  Laayoune / Laâyoune / العيون
Africa/Khartoum
  19.62 37.22  Port Sudan / Port-Soudan / بورتسودان, بورسودان
  15.65 32.48  Omdurman / أم درمان, امدرمان
  13.63 25.35  El Fasher, Al Fashir / El-Fasher / الفاشر
  12.05 24.88  Nyala / نيالا
  13.45 22.45  Geneina, El Geneina / الجنينة
  15.45 36.40  Kassala / كسلا
  14.40 33.52  Wad Madani / ود مدني
  13.18 30.22  El Obeid, Al Obeid / الأبيض
  11.01 29.72  Kadugli / كادوقلي
Africa/Juba
  9.53 31.66  Malakal / ملكال
  7.70 28.00  Wau / واو
  9.23 29.80  Bentiu / بانتيو
Africa/Ndjamena
  13.83 20.83  Abeche / Abéché / أبشي
Africa/Addis_Ababa
  13.50 39.48  Mekelle, Mekele / Mekele, Mekelle / ميكيلي
  11.59 37.39  Bahir Dar / Bahar Dar / بحر دار
  12.60 37.47  Gondar / غوندار
  9.60 41.85  Dire Dawa / ديرة داوا
  7.06 38.48  Hawassa
Africa/Mogadishu
  9.56 44.06  Hargeisa / هرجيسا
  -0.36 42.55  Kismayo / Kismaayo / كيسمايو
  8.40 48.48  Garowe / غاروي
  11.28 49.18  Bosaso / بوصاصو
  3.11 43.65  Baidoa / بيدوا
  -  Mogadishu / Mogadiscio / مقديشو
Africa/Nairobi
  -4.04 39.67  Mombasa / مومباسا
  -0.45 39.65  Garissa
  -0.09 34.77  Kisumu
  3.12 35.60  Lodwar
Africa/Kampala
  2.77 32.30  Gulu
Africa/Kinshasa
  -5.82 13.46  Matadi
  0.06 18.26  Mbandaka
Africa/Lubumbashi
  -1.68 29.23  Goma / غوما
  -2.51 28.86  Bukavu / بوكافو
  1.57 30.25  Bunia / بونيا
  0.52 25.20  Kisangani / كيسانغاني
  0.49 29.47  Beni (Congo), Beni
  0.14 29.29  Butembo
  -5.95 29.19  Kalemie
  -5.90 22.42  Kananga
  -6.14 23.59  Mbuji-Mayi
  -3.40 29.14  Uvira
Africa/Bujumbura
  -3.43 29.93  Gitega
Africa/Dar_es_Salaam
  -6.16 35.75  Dodoma / دودوما
  -6.17 39.20  Zanzibar / زنجبار
  -3.37 36.68  Arusha
  -2.52 32.90  Mwanza
Africa/Maputo
  -12.97 40.52  Pemba / بيمبا
  -15.12 39.27  Nampula
  -19.84 34.84  Beira
  -11.35 40.35  Mocimboa da Praia, Mocimboa
  -16.16 33.59  Tete
Africa/Harare
  -20.15 28.58  Bulawayo
Africa/Johannesburg
  -33.92 18.42  Cape Town / Le Cap / كيب تاون
  -25.75 28.19  Pretoria / بريتوريا
  -29.86 31.03  Durban / ديربان
Africa/Lagos
  9.06 7.49  Abuja / أبوجا
  12.00 8.52  Kano / كانو
  11.85 13.16  Maiduguri / مايدوغوري
  4.82 7.05  Port Harcourt
  10.51 7.42  Kaduna
  9.90 8.86  Jos
  13.06 5.24  Sokoto
  6.34 5.62  Benin City
Africa/Niamey
  16.97 7.99  Agadez / أغاديز
  13.32 12.61  Diffa
Africa/Bamako
  16.77 -3.01  Timbuktu / Tombouctou / تمبكتو
  16.27 -0.04  Gao / غاو
  14.49 -4.19  Mopti
  18.44 1.41  Kidal / كيدال
Africa/Ouagadougou
  11.18 -4.30  Bobo-Dioulasso
  14.10 -1.63  Djibo
  14.03 -0.03  Dori
Africa/Abidjan
  6.83 -5.29  Yamoussoukro / ياموسوكرو
  7.69 -5.03  Bouaké, Bouake
Africa/Accra
  6.69 -1.62  Kumasi
Africa/Douala
  3.87 11.52  Yaoundé, Yaounde / ياوندي
  5.96 10.15  Bamenda
  10.59 14.32  Maroua
  9.30 13.40  Garoua
Africa/Brazzaville
  -4.78 11.86  Pointe-Noire, Pointe Noire
Africa/Dakar
  12.58 -16.27  Ziguinchor
  16.03 -16.49  Saint-Louis (Sénégal)
Africa/Asmara
  -  Asmara, Asmera / أسمرة, اسمرا
  15.61 39.45  Massawa / مصوع
Africa/Luanda
  -5.55 12.20  Cabinda
Indian/Antananarivo
  -18.15 49.40  Toamasina
America/New_York
  38.91 -77.04  Washington, Washington DC, DC / واشنطن
  42.36 -71.06  Boston / بوسطن
  25.76 -80.19  Miami / ميامي
  33.75 -84.39  Atlanta / أتلانتا
  39.95 -75.17  Philadelphia / Philadelphie / فيلادلفيا
  -  New York City, NYC / نيويورك
America/Chicago
  29.76 -95.37  Houston / هيوستن
  32.78 -96.80  Dallas / دالاس
  30.27 -97.74  Austin
  44.98 -93.27  Minneapolis
  29.95 -90.07  New Orleans / La Nouvelle-Orléans
America/Los_Angeles
  37.77 -122.42  San Francisco / سان فرانسيسكو
  47.61 -122.33  Seattle / سياتل
  32.72 -117.16  San Diego / سان دييغو
  -  Los Angeles, LA / لوس أنجلوس
America/Toronto
  45.42 -75.70  Ottawa / أوتاوا
  45.50 -73.57  Montreal / Montréal / مونتريال
  46.81 -71.21  Quebec / Québec / كيبيك
America/Edmonton
  51.04 -114.07  Calgary
America/Mexico_City
  20.66 -103.35  Guadalajara
  25.69 -100.32  Monterrey
  19.17 -96.13  Veracruz
  17.07 -96.73  Oaxaca
  16.86 -99.88  Acapulco
  16.75 -93.12  Chiapas, Tuxtla Gutierrez
  17.55 -99.50  Guerrero, Chilpancingo
  19.70 -101.19  Morelia, Michoacan
  -  Mexico City, CDMX, Ciudad de Mexico / مكسيكو
America/Mazatlan
  24.81 -107.39  Culiacan, Sinaloa
America/Tijuana
  32.62 -115.45  Mexicali
America/Guatemala
  14.83 -91.52  Quetzaltenango
America/Tegucigalpa
  15.50 -88.03  San Pedro Sula
America/Managua
  12.43 -86.88  Leon (Nicaragua)
America/Port-au-Prince
  19.76 -72.20  Cap-Haitien / Cap-Haïtien
America/Bogota
  6.25 -75.56  Medellin, Medellín
  3.45 -76.53  Cali
  10.96 -74.80  Barranquilla
  7.89 -72.51  Cucuta, Cúcuta
  7.08 -70.76  Arauca
America/Caracas
  10.64 -71.61  Maracaibo
  10.16 -68.00  Valencia (Venezuela)
  7.77 -72.22  San Cristobal (Venezuela)
America/Guayaquil
  -0.18 -78.47  Quito / كيتو
  0.96 -79.65  Esmeraldas
America/Lima
  -16.41 -71.54  Arequipa
  -13.53 -71.97  Cusco, Cuzco
America/La_Paz
  -17.78 -63.18  Santa Cruz
  -17.39 -66.16  Cochabamba
  -19.04 -65.26  Sucre
America/Sao_Paulo
  -22.91 -43.17  Rio de Janeiro, Rio / ريو دي جانيرو
  -15.79 -47.88  Brasilia, Brasília / برازيليا
  -19.92 -43.94  Belo Horizonte
America/Havana
  20.02 -75.82  Santiago de Cuba
"""
