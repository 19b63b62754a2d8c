"""Names, titles and texts for a made-up community, out of a small vocabulary of our own."""

from random import Random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GIVEN = _words("""
    Ada Bento Chidi Dalia Emre Farah Goran Hana Ivo Jun Kemal Lena Mateo Nia Otto Paŭla Quinn Rosa Sølve Tariq
    Uma Viktor Wanda Xiomara Yusuf Zoë
""")
FAMILY = _words("""
    Abel Baumann Castellan Duarte Eklund Fontaine Grün Hollis Ivarsson Jansen Kowal Lindqvist Moreau Nakata
    Okoro Petrov Quintana Rask Şahin Tanaka Urbina Valdés Winter Yildiz Zeman
""")
THINGS = _words("""
    onboarding moderation documentation mentoring newsletter meetup survey glossary roadmap workshop archive
    playbook welcome-thread code-review office-hours reading-group showcase retrospective calendar badge
""")
DOINGS = _words("plan run measure improve revive simplify announce explain share organise start close")
PEOPLE = (
    "newcomers",
    "regulars",
    "remote members",
    "our mentors",
    "a small team",
    "three time zones",
    "volunteers",
)
WHYS = (
    "nobody knew who was responsible",
    "we had more questions than answers",
    "half of the people had never met",
    "it took us a week to find the notes",
    "the last attempt faded after a month",
    "everybody liked it but few came back",
)
OPENERS = (
    "In our chapter",
    "Last spring",
    "From experience",
    "At first",
    "With twelve people",
    "For us",
    "Honestly",
)
TIPS = (
    "write it down where everybody looks",
    "ask two people before asking all",
    "start with one evening and keep the date",
    "say thank you by name",
    "give it an owner and an end",
    "keep the first step under five minutes",
    "count who comes back, not who comes",
)
REMARKS = (
    "This worked for us too.",
    "Could you say how long that took?",
    "Thank you, that is what I was missing.",
    "I would keep it shorter.",
    "Is there a template for it?",
    "We tried, and the dates were the hard part.",
    "Do you still do it that way?",
)


def name(random: Random) -> str:
    """A person's name."""
    return f"{random.choice(GIVEN)} {random.choice(FAMILY)}"


def title(random: Random) -> str:
    """A question in one line."""
    asked = random.choice(
        ("How do you {} a {} for {}?", "Is it worth to {} a {} with {}?", "When to {} the {} of {}?")
    )
    return asked.format(random.choice(DOINGS), random.choice(THINGS), random.choice(PEOPLE))


def tags(random: Random) -> list[str]:
    """One to three things a question is about."""
    return random.sample(THINGS, random.randint(1, 3))


def text(random: Random) -> str:
    """One to four paragraphs in Markdown: a story, sometimes a list."""
    paragraphs = [_story(random) for _ in range(random.randint(1, 3))]
    if random.random() < 0.3:
        paragraphs.append("\n".join(f"- {tip}" for tip in random.sample(TIPS, 3)))
    return "\n\n".join(paragraphs)


def remark(random: Random) -> str:
    """A comment."""
    return random.choice(REMARKS)


def _story(random: Random) -> str:
    thing, doing = random.choice(THINGS), random.choice(DOINGS)
    return (
        f"{random.choice(OPENERS)}, to {doing} the **{thing}** meant work for {random.choice(PEOPLE)}: "
        f"{random.choice(WHYS)}. My advice: {random.choice(TIPS)}, and look at `{thing}` again in a month."
    )
