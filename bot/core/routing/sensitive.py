"""Words by which people report wrongdoing or a person at risk. Patterns only add to the router's own threshold.

They are written on folded text (lower case, no accents) and run on RE2, which cannot hang. A question about help for
victims is no report: "How can we refer a victim of trafficking?" must pass.
"""

from collections.abc import Iterator

import re2

from bot.core.routing.words import fold, tokens

_EN = r"""
\b(ask\w*|demand\w*|want\w*|request\w*|insist\w*|forc\w*|offer\w*|wait\w*)\b.{0,50}\b(for|to have|have) (sex\b|sexual)
\b(sex|sexual favou?rs?|favou?rs)\b.{0,40}\b(in exchange|in return|in order to|to (get|receive|be)|for (aid|food
    |help|a ))
\b(in exchange|in return) for (sex|sexual|favou?rs|money|cash|a bribe)
\b(bribe[sd]?|kickbacks?|embezzl\w+|misappropriat\w+|whistle-?blow\w*|extort\w*|blackmail\w*)\b
\b(ask\w*|demand\w*|want\w*|take|takes|taking|took)\b.{0,30}\b(money|cash|a fee|payment
    |bribes?)\b.{0,50}\b(in exchange|before|to (be |get )?(regist|list|put)|for (aid|food|help|regist|assist|a (tent
    |place|card)))
\b(make|makes|made|making|forc\w+|have to|had to|must)\b.{0,20}\bpay\b.{0,40}\b(to (be|get)|for) .{0,30}(list|regist
    |aid\b|food|kit|distribution)
\b(staff|worker|officer|official|employee|guard|driver|manager|supervisor|boss|volunteer|teacher|colleague|director
    |partner|he|they)\b.{0,50}\b(raped?|rapes|groped?|gropes|molest\w*|touch(es|ed)? (me|her|him|the girls|girls|us)
    |sexually|harass(es|ed|ing)? (me|her|us|wom\w+|girls|staff)|beats?|slap(s|ped)|threaten(s|ed)?|steals?|stole
    |stealing|sells?|selling|pocket\w*)\b
\b(i|we|she|he|they|my \w+|our \w+)\b (was|were|am|is|are|have been|has been|had been|got|get|being) (\w+ )?(raped
    |abused|harassed|threatened|assaulted|molested|beaten|blackmailed|touched)
\b(threaten\w*|hurt|harm|punish\w*|fired?|dismiss\w*)\b.{0,40}\b(because|after|since|if) (i|we|she|he
    |they) (complain|report|spoke|speak|told|tell|refus)\w*
\b(afraid|scared|fear|frightened)\b.{0,25}\b(to (say|speak|report|complain|tell|talk)|of (retaliation|reprisals?
    |revenge)|for (my|her|his|their|our) (life|safety))
\b(retaliat\w+|reprisals?)\b.{0,40}\b(against|after|me|us|because)
\b(want|like|need|wish|how (can|do|to)|where (can|do|to)|whom|who)\b.{0,30}\b(report|denounce
    |complain)\b.{0,40}\b(abuse|fraud|corrupt\w*|misconduct|harass\w*|exploitation|theft|staff|colleague|employee
    |wrongdoing|rape)
\b(harass(ment|ed)|theft|fraud|corruption|misconduct)\b.{0,15}\b(by|of) .{0,20}\b(staff|employee|worker|officer|aid
    |funds|manager|partner|official)
\b(report|reporting|complaint (about|of|against)|allegations?( of)?|accus\w+( of)?|evidence of|case of
    |suspect\w*)\b.{0,25}\b(sexual (abuse|exploitation|harassment|misconduct)|fraud|corruption|misconduct|embezzl
    |harassment|theft of)
\b(pressur\w*|forced?|pushed|coerc\w*|made)\b.{0,40}\b(to )?sign\w*\b
\b(fake|false|forged|ghost|made up|invented)\b.{0,15}\b(beneficiar\w*|receipts?|invoices?|names|lists?|job offers?
    |signatures?|vacanc\w*)
\b(aid|food|funds|kits|goods|blankets|money|vouchers|relief)\b.{0,15}\b(was|were|is|are|has been|have been|being|get
    |gets) (\w+ )?(stolen|diverted|sold|embezzled|misused)
\b(sell|sells|selling|sold)\b.{0,20}\b(the )?(aid|relief|food aid|blankets|vouchers|assistance|kits)\b
\b(sleep|sleeps|sleeping|slept|spend the night|spent the night)\b.{0,15}\bwith (him|the girls?|wom[ae]n|beneficiar
    |refugee|me\b)
\b(kill|hurt|harm)(ed|ing)? (me|myself|himself|herself)\b|\bsuicid|\bwants? to die\b|\blife is in danger\b
    |\bwill be killed\b
\b(is|am|are) (in (immediate |great |serious )?danger|being held|locked (in|up))\b.{0,40}\b(help|now|please|me
    |police|husband)
\btake[sn]? advantage of (the )?(girls|women|children|refugees|beneficiar)
"""
_FR = r"""
\b(demand\w*|exig\w*|reclam\w*|veut|veulent|propos\w*)\b.{0,50}\b(faveurs?|relations? sexuel\w*|sexe|coucher
    |pots?-de-vin|bakchich)\b
\b(demand\w*|exig\w*|reclam\w*|prend|prennent)\b.{0,20}\b(de l'argent|argent|une somme)\b.{0,50}\b(pour|contre|avant
    |en echange)\b.{0,30}(inscri|enregistr|aide|liste|distribut|nourriture|assist|carte|dossier)
\b(faveurs?|sexe|argent)\b.{0,30}\ben echange (de|d'|du)
\b(pots?-de-vin|detourn\w+ (de |des |les |d'|l')|chantage|extor\w+|corrompu\w*)
\b(agent|employe|chef|responsable|directeur|gardien|chauffeur|collegue|superviseur|partenaire|il
    |ils)\b.{0,50}\b(viol(e|ent|er|ee|ees)\b|harcel\w+|agress\w+|frapp\w+|bat(tent)? (les|des)|menac\w+|vol(e
    |ent) (les|l'|de|des)|vend(ent)? (les|l'|des)|(me|la|les) touche|abus\w+ (de|des|d'))
\b(j'ai|on m'a|nous avons|on nous a|elle|il|ma \w+|mon \w+)\b.{0,20}\b(ete )?(viole|harcele|menace|agresse|battu
    |frappe|abuse)e?s?\b
\b(peur|crain\w*)\b.{0,20}\b(de (parler|dire|signaler|me plaindre|denoncer|represailles)|des represailles|pour ma vie)
\b(signal\w*|denonc\w*|plainte (pour|contre))\b.{0,40}\b(abus|fraude|corruption|harcelement|exploitation|viol|vol
    |agent|employe|collegue|faute)
\b(forc\w+|oblig\w+|contrain\w+|pression\w*)\b.{0,50}\bsign(er|ent|e|ature)
\b(fait|font|faire|doi\w+|faut) (nous |les gens )?payer\b.{0,40}\b(pour|liste|inscri|aide)
\b(faux|fausses?|fictifs?|fictives?)\b.{0,15}\b(beneficiaires|recus|factures|listes?|noms|offres d'emploi
    |signatures)|\b(beneficiaires|noms) (fictifs|inventes)
\b(aide|nourriture|fonds|couvertures|kits|vivres)\b.{0,15}\b(est|sont|a ete|ont ete|etaient) (\w+ )?(vol|detourn
    |vend)\w*
\b(me|se) suicid|\bveut mourir\b|\bme tuer\b|\bva me tuer\b|\bdanger de mort\b|\bma vie est en danger\b
"""
_ES = r"""
\b(pid\w*|exig\w*|quier\w*|demand\w*|ofrec\w*|solicit\w*)\b.{0,50}\b(favores|sexo|relaciones sexuales|acostarse
    |sobornos?|coimas?|mordidas?)\b
\b(pid\w*|exig\w*|cobr\w*)\b.{0,20}\b(dinero|plata|pago|cuota)?\b.{0,40}\b(a cambio|para (inscribir|registrar
    |estar en|entrar en|recibir|dar (la|el)))
\b(favores|sexo|dinero)\b.{0,30}\ba cambio de
\b(sobornos?|coimas?|chantaj\w+|extorsi\w+|malvers\w+|desvi\w+ (de )?(fondos|ayuda|recursos))
\b(empleado|funcionario|jefe|director|guardia|chofer|colega|supervisor|socio|agente|voluntario
    |ellos)\b.{0,50}\b(viol(o|a|an|aron) a|acos\w+|agred\w+|golpe\w+|peg(a|o|an) a|amenaz\w+|rob(a|o|an|aron)|vend(e
    |en|io) (la|las|los|el)|(me|la|las) toca|abus\w+ de)\b
\b(me|nos|la|le|fui|fue|ha sido|he sido)\b.{0,12}\b(violaron|violo|acosa\w*|acoso|amenaz\w+|agredi\w+|golpe\w+
    |abus\w+|chantaje\w+)\b
\b(miedo|temor|tememos|temo)\b.{0,20}\b(de|a) (hablar|decir\w*|denunciar|quejar\w*|represalias|reportar)
    |\btem\w+ por (mi|su|nuestra) vida
\b(denunci\w*|report\w*|queja (por|contra))\b.{0,40}\b(abuso|fraude|corrupcion|acoso|explotacion|violacion|robo
    |empleado|colega|funcionario|conducta)
\b(presion\w*|oblig\w*|forz\w*|fuerz\w*|coaccion\w*)\b.{0,40}\b(a |para )?firm\w+
\b(hacen|hace|obligan a|tienen que|hay que) pagar\b.{0,40}\b(para|por) .{0,30}(lista|inscri|registr|ayuda|distribuci)
\b(falsos?|falsas?|fantasmas?|inventad\w+)\b.{0,15}\b(beneficiari\w+|recibos|facturas|listas?|nombres|ofertas
    |firmas)|\b(beneficiarios|recibos|facturas|firmas|ofertas de (empleo|trabajo)) (falsos|falsas|fantasmas)
\b(ayuda|comida|fondos|cobijas|kits|alimentos)\b.{0,15}\b(fue|fueron|es|son|ha sido|estan siendo) (\w+ )?(rob|desvi
    |vend)\w*
\bsuicid|\bquiere morir\b|\bme (quiere|quieren|va a|van a) matar\b|\bpeligro de muerte\b|\bvida (esta
    |corre) (en )?peligro
"""
_PT = r"""
\b(exig\w*|ped\w*|quer\w*|oferec\w*)\b.{0,50}\b(favores|sexo|relacoes sexuais|subornos?|propinas?|gasosa)\b
\b(exig\w*|ped\w*|cobr\w*)\b.{0,20}\b(dinheiro|pagamento)\b.{0,40}\b(em troca|para|por)\b
\b(suborn\w+|desvi\w+ (de )?(fundos|ajuda)|chantag\w+|extors\w+|assedi\w+|fui (violad|ameacad|agredid)\w+)
\b(denunci\w*|report\w*)\b.{0,40}\b(abuso|fraude|corrupcao|assedio|exploracao|roubo|funcionario)
\b(medo de (falar|denunciar|represalias)|obrig\w+ a assinar|forc\w+ a assinar|pression\w+ .{0,30}assinar)
"""
_AR = r"""
(يطلب|طلب|يطلبون|طلبوا|يريد|يشترط).{0,40}(رشوة|جنس|علاقة|خدمات جنسية)
(يطلب|طلب|يطلبون|طلبوا|ياخذ|ياخذون|يشترط).{0,20}(المال|مالا|نقود|فلوس|مبلغ).{0,40}(مقابل|لتسجيل|للتسجيل|من اجل|حتى)
(رشوة|رشاوى|ابتزاز|اختلاس|تحرش|يتحرش|اغتصب|اغتصاب|تهديد لي|هددني|هددوني|يهددني|يهددوننا|يضربون|ضربني)
(ابلاغ|الابلاغ|بلاغ|شكوى|اشتكي|اريد ان ابلغ).{0,30}(فساد|احتيال|اعتداء|استغلال جنسي|تحرش|سرقة|موظف|اساءة)
(سرقة|سرقوا|يسرق|يسرقون|يبيع|يبيعون|بيع).{0,15}(المساعدات|المساعدة|الاغاثة|الطعام|البطانيات)
(خائف|خائفة|خائفون|نخاف|اخاف).{0,15}(من الكلام|ان اتكلم|ان نتكلم|الانتقام|على حياتي)
(اجبار|اجبر|يجبر|اجبرو|ضغط|يضغط).{0,30}(التوقيع|توقيع|يوقع|نوقع|اوقع)
(انتحار|يريد قتلي|سيقتلني|حياتي في خطر)
"""
#: RE2 knows word boundaries of ASCII only, so these have none.
_RU = r"""
(требу[а-я]*|прос[а-я]*|вымога[а-я]*|берет|берут).{0,30}(деньги|взятк[а-я]*|секс[а-я]*|плату)
(взятк[а-я]+|вымогатель[а-я]+|шантаж[а-я]*|домогатель[а-я]*|домогает[а-я]*|изнасил[а-я]*|хищени[а-я]+)
(сообщить|заявить|пожаловаться).{0,40}(насили|мошеннич|коррупц|сотрудник|злоупотребл|краж)
(заставля[а-я]+|принужда[а-я]+|давят).{0,40}подпис[а-я]+
(боюсь|боимся|страшно) (говорить|сказать|жаловаться)|мне угрожа[а-я]+|нам угрожа[а-я]+|меня (избили|били)
"""
_SW = r"""
\b(anaomba|aliomba|wanaomba|anataka|anadai|wanadai)\b.{0,30}\b(rushwa|hongo|ngono|pesa ili)\b
\b(rushwa|hongo|ubakaji|alinibaka|kunyanyas\w+ kingono|unyanyasaji wa kingono)\b
"""


def _patterns(lines: str) -> Iterator[str]:
    """One pattern a line; a line that begins with spaces goes on with the one above."""
    yield from lines.strip().replace("\n    ", "").splitlines()


_PATTERNS = tuple(re2.compile(pattern) for lines in (_EN, _FR, _ES, _PT, _AR, _RU, _SW) for pattern in _patterns(lines))


#: Words that report wrongdoing when they are all that somebody writes; in a longer text they may be its topic.
_ALONE = frozenset(
    (
        *("corruption", "fraud", "scam", "abuse", "abused", "harassment", "bribe", "bribes", "bribery", "rape"),
        *("raped", "abus", "fraude", "harcelement", "viol", "corrupcion", "estafa", "abuso", "abusos", "acoso"),
        *("violacion", "soborno", "sobornos", "corrupcao", "assedio", "suborno", "rushwa", "ubakaji"),
        *("فساد", "رشوة", "احتيال", "اغتصاب", "تحرش", "коррупция", "взятка", "насилие"),
    )
)
_FEW_WORDS = 4


def looks_sensitive(text: str) -> bool:
    """Whether a text reads like an allegation or like a person at risk."""
    folded = fold(text)
    words = tokens(text)
    if len(words) <= _FEW_WORDS and not _ALONE.isdisjoint(words):
        return True
    return any(pattern.search(folded) for pattern in _PATTERNS)
