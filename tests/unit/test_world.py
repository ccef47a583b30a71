"""The office's files: what is read from them, and how mistakes are named."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from bot.core.errors import WorldProblem
from bot.core.organisation import Level
from bot.core.world import DeskKind, PostKind, TopicOwner
from config import world


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped world to break."""
    return Path(shutil.copytree(world.DEFAULT, tmp_path / "world"))


def change(folder: Path, name: str, old: str, new: str) -> None:
    file = folder / name
    content = file.read_text(encoding="utf-8")
    assert old in content
    file.write_text(content.replace(old, new, 1), encoding="utf-8")


def problems(folder: Path) -> str:
    with pytest.raises(WorldProblem) as caught:
        world.load(folder)
    return str(caught.value)


def test_the_shipped_world_has_no_problem() -> None:
    """What the product ships loads, and has the 18 topics that are a contract."""
    assert len([topic for topic in world.load().topics.values() if not topic.parent]) == 18


@pytest.mark.req("S1-R5")
def test_a_country_has_its_region_and_a_liaison_its_mission() -> None:
    """Kenya belongs to East Africa and has a liaison; Nepal has a region only."""
    loaded = world.load()
    assert (loaded.region_of["KE"], loaded.mission_of["KE"], loaded.region_of["NP"]) == ("EHA", "mission-ke", "AP")
    assert "NP" not in loaded.mission_of


def test_a_desk_begins_with_its_main_post() -> None:
    """Whoever asks a desk for its role gets the main post's."""
    desk = world.load().desks["region-eha"]
    assert (desk.main.kind, desk.main.backup, desk.kind) == (PostKind.MAIN, "fp-eha-backup", DeskKind.REGIONAL)


def test_a_week_may_begin_on_sunday() -> None:
    """SU-TH runs over the end of the ISO week."""
    assert world.load().desks["mission-ly"].main.working_days == frozenset({7, 1, 2, 3, 4})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("valid_days: 14", "valid_days: 400", "valid_days is 400; allowed: 1 to 90"),
        ("remind_after_days: 5", "remind_after_days: 14", "remind_after_days is 14"),
        ("remind_most: 2", "remind_often: 2", "unknown number of invitations 'remind_often'"),
    ],
)
def test_numbers_of_invitations_make_sense(folder: Path, old: str, new: str, said: str) -> None:
    """An invitation that is over before it is reminded of reminds nobody."""
    change(folder, "office.yaml", old, new)
    assert said in problems(folder)


def test_an_office_without_numbers_of_invitations_has_ours(folder: Path) -> None:
    """An older office.yaml goes on working."""
    text = (folder / "office.yaml").read_text(encoding="utf-8")
    before, after = text.split("invitations:        #")
    (folder / "office.yaml").write_text(before + "retention_months:" + after.split("retention_months:")[1], "utf-8")
    assert world.load(folder).office.invitations.valid_days == 14


@pytest.mark.req("S1-D8")
def test_the_field_comes_first_for_a_national_organisation() -> None:
    """The order of owners is the office's own."""
    assert world.load().office.first_owner[Level.NATIONAL] == ("mission", "region", "hq")


def test_a_subtopic_may_have_its_own_department() -> None:
    """Climate belongs to emergencies and to another department."""
    climate = world.load().topics["climate"]
    assert (climate.parent, climate.department, climate.owner) == ("emergencies", "DMM", TopicOwner.FIELD)


def test_a_department_has_a_name_for_the_middle_of_a_sentence() -> None:
    """With its article, in each language."""
    assert world.load().departments["ICP"].in_sentence["fr"].startswith("le Département de")


def test_without_one_the_name_is_taken(folder: Path) -> None:
    """`in_sentence` is optional."""
    change(folder, "departments.yaml", "    es: la División de Alianzas Internacionales\n", "")
    loaded = world.load(folder)
    assert loaded.departments["IPD"].in_sentence["es"] == loaded.departments["IPD"].name["es"]


def test_an_unquoted_no_is_refused(folder: Path) -> None:
    """YAML reads NO as false; Norway must not vanish."""
    change(folder, "regions.yaml", "  - 'NO'\n", "  - NO\n")
    assert "regions.yaml:" in problems(folder)
    assert "NO is read as true or false; put a text in quotes: 'NO'" in problems(folder)


def test_a_time_that_became_a_number_is_refused(folder: Path) -> None:
    """YAML reads 10:30 as 630."""
    change(folder, "office.yaml", "version: '2026-11'", "version: 10:30")
    assert "10:30 is read as a number" in problems(folder)


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("focal_points.csv", ",fp-saf-backup,ipd", ",fp-nobody,ipd", "focal_points.csv:5: unknown backup of this desk"),
        ("focal_points.csv", "Africa/Nairobi", "Africa/Nairobbery", "focal_points.csv:2: unknown time zone"),
        ("focal_points.csv", "08:30-17:30", "17:30-08:30", "focal_points.csv:2: hours 17:30-08:30 end before"),
        ("focal_points.csv", "MO-FR", "MO-FRI", "focal_points.csv:2: working days 'MO-FRI' cannot be read"),
        ("focal_points.csv", ",fp-eha-backup,ipd", ",fp-eha-backup,nowhere", "unknown desk 'nowhere'"),
        ("focal_points.csv", "fp-icp-backup,\n", "fp-icp-backup,ipd\n", "escalation goes round in a circle"),
        (
            "focal_points.csv",
            "fp-eha-backup,region-eha,regional,backup",
            "fp-eha-backup,region-eha,regional,main",
            "2 main",
        ),
        ("departments.yaml", "  desk: mcd\n", "  desk: media\n", "unknown desk 'media'"),
        ("departments.yaml", "  sla: priority\n", "  sla: fast\n", "unknown SLA policy 'fast'"),
        (
            "departments.yaml",
            "  parent: null\n  desk: icp",
            "  parent: IPD\n  desk: icp",
            "parents go round in a circle",
        ),
        (
            "departments.yaml",
            "    no_duty_desk: doe\n",
            "    no_duty_desk: doh\n",
            "unknown desk on duty 'doh'; allowed: doe",
        ),
        ("departments.yaml", "    fr: Division des médias et de la communication\n", "", "name has no text in fr"),
        ("regions.yaml", "  - BI\n", "  - BI\n  - BI\n", "BI is already in region EHA"),
        ("regions.yaml", "  - BI\n", "  - QX\n", "unknown country 'QX'"),
        ("office.yaml", "  fallback: ipd\n", "  fallback: nobody\n", "unknown desk 'nobody'"),
        ("office.yaml", "languages: [en, fr, es] ", "languages: [en, fr, xx] ", "unknown language 'xx'"),
        ("office.yaml", "    global: [hq]", "    worldwide: [hq]", "first_owner has no level global"),
        ("routing_topics.yaml", "- id: avr\n", "- id: return\n", "no topic avr; the 18 ids are fixed"),
        ("routing_topics.yaml", "  - id: detention\n", "  - id: labour\n", "topic labour stands here twice"),
        ("routing_topics.yaml", "  watch: [DOE]\n", "  watch: [DOES]\n", "unknown department 'DOES'"),
        ("routing_examples.csv", ",en,avr\n", ",en,return\n", "unknown unit 'return'"),
        ("csos.csv", ",NGO,regional,KE,", ",CLUB,regional,KE,", "csos.csv:2: unknown type 'CLUB'"),
        ("faq.yaml", "  department: IPD\n", "  department: IPX\n", "unknown department 'IPX'"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_what_is_allowed(
    folder: Path, name: str, old: str, new: str, expected: str
) -> None:
    """Each reference, number and word of the files is checked."""
    change(folder, name, old, new)
    assert expected in problems(folder)


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    """Two files, two mistakes, two lines."""
    change(folder, "regions.yaml", "Africa/Nairobi", "Nairobi")
    change(folder, "faq.yaml", "topic: mission", "topic: missions")
    assert [line.split(":")[0] for line in problems(folder).splitlines()] == ["regions.yaml", "faq.yaml"]


def test_a_missing_file_is_said(folder: Path) -> None:
    """Without posts there is nobody to answer."""
    (folder / "focal_points.csv").unlink()
    assert "focal_points.csv:1: the file is missing" in problems(folder)


def test_broken_yaml_is_told_with_its_line(folder: Path) -> None:
    """The line is YAML's own."""
    change(folder, "office.yaml", "mailbox: ", "mailbox: [")
    assert "office.yaml:" in problems(folder)
    assert "not readable as YAML" in problems(folder)


def test_another_encoding_is_told_with_its_line(folder: Path) -> None:
    """A file saved as Latin-1 on some desktop."""
    file = folder / "regions.yaml"
    file.write_bytes(file.read_text(encoding="utf-8").encode("utf-8").replace("São".encode(), b"S\xe3o") + b"# \xe9\n")
    assert "not UTF-8 text; save the file as UTF-8" in problems(folder)


def test_a_row_with_a_lost_comma_is_told(folder: Path) -> None:
    """A CSV row must have as many columns as the first."""
    change(
        folder, "routing_examples.csv", "Return counselling and monitoring of returnees,en,avr", "Return counselling"
    )
    assert "not 3 columns as in the first line" in problems(folder)


def test_there_must_be_a_folder(tmp_path: Path) -> None:
    """The sentence names the folder that was asked for."""
    with pytest.raises(WorldProblem, match="there is no such folder"):
        world.load(tmp_path / "nowhere")


def test_every_country_of_a_region_has_a_zone() -> None:
    """Times are shown as people there read them, not as their region's office does."""
    office = world.load(None)

    assert ("Africa/Kampala", set()) == (office.zones["UG"], set(office.region_of) - set(office.zones) - {"XK"})


def test_public_holidays_of_the_missions_country_are_days_off() -> None:
    """Nobody is at the Kenyan mission on Jamhuri Day."""
    assert not world.load().desks["mission-ke"].main.calendar.works_on(date(2026, 12, 12))


def test_the_office_adds_its_own_days_off(folder: Path) -> None:
    """For one desk, a country, a region or all."""
    (folder / "holidays.csv").write_text("date,for,name\n2026-12-28,all,Office closed\n2026-12-29,ipd,Move\n")
    loaded = world.load(folder)
    closed = [loaded.desks[desk].main.calendar.works_on(date(2026, 12, 29)) for desk in ("ipd", "mission-ke")]
    assert closed == [False, True]


def test_a_calendar_file_closes_every_desk(folder: Path) -> None:
    """All-day events, from the first day to the day before the end."""
    event = "BEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261228\r\nDTEND;VALUE=DATE:20261230\r\nEND:VEVENT\r\n"
    calendar = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{event}END:VCALENDAR\r\n"
    (folder / "holidays.ics").write_text(calendar)
    loaded = world.load(folder)
    works = [loaded.desks["ipd"].main.calendar.works_on(date(2026, 12, day)) for day in (28, 29, 30)]
    assert works == [False, False, True]


def test_a_day_off_for_nobody_is_a_mistake(folder: Path) -> None:
    """Named with file, line and what is allowed."""
    (folder / "holidays.csv").write_text("date,for,name\n28.12.2026,nowhere,Closed\n")
    found = problems(folder)
    assert "holidays.csv:2: 'nowhere' is no desk, country or region of this office" in found
    assert "holidays.csv:2: '28.12.2026' is no date; needed: YYYY-MM-DD" in found


def test_a_rule_for_an_unknown_setting_is_a_mistake(folder: Path) -> None:
    """The table may only ask for what there is."""
    change(folder, "departments.yaml", "settings: [humanitarian]", "settings: [wartime]")
    assert "unknown setting 'wartime'" in problems(folder)


def test_a_setting_for_an_unknown_country_is_a_mistake(folder: Path) -> None:
    """ISO codes only."""
    change(folder, "office.yaml", "[HT, SS, SY, YE]", "[HT, XX]")
    assert "unknown country 'XX'" in problems(folder)


def _list(folder: Path, heading: str, row: str) -> None:
    """A list of partners of one row."""
    needed = "id,name,acronym,type,level,country,interface_language,timezone,email,listed"
    (folder / "csos.csv").write_text(f"{needed},{heading}\nX-1,Lake,LK,NGO,local,KE,en,Africa/Nairobi,,yes,{row}\n")


def test_a_list_of_partners_may_say_more(folder: Path) -> None:
    """Lists, observer status with its days, consent, what it is an office of."""
    _list(
        folder,
        "topics,languages,clusters,observer_status,observer_since,observer_until,consent,status,parent",
        "cccm shelter,en sw,CCCM,observer,2014-05-01,2027-05-01,withdrawn,suspended,X-0",
    )
    each = world.load(folder).organisations[0]
    assert (each.topics, each.languages, each.clusters) == (("cccm", "shelter"), ("en", "sw"), ("CCCM",))
    assert (each.observer, str(each.observer_since), str(each.observer_until)) == (
        "observer",
        "2014-05-01",
        "2027-05-01",
    )
    assert (each.consent, each.status, each.parent) == ("withdrawn", "suspended", "X-0")


def test_columns_that_a_list_leaves_out_have_their_defaults(folder: Path) -> None:
    """Nobody agreed to anything; whoever is on the office's list is known to it."""
    _list(folder, "since", "2013")
    each = world.load(folder).organisations[0]
    assert (each.topics, each.observer, each.consent, each.status) == ((), "none", "pending", "verified")


@pytest.mark.parametrize(
    ("heading", "row", "problem"),
    [
        ("observer_since", "May 2014", "observer_since is 'May 2014'; a date such as 2026-03-01 is needed"),
        ("observer_status", "maybe", "unknown observer status 'maybe'"),
        ("consent", "perhaps", "unknown consent 'perhaps'"),
    ],
)
def test_a_mistake_in_a_further_column_is_named_by_its_line(folder: Path, heading: str, row: str, problem: str) -> None:
    """csos.csv, line 2."""
    _list(folder, heading, row)
    assert f"csos.csv:2: {problem}" in problems(folder)


def test_a_kind_that_is_not_shown_must_exist(folder: Path) -> None:
    """A typing error there would show what the office wants hidden."""
    change(folder, "office.yaml", "unlisted_types: [MED, MIG]", "unlisted_types: [MED, MGI]")
    assert "unknown type 'MGI'" in problems(folder)
