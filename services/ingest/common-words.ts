const wordsOf = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

/** The commonest English words; a text of a few words holds one. None is common in a neighbouring language. */
export const english = wordsOf(
  `the and to of is i my it in you for was with have this that but so not just are be at had she they we your what
  like get from all when after can been about if an as or by has were would there their will one up now its im dont
  i'm don't i've it's can't didn't doesn't isn't wasn't won't couldn't wouldn't that's i'll he's she's you're they're
  ive didnt cant he his her him who how more some today day days really feel feeling felt got going know make made
  makes making been too very why only because then than them these those other over into our us could should did does
  doing done had having being which while where also any anyone anybody everyone every each even ever never still
  again always already almost around back before between both down first last week weeks month months year years
  morning night yesterday tomorrow tonight time times good bad better best worse worst much many lot little long old
  new same way thing things something anything nothing want wanted need needed think thought see saw seen said say
  says told tell take taking took taken give gave given keep kept come came coming go goes went left right off out
  on here home work working people person someone friend friends mom mum dad wife husband son daughter kids kid baby
  doctor doctors pain sick meds pills dose vaccine headache sleep love hate hope wish please thanks thank sorry
  happy sad tired great nice cool sure maybe probably actually literally finally started start stop stopped trying
  try tried look looking looks watch watching eat eating life world man men woman women girl boy guys guy god
  without until through during under though yet since enough might must ok okay yes yeah well big another two three
  am won help find found let put run turn call ask end few next own most while far few house school game show real`,
);

/** Words as common in other languages of Latin script, and not English ones. */
export const foreign = wordsOf(
  `que de la el los las un una por con para es en y se te le les je est et pas pour dans une des du il qui sur ce der
  die das und ich nicht ist ein eine mit zu auf den von wir sie os nao uma com em da di che non per sono het een van
  niet dat ik och att det som inte jag yang dan ini itu tidak ada aku saya ang ng sa ko mga na ve bir bu ne nie jest
  w z ale czy pero como muy esta este mas porque cuando todo mi su al lo del si sin sobre ser tiene hay mais mas foi
  eu meu minha voce isso aqui tem mais quand mais avec vous nous elle sont cette tout fait plus moi mon ma aber auch
  noch nur wenn wie oder kann habe hat mir mich dir bei nach wird sind ook maar voor naar ben heb wel geen kan sudah
  untuk dengan akan bisa gak yg aja lagi ka ako siya hindi kasi naman lang var har med til av pa jeg ikke og er min
  cok icin gibi ama daha ki quiero dolor anche come questo sono mio della`,
);
