"""Whether a text seems to hold personal data of a migrant: a document or case number, a date of birth, their phone.

Cautious on purpose: a question about passports, a grant number or an organisation's own telephone number must pass.
Names are not looked for: every list of them is wrong about somebody. Patterns are written on folded text and run on
RE2, which cannot hang.
"""

import re2

from bot.core.routing.words import fold, tidy

#: A number of a document: seven digits or more, fewer with a hyphen or with letters at them. Not a price, not a year.
_NUMBER = r"([a-z]{1,3}-?\d[\d-]{3,}\d[a-z]{0,2}|\d{1,2}[a-z]{1,3}\d{4,}|\d{7,}[a-z]{0,2}|\d{3,}-\d{3,})\b"
_DATE = (
    r"(\d{1,2}[./ -]\d{1,2}[./ -]\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2}(st|nd|rd|th|er|º)?( de)? "
    r"(jan|feb|fev|mar|apr|avr|abr|may|mai|jun|jui|jul|aug|aou|ago|sep|oct|nov|dec|dic|ene)[a-z]*( de)?,? \d{4})"
)
_PHONE = r"[^\d+]{0,25}\+?\d[\d ()./-]{6,}\d"

_DOCUMENT = (
    r"\b(passports?|passeports?|pasaportes?|travel document|titre de voyage|documento de viaje|identity card|id card"
    r"|national id|carte d'identite|piece d'identite|cedula|dni|curp|documento de identidad|visa|residence permit"
    r"|titre de sejour|permiso de residencia|unhcr (id|file|case)|(iom )?case (number|no|id)|(asylum|unhcr) file"
    r"|(numero|no) de (dossier|expediente)|dossier n|dossier numero|expediente|numero de caso|caso n|caso numero)"
)
_BORN = r"\b(born( on)?|date of birth|d\.?o\.?b\.?|nee? le|date de naissance|nacid[oa] el|fecha de nacimiento)\b"
_PERSON_EN = (
    r"(migrant|refugee|returnee|beneficiary|family|woman|man|girl|boy|child|mother|father|victim|survivor|client)"
)
_PERSON_FR = (
    r"(migrante?|refugiee?|retournee?|beneficiaire|famille|femme|homme|fille|garcon|enfant|mere|pere|victime|jeune)"
)
_PERSON_ES = (
    r"(migrante|refugiad[oa]|retornad[oa]|beneficiari[oa]|familia|mujer|hombre|joven|nin[oa]|madre|padre|victima"
    r"|senora?|desplazad[oa])"
)
_CALL = r"\b(phone|telephone|mobile|cell|whatsapp|numero|number|telefono|celular|movil|portable)\b"

_PATTERNS = tuple(
    re2.compile(pattern)
    for pattern in (
        rf"{_DOCUMENT}[^\d]{{0,30}}?\b{_NUMBER}",
        rf"{_BORN}.{{0,12}}?\b{_DATE}",
        rf"\b(his|her) ([a-z]+ )?{_CALL}{_PHONE}",
        rf"\b{_PERSON_EN}'s ([a-z]+ )?{_CALL}{_PHONE}",
        rf"{_CALL} (of|for) (the|this|a) ([a-z]+ )?{_PERSON_EN}\b{_PHONE}",
        rf"{_CALL} (de la |du |de l'|de cette |de ce |de cet ){_PERSON_FR}\b{_PHONE}",
        rf"{_CALL} (de la |del |de el |de esta |de este ){_PERSON_ES}\b{_PHONE}",
        rf"(جواز|جواز سفر|رقم الملف|رقم الهوية).{{0,20}}?{_NUMBER}",
        rf"(تاريخ الميلاد|مواليد).{{0,12}}?{_DATE}",
    )
)


def names_a_case(text: str) -> bool:
    """Whether the text seems to hold what leads to one migrant."""
    folded = fold(tidy(text))
    return any(pattern.search(folded) for pattern in _PATTERNS)
