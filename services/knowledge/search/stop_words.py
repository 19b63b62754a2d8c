"""Words that only serve others: they are left out of a search unless nothing else is asked for."""

_WORDS = {
    "en": """a about above after again against all also am an and any are arent as at be because been before
        being below between both but by can cant cannot could couldnt did didnt do does doesnt doing
        dont down during each few for from further had has have havent having he her here hers him his
        how i if in into is isnt it its just me more most my no nor not of off on once only or other our
        ours out over own per same she should shouldnt so some such t than that the their theirs them
        then there these they this those through to too under until up upon us very was wasnt we were
        werent what when where which while who whom whose why will with within without wont would
        wouldnt you your yours""",
    "de": """aber alle allem allen aller alles als also am an auch auf aus bei beim bin bis bist da damit
        dann das dass daß dein deine dem den denn der des dich die dies diese diesem diesen dieser
        dieses dir doch dort du durch ein eine einem einen einer eines er es euch euer für hatte hatten
        hat habe haben hier hin ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ist ja jede jedem
        jeden jeder jedes kann kein keine können man mein meine mich mir mit muss nach nicht noch nun
        nur ob oder ohne sehr sein seine sich sie sind so über um und uns unser unter vom von vor war
        waren warum was weil wenn wer werden wie wir wird wo zu zum zur zwischen""",
    "fr": """à ai au aux avec c ce ces cet cette d dans de des du elle elles en entre est et eu être eux il
        ils j je l la le les leur leurs lui m ma mais me mes moi mon n ne nos notre nous on ont ou où
        par pas plus pour qu que qui quoi s sa sans se ses si son sont sur t ta te tes toi ton tu un une
        vos votre vous y""",
    "es": """a al algo ante como con cual cuando de del desde donde dos e el ella ellas ellos en entre era es
        esa ese eso esta está estas este esto estos fue ha han hasta hay la las le les lo los más me mi
        mis muy no nos o otra otro para pero por porque que qué quien se sea según ser si sí sin sobre
        son su sus también te ti tu tus un una uno y ya yo""",
    "it": """a ad ai al alla alle allo anche c che chi ci coi col come con contro cui da dagli dai dal dalla
        dei del dell della delle dello di dove e ed è gli ha hanno ho i il in io l la le lei li lo loro
        lui ma mi mio ne nei nel nella nelle noi non o per perché più quale quando quello questa questo
        se si sia sono su sua sue sul sulla suo ti tra tu un una uno vi voi""",
    "pt": """a à ao aos as às até com como da das de dela dele do dos e é ela ele eles em entre era essa esse
        esta está este eu foi há isso isto já lhe mais mas me mesmo meu minha muito na não nas nem no
        nos nós o os ou para pela pelo por qual quando que quem se sem ser seu seus só sua suas também
        te tem um uma você""",
    "nl": """aan al alles als altijd andere ben bij daar dan dat de der deze die dit doch doen door dus een
        en er ge geen had hebben heb heeft hem het hier hij hoe hun iets ik in is ja je kan kon maar me
        meer men met mij mijn moet na naar niet niets nog nu of om omdat ons ook op over te tegen toch
        toen tot u uit uw van veel voor want waren was wat we wel werd wie wij wil worden zal ze zelf
        zich zij zijn zo zonder zou""",
}
STOP_WORDS = {language: frozenset(words.split()) for language, words in _WORDS.items()}
"""By language (ISO 639-1); of others none is known."""
