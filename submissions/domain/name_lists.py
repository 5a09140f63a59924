"""Words that ``names`` goes by: given names, surnames, and what stands behind a name without being one."""


def _words(text: str, between: str | None = None) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(between))


# Common in British primary schools; from general knowledge of the country's names, no register of anybody.
GIVEN = _words(
    """
    aaliyah aaron abbie abdul abdullah abigail adam adrian ahmed aidan aiden aisha alan albert albie
    alex alexander alexandra alexis alfie alfred ali alice alicia alisha alistair amber amelia amelie
    amina amir amira amy ana anastasia andrea andrew angela angus anika anna annabel annabelle anne
    annie anthony anya april archer archie aria ariana arjun arlo arthur arun arya asha ashley aurora
    austin ava ayaan ayesha barnaby beatrice beatrix bella ben benedict benjamin beth bethan bethany
    billy bobby bonnie bradley brandon brian bridget brooke bryn caitlin caleb callum calum cameron
    caroline carys casey catherine cerys charles charlie charlotte chelsea chloe christian christopher
    claire clara clark connor conor cooper corey courtney daisy damian daniel daniela danielle danny
    darcey darcy daria david declan delilah demi dexter diana diego dominic donna dylan ebony eddie eden
    edie edith edward effie eleanor elena eli elias elijah elin elise eliza elizabeth ella ellen ellie
    elliot elliott elodie eloise elsie emilia emily emma emmanuel emmeline erik erin esme ethan eva evan
    eve evelyn evie ewan ezra faith farah fatima felicity felix ffion finlay finley finn fiona florence
    frances francesca francis frank frankie fraser freddie frederick freya gabriel gabriella gareth
    gemma george georgia georgie georgina grace gracie grayson gwen habiba hallie hamza hana hanna
    hannah harley harper harriet harris harrison harry harvey hassan hattie hayden hazel heather heidi
    helen helena henry hermione holly hope hudson hugh hugo hunter husna ibrahim imogen imran india
    indie ioan ioana iona iris isaac isabel isabella isabelle isaiah isha isla ismail isobel ivy
    izabella jack jackson jacob jade jaden jagger jake jakub james jamie jan jane jared jasmin jasmine
    jason jasper jay jayden jayne jemima jenna jennifer jenny jenson jeremy jesse jessica jessie jimmy
    joanna joanne jodie joe joel john jonah jonathan joseph josephine josh joshua joy jude judith julia
    julian juliet jun kacper kai kaitlyn karim kate katherine kathryn katie kayla kayleigh keira kelly
    kelsey kenneth kevin khadija kian kiera kieran kimberley kirsty kit kitty kyle lacey lachlan laila
    lara laura lauren layla leah lena leo leon leonard leonardo leonie lewis lexi lexie liam lila lilian
    lillie lilly lily lisa logan lola lorenzo lottie louie louis louisa louise luca lucas lucia lucie
    lucy luis luka lukas luke luna lydia lyra mabel mackenzie macy madeleine madison maeve maisie maja
    malachi malik margaret margot maria mariam marie marilyn marina mark marley martha martin mary
    maryam mason matilda matteo matthew maud maurice max maximilian maxwell maya megan mehmet melanie
    melissa mia micah michael michal michelle mila miles millie milly milo mina minnie miriam mohamed
    mohammad mohammed molly monica monty morgan moses muhammad mustafa mya myles nadia nancy naomi
    natalia natalie natasha nathan nathaniel ned nell nellie niall niamh nicholas nicola nicole nikita
    nina noah noor nora oakley ocean olive oliver olivia ollie omar orla orlaith oscar osian otis otto
    owen patrick paul paula pearl penelope penny peter petra philip phillip phoebe piotr piper pippa
    polly poppy preston priya quinn rachel rafael rahul raj rajesh ralph rania raphael ravi rayan
    rebecca reece reggie rehan reuben rhiannon rhys rian ricardo richard riley rio ritchie robbie robert
    robin robyn rohan roman ronan ronnie rory rosa rosalie rosalind rosanna rose rosie rowan ruben ruby
    rufus rupert russell ruth ryan safa saffron safiya sahil saira salma sam samantha sameer samir
    samuel sana sanjay sara sarah savannah scarlett sean sebastian selena seren seth shannon shaun shay
    shreya sian siena sienna simon simran skye skylar sofia sofie sonia sonny sophia sophie spencer
    stanley stella stephanie stephen steven stuart sumaya summer susan suzanne sybil sydney sylvia
    tabitha taha tamara tanisha tanya tara tariq taylor ted teddy teresa tess tessa thea theo theodora
    theodore theresa thomas tia tiana tilly tim timothy toby tom tomas tommy tomos tony travis tristan
    tyler uma umar usman valentina vanessa veronica victor victoria vihaan vikram vincent viola violet
    virginia vivaan vivian walter warren wendy wilfred will willa william willow wilson winston xander
    xavier yahya yara yasmin yasmine yousef yusuf yvonne zac zachary zack zahra zain zainab zak zara
    zayn zoe zofia zoya zuzanna
    """
)
# Given names that are words, places or months too: only a surname behind them makes a person.
WORDS_TOO = _words(
    """
    amber april archer aria aurora austin ava bay bonnie brooke cameron chelsea clark cooper daisy diana
    ebony eden eve faith florence frank frankie georgia grace harley harper harris harrison harvey hazel
    heather holly hope hudson hunter india indie iris ivy jack jade jan jasmine jay joy jun kit lance
    leo lily luna madison mark mary mason max maxwell may miles mina morgan oakley ocean olive otter
    owen pearl penny piper polly poppy preston quinn ralph ray rio robin roman rosa rose rowan ruby
    saffron savannah scarlett seth shay sienna skye sonny spencer stella summer sydney taylor ted tiger
    tyler victor victoria viola violet virginia warren will willow wilson winston
    """
)
# Common surnames that aren't words of a primary school's day.
SURNAMES = _words(
    """
    abbott abdi adams adeyemi afolabi ahmad ahmed akhtar alexander ali allen anderson andrews armstrong
    arnold ashton atkins atkinson austin bailey baldwin barber barker barnes barnett barrett barry bates
    baxter begum bennett bhatti bibi bishop blake bolton booth bowen bowman bradley bradshaw brady
    brennan brooks bryant burgess burke burns burton butler byrne cameron campbell carr carroll carter
    chambers chan chandler chapman charlton chaudhry chen chowdhury clark clarke clayton coleman coles
    collier collins cooke cooper cox craig crawford cunningham curtis daly davies davis davison dawson
    dennis dhillon dickinson dixon dobson dodd doherty donnelly douglas doyle duffy duncan dunn edwards
    elliott ellis evans farrell faulkner ferguson fernandes fitzgerald fletcher flynn forbes forster
    foster fowler francis franklin fraser freeman fuller gallagher gardner garner george gibbs gibson
    gilbert gill glover goddard godfrey gomez goodman goodwin gordon gough graham grant greenwood
    gregory grewal griffin griffiths hale hall hamilton hammond hancock hardy harper harris harrison
    hart hartley harvey hawkins hayes haynes henderson henry herbert hewitt hicks higgins hilton hobbs
    hodgson holden holland holloway holmes holt hooper hopkins horton houghton howard howarth howe
    howell howells hudson hughes humphreys hunt hunter hussain hussein hutchinson hyde ibrahim ingram
    iqbal islam jackson jacobs james jarvis jenkins jennings john johnson johnston jones jordan joshi
    joyce kaur kelly kemp kennedy kerr khalid khan khatun kirby knowles kowalska kowalski kumar lambert
    lawrence lawson leach lee leonard lewandowski lewis li lim liu lloyd lowe lucas lynch lyons
    macdonald mackenzie mahmood malik mann manning marshall martin martinez mason matthews mccann
    mccarthy mcdonald mckenzie mclean mellor metcalfe miah miles miller mistry mitchell mohamed mohammed
    moore moran morgan morley morris morrison morton murphy murray myers nash naylor nelson newman
    newton nguyen nicholls nicholson nixon nolan norman norris norton nowak obrien oconnor odonnell
    okafor okeke okoro oliver oneill osborne owen owens palmer parker parkin parkinson parry parsons
    patel patterson payne pearce pearson perkins perry peters phillips pickering pollard poole potter
    potts powell pratt preston price pritchard pugh quinn rahman randall rees reeves reid reynolds
    rhodes richards richardson riley roberts robertson robinson robson rodriguez rogers ross rowe rowley
    russell ryan sanders sanderson santos saunders schofield scott sexton shah shaikh sharma sharp
    sharpe shaw shepherd sheppard silva simmons simpson sims sinclair singh skinner slater smith spencer
    stanley steele stephens stephenson stevens stevenson stewart storey sullivan sutton sykes szymanski
    talbot taylor thomas thompson thomson thornton thorpe todd tomlinson townsend tucker turnbull turner
    tyler vaughan vincent wade walker wallace wallis walsh walters walton wang ward warner warren
    watkins watson watts webb webster welch weston wheeler whitehead whitehouse whittaker wilkins
    wilkinson williams williamson willis wilson wong woodward wright wyatt yates yilmaz yusuf zhang
    """
)
# Behind a given name these make a thing, a class or a day of it, not a person.
ORDINARY = _words(
    """
    academy activities activity album also and animal animals answers are art as asks assembly at award
    badge ball balloon balloons bank banks beach bean beans bear bee bees bell berry bird birds black
    block board boat boats book books bottle box bridge brown bubbles bug building builds bulb bush
    butterfly by cake camp can car cards castle cell centre chart choir church circuit circuits class
    classroom clay club coat collage colour council counts cress cross crystals cup dance day days
    design diagram diary did display does drawing drawings draws earth egg eggs electricity enquiry
    environment evaluation evening event evidence exhibition experiment explaining explains exploring
    fair fairs family farm feather festival field film fire fish floats flower flowers food for forces
    forest fossil fossils friday frog from fruit fun game garden gardens gate glass governors graph
    grass green group growing growth guide habitat had half hall has have heart her hill his holds house
    how ice ideas in insects investigates investigating investigation is it jam journal key keys kitchen
    kite lab lake lamp leaf leaves lesson lessons letter light lights line looks lost machine magnet
    magnets makes making map marble march maths meadow measures measuring meeting melts microscope model
    models monday moon morning museum music nature nest notes nursery observes of on or orchard our
    outdoor outside paper parade parents park party path petal petals photo photos picnic picture
    pictures place plan plans plant planting plants play poem point pond poster posters predicts
    presentation primary project pupil pupils question questions quiz rain rainbow ramp reading
    reception records reflection report resources results river road rock rocket rockets rocks room s
    salad school science seed seedling seedlings seeds seesaw shadow shadows shop show showing shows
    skeleton sky snow soil song sorting sound space speech spring square staff stars steps sticks stone
    story street sugar sun sunday sunflower sunflowers survey syllabus table talk talking talks tea
    teacher teachers teaching team term test testing tests thanks that the their thermometer this
    thursday time timeline to topic tower town toys trail training tree trees trip tube tuesday uses
    using video view village visit visitor visits volcano volcanoes walk wall was washing water we
    weather web wednesday week weeks weigh went whole wildlife wind window winner winter with wood
    woodland woods work working works worksheet workshop world worm wormery worms writes writing wrote
    year years zoo
    """
)
# Whom classes learn about, and who lives in books.
KNOWN = _words(
    """
    ada lovelace|alan turing|albert einstein|alexander bell|alexander fleming|alfred wegener|
    alice roberts|anne frank|barnes wallis|beatrix potter|ben nevis|brian cox|caroline herschel|
    charles babbage|charles darwin|charles macintosh|charlie bucket|chris packham|christopher wren|
    daisy hill|david attenborough|david bowie|diana ross|dorothy hodgkin|edith cavell|edward elgar|
    edward jenner|elizabeth anderson|elizabeth blackwell|elizabeth fry|elizabeth garrett|emily davison|
    emmeline pankhurst|florence nightingale|galileo galilei|george boole|george stephenson|
    george washington|grace darling|grace hopper|greta thunberg|guy fawkes|harry potter|hedy lamarr|
    helen keller|helen sharman|henry ford|henry moore|hermione granger|isaac newton|jack frost|
    james cook|james dyson|james joule|james lind|james watt|jane austen|jane goodall|jemima duck|
    john dunlop|john harrison|john logie|john mcadam|joseph banks|joseph lister|joseph swan|
    julia donaldson|katherine johnson|louis braille|louis pasteur|mae jemison|margaret hamilton|
    maria merian|marie curie|mark carwardine|mary anning|mary jackson|mary seacole|mary somerville|
    maya angelou|michael faraday|michael rosen|neil armstrong|nelson mandela|nikola tesla|oliver twist|
    peter higgs|peter pan|peter rabbit|rachel carson|roald dahl|robert boyle|robert hooke|
    robert stephenson|robin hood|robin redbreast|rosa parks|rosalind franklin|ruby bridges|samuel morse|
    sarah mather|stella mccartney|stephen hawking|susan jocelyn|ted hughes|thomas edison|tim lee|
    tim peake|victoria wood|virginia woolf|walter raleigh|william harvey|william herschel|william morris|
    william shakespeare|william smith|wilson bentley|winston churchill
    """,
    "|",
)
