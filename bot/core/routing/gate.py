"""Whether a text asks anything. Only whole messages count: "hello, who coordinates shelter?" is a question."""

from bot.core.routing.reading import Gate
from bot.core.routing.words import fold, tokens

_GREETINGS = """
hi|hello|helo|hey|hiya|greetings|good morning|good afternoon|good evening|good day|morning|how are you|how do you do
bonjour|bonsoir|salut|coucou|bjr|bsr|comment allez vous|ca va|comment ca va
hola|buenos dias|buenas tardes|buenas noches|buenas|buen dia|que tal|como esta|como estan
ola|oi|bom dia|boa tarde|boa noite|tudo bem|como vai
jambo|hujambo|habari|habari gani|habari yako|shikamoo|mambo|salama
salam|salaam|salamu alaykum|assalamu alaikum|salam aleikum|marhaba
السلام عليكم|السلام عليكم ورحمة الله وبركاته|سلام|مرحبا|اهلا|اهلا وسهلا|صباح الخير|مساء الخير|كيف حالك|كيف حالكم
привет|здравствуйте|здравствуй|добрый день|доброе утро|добрый вечер|добрый
bonjou|bonswa|kouman ou ye|selam|merhaba
"""
_THANKS = """
thanks|thank you|thank u|thankyou|thx|ty|tnx|many thanks|thanks a lot|thank you so much|thank you very much|cheers
ok thanks|much appreciated|appreciated|well received|noted|noted with thanks|ok|okay|great|perfect|fine|got it
you are welcome|bye|goodbye|good bye|see you|have a nice day
merci|merci beaucoup|merci bien|mille mercis|grand merci|d accord|entendu|parfait|bien recu|bien note|c est note
au revoir|bonne journee|bonne soiree
gracias|muchas gracias|mil gracias|muchisimas gracias|de acuerdo|perfecto|entendido|vale|recibido|adios|hasta luego
obrigado|obrigada|muito obrigado|muito obrigada|valeu|certo|perfeito|tchau
asante|asante sana|ahsante|ahsante sana|sawa|sawa sawa|kwaheri|nashukuru
شكرا|شكرا جزيلا|شكرا لك|شكرا لكم|شكرا كثيرا|الف شكر|مشكور|مع السلامة|حسنا|تمام|جزاك الله خيرا
спасибо|спасибо большое|большое спасибо|благодарю|хорошо|ладно|понятно|до свидания
mesi|mesi anpil|tesekkurler
"""
#: Command -> whole messages that mean it. Only STOP and its like end anything; none of these opens a query.
_COMMANDS = {
    "stop": """
stop|unsubscribe|unsubscribe me|stop messages|stop sending me messages|no more messages|remove me from the list
arret|arreter|arretez|stop svp|se desabonner|desabonner|desinscrire|arreter les messages|arretez les messages
plus de messages|alto|parar|basta|baja|darme de baja|no mas mensajes|detener|pare|sair|acha|simama
توقف|قف|ايقاف|الغاء الاشتراك|стоп|отписаться
""",
    "resume": """
start|subscribe|start again|commencer|reprendre|recommencer|s abonner|empezar|comenzar|reanudar|suscribirme
ابدا|старт
""",
    "help": """
help|cancel|aide|annuler|ayuda|cancelar|ajuda|msaada|مساعدة|помощь
""",
    "mydata": """
show my data|show me my data|montrez mes donnees|voir mes donnees|ver mis datos|muestren mis datos
""",
    "forgetme": """
delete my data|please delete my data|erase my data|forget me|supprimez mes donnees|effacez mes donnees
supprimer mes donnees|effacer mes donnees|oubliez moi|borren mis datos|borrar mis datos|eliminar mis datos
apagar os meus dados|apaguem os meus dados|احذف بياناتي|احذفوا بياناتي|удалите мои данные
""",
    "noquote": """
do not quote us|please do not quote us|do not quote us publicly|dont quote us|don t quote us|don t quote us publicly
ne nous citez pas|merci de ne pas nous citer|ne nous citez pas publiquement|ne pas nous citer
no nos cite|no nos citen|por favor no nos citen|no nos citen publicamente
""",
    "safe": """
safe|in confidence|confidential|confidentiel|en confiance|confidencial|en confianza|سري
""",
}
#: Words that may stand beside a greeting or thanks without asking anything.
_BESIDE = """
all|everyone|everybody|team|dear|dears|sir|madam|colleagues|friend|friends|there|again|so much|very much|for your help
for the information|for your answer|for your reply|for everything|a tous|a toutes|cher|chers|chere|madame|monsieur
mesdames|messieurs|et|and|y|e|pour votre aide|pour votre reponse|equipe|l equipe|a todos|a todas
equipo|estimados|estimado|senor|senora
por su ayuda|por su respuesta|por todo|a|pela ajuda|sana|yes|oui|si|sim|no|non|نعم|да|please
"""


def _phrases(lines: str) -> dict[tuple[str, ...], None]:
    return dict.fromkeys(tokens(phrase) for line in lines.split("\n") for phrase in line.split("|") if phrase.strip())


_KIND = {
    **dict.fromkeys(_phrases(_BESIDE), Gate.EMPTY),
    **dict.fromkeys(_phrases(_GREETINGS), Gate.GREETING),
    **dict.fromkeys(_phrases(_THANKS), Gate.THANKS),
}
_COMMAND_PHRASES = {words: command for command, lines in _COMMANDS.items() for words in _phrases(lines)}
_LONGEST_PHRASE = max(map(len, _KIND))
#: Longer messages say more than hello.
_MOST_WORDS = 14


def gate(text: str) -> Gate:
    """What a whole message is. A lone question mark asks, though nobody knows what."""
    words = tokens(text)
    if not words or all(word.isdigit() for word in words):
        return Gate.QUERY if "?" in text or "؟" in text else Gate.EMPTY
    if fold(text).startswith("/") or words in _COMMAND_PHRASES:
        return Gate.COMMAND
    if len(words) > _MOST_WORDS:
        return Gate.QUERY
    kinds = _kinds(words)
    if Gate.THANKS in kinds:
        return Gate.THANKS
    return Gate.GREETING if Gate.GREETING in kinds else Gate.QUERY


def spoken_command(text: str) -> str:
    """The command that a whole message means in words ("STOP", "supprimez mes données"); empty for anything else."""
    return _COMMAND_PHRASES.get(tokens(text), "")


def _kinds(words: tuple[str, ...]) -> set[Gate]:
    """The kinds of the phrases a message consists of; empty when any word belongs to none."""
    found: set[Gate] = set()
    here = 0
    while here < len(words):
        for end in range(min(here + _LONGEST_PHRASE, len(words)), here, -1):
            kind = _KIND.get(words[here:end])
            if kind is not None:
                found.add(kind)
                here = end
                break
        else:
            return set()
    return found
