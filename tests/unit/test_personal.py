"""The hint about personal data of migrants: what it sees, and above all what it leaves alone."""

import pytest

from bot.core.routing.personal import names_a_case


@pytest.mark.req("S1-W18")
@pytest.mark.parametrize(
    "text",
    [
        "The passport no. of the young man is A1234567, can you check it?",
        "Passport P-4482913 was taken away at the border",
        "IOM case number 2024-118273 has had no answer",
        "She was born on 12/03/1998 in Gao",
        "Date of birth: 3 March 2009, travelling alone",
        "You can reach her on her phone +254 712 345 678",
        "The refugee's number is 0712 345 678",
        "phone of the family: +221 77 551 19 93",
        "Son passeport est le 18AB45678, il attend depuis mai",
        "Dossier n° 445-8821 : sans réponse",
        "Elle est née le 4 mai 2007 à Kayes",
        "Date de naissance 04.05.2007",
        "Le numéro de la famille est +221 77 551 19 93",
        "Su pasaporte AB123456 está vencido",
        "Nació, fecha de nacimiento 14-02-2011, y viaja solo",
        "Cédula V-12345678 del joven",
        "Teléfono de la señora: 0412 555 12 34",
        "رقم جواز سفر الشاب 12345678",
        "تاريخ الميلاد 03/04/1999",
    ],
)
def test_it_sees_what_leads_to_a_person(text: str) -> None:
    """Document and case numbers, dates of birth, a person's phone."""
    assert names_a_case(text)


@pytest.mark.req("S1-W18")
@pytest.mark.parametrize(
    "text",
    [
        "Our office phone is +254 20 123 4567, please call after nine",
        "Call us on +41 22 717 9111 or write to ipd@iom.int",
        "Which passport rules apply from 1 January 2026?",
        "We helped 12500 people with passports last year",
        "Grant no. 445-8821: when is the report due?",
        "The meeting of 12/03/2026 at 10:00 was moved",
        "Children born after 2019 have no papers in the camp",
        "1,250 children were born in the camp in 2024",
        "His number of complaints is growing, 12 in 2025",
        "Q-0001 is still open, what about it?",
        "Coordinates of the site: 13.5127, 2.1126",
        "Notre téléphone au bureau : +221 33 869 62 00",
        "Combien coûte un passeport en 2026 ? On nous dit 45000 francs",
        "Le numéro de la subvention est 445-8821",
        "La réunion du 4 mai 2026 est-elle maintenue ?",
        "Une famille de 7 personnes, 350 familles en tout",
        "¿Es su número +57 1 622 7774? Queremos llamar a la oficina",
        "Nuestra oficina: teléfono 601 622 7774",
        "¿Cuánto tarda el pasaporte en 2026?",
        "El proyecto 2024-118273 termina en mayo",
        "Nuestro registro como ONG es el 901234567",
        "نحن منظمة في نيروبي، هاتفنا 0712345678",
        "",
    ],
)
def test_it_leaves_ordinary_questions_alone(text: str) -> None:
    """An organisation's own number, grants, dates of meetings, questions about documents."""
    assert not names_a_case(text)
