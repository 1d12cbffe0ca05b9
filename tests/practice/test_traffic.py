"""The scripted customers, with a clock of the test's own."""

import pytest

from socialcare.practice import playing
from socialcare.practice.models import Persona, Post
from socialcare.practice.stories import STORIES
from socialcare.practice.traffic import AT_ONCE, PATIENCE, Traffic

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand():
    from socialcare.practice import brands
    from socialcare.practice.models import Brand

    brands.connect("acme", "Acme")
    return Brand.objects.get()


def let_pass(traffic, start, seconds):
    for now in range(start, start + seconds, 3):
        traffic.go_on(float(now))
    return start + seconds


def said():
    return list(Post.objects.filter(by_brand=False).values_list("persona__name", "is_private", "text"))


def answer(brand, post, text="On it"):
    """The brand answers where the customer spoke."""
    private = post.is_private
    return Post.objects.create(
        brand=brand, by_brand=True, is_private=private, persona=post.persona if private else None,
        root=None if private else (post.root or post), answers=None if private else post, text=text,
        delivered_at=post.at if private else None,
    )  # fmt: skip


def test_there_are_stories_in_both_languages_public_and_private():
    assert len(STORIES) >= 10
    assert {story.language for story in STORIES} == {"en", "fr"}
    opening = {story.lines[0].private for story in STORIES}
    assert opening == {True, False}
    assert len({story.name for story in STORIES}) == len(STORIES)
    for story in STORIES:
        for line in story.lines:
            assert len(line.text.format(brand="acme")) <= 300
        if not story.lines[0].private:
            assert "@{brand}" in story.lines[0].text, "or nobody would hear it"


def test_without_a_brand_nobody_says_anything():
    let_pass(Traffic(), 0, 100)
    assert not Persona.objects.exists()


def test_the_same_seed_tells_the_same(brand):
    let_pass(Traffic(seed=7), 0, 120)
    first = said()
    Persona.objects.all().delete()
    let_pass(Traffic(seed=7), 0, 120)
    assert said() == first
    Persona.objects.all().delete()
    let_pass(Traffic(seed=8), 0, 120)
    assert said() != first


def test_after_a_restart_other_customers_come_first(brand):
    let_pass(Traffic(), 0, 60)
    before = {name for name, *_ in said()}
    Post.objects.all().delete()
    let_pass(Traffic(), 0, 60)
    assert before
    assert not before & {name for name, *_ in said()}


def test_unanswered_customers_do_not_pile_up(brand):
    let_pass(Traffic(), 0, 500)
    assert Persona.objects.count() == AT_ONCE


def test_customers_follow_up_when_they_are_answered_and_read_what_was_private(brand):
    traffic, now = Traffic(seed=3), 0
    answered = set()
    while now < 1500:
        now = let_pass(traffic, now, 5)
        for post in Post.objects.filter(by_brand=False).exclude(pk__in=answered):
            answer(brand, post)
            answered.add(post.pk)
    told = [story for story in STORIES if Persona.objects.filter(name=story.name).exists()]
    assert len(told) > AT_ONCE
    finished = [
        story
        for story in told
        if Post.objects.filter(persona__name=story.name, by_brand=False).count() >= len(story.lines)
    ]
    assert len(finished) >= len(told) - AT_ONCE
    assert Post.objects.filter(by_brand=True, is_private=True).exclude(read_at=None).exists()


def test_a_story_that_nobody_answers_is_given_up(brand):
    traffic = Traffic()
    now = let_pass(traffic, 0, 200)
    before = Persona.objects.count()
    let_pass(traffic, now + int(PATIENCE), 200)
    assert Persona.objects.count() > before


def test_a_public_follow_up_stands_in_its_thread(brand):
    traffic, now = Traffic(seed=3), 0
    while not Post.objects.filter(by_brand=False, root__isnull=False).exists():
        now = let_pass(traffic, now, 5)
        assert now < 3000
        for post in Post.objects.filter(by_brand=False, answered_by=None):
            if not Post.objects.filter(by_brand=True, pk__gt=post.pk).exists():
                answer(brand, post)
    follow_up = Post.objects.filter(by_brand=False, root__isnull=False).first()
    assert follow_up.answers
    assert follow_up.root.persona == follow_up.persona


def test_a_post_deleted_meanwhile_stops_nobody(brand):
    traffic = Traffic()
    now = let_pass(traffic, 0, 60)
    for post in Post.objects.all():
        answer(brand, post)
        playing.remove(post)
    let_pass(traffic, now, 60)
