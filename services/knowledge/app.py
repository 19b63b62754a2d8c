"""Knowledge: what the community knows, and whether it can be found and trusted."""

from services.knowledge import models, privacy
from services.knowledge.articles import change as change_article
from services.knowledge.articles import deflect as deflect_inquiry
from services.knowledge.articles import draft as draft_article
from services.knowledge.articles import find as find_articles
from services.knowledge.articles import from_source as draft_from_source
from services.knowledge.articles import rate as rate_article
from services.knowledge.articles import read as read_article
from services.knowledge.articles import release as release_article
from services.knowledge.articles import retire as retire_article
from services.knowledge.articles import revisions
from services.knowledge.articles import save as save_draft
from services.knowledge.attachments import add as add_attachment
from services.knowledge.attachments import find as show_attachments
from services.knowledge.calls import answer as answer_call
from services.knowledge.calls import expire as expire_calls
from services.knowledge.calls import find as find_calls
from services.knowledge.calls import open as open_call
from services.knowledge.collections import describe as describe_collection
from services.knowledge.collections import find as find_collections
from services.knowledge.collections import lifecycle as archive_collection
from services.knowledge.contributors import find as find_contributors
from services.knowledge.contributors import network as contributor_network
from services.knowledge.imports import export as export_collection
from services.knowledge.imports import find as find_imports
from services.knowledge.imports import start as start_import
from services.knowledge.imports import work as work_through_imports
from services.knowledge.people import (
    departures,
    entitlements,
    feedback,
    inquiries,
    merges,
    moderation,
    recaps,
)
from services.knowledge.questions import accept as accept_answer
from services.knowledge.questions import answer as answer_question
from services.knowledge.questions import answers as find_answers
from services.knowledge.questions import ask as ask_question
from services.knowledge.questions import change as change_question
from services.knowledge.questions import close as close_question
from services.knowledge.questions import duplicate as mark_duplicate
from services.knowledge.questions import find as find_questions
from services.knowledge.questions import invitations as question_invitations
from services.knowledge.questions import invite as invite_to_answer
from services.knowledge.questions import outdate as outdate_answer
from services.knowledge.questions import revise as revise_answer
from services.knowledge.questions import verify as verify_answer
from services.knowledge.questions import vote as vote_on_answer
from services.knowledge.resources import add as add_resource
from services.knowledge.resources import change as change_resource
from services.knowledge.resources import find as find_resources
from services.knowledge.resources import look as look_at_resources
from services.knowledge.reviews import find as find_reviews
from services.knowledge.reviews import judge as judge_draft
from services.knowledge.reviews import submit as submit_draft
from services.knowledge.search import click as click_hit
from services.knowledge.search import find as search
from services.knowledge.search import gaps as search_gaps
from services.knowledge.search import log as search_log
from services.knowledge.tasks import find as find_tasks
from services.knowledge.tasks import settle as settle_task
from services.knowledge.verifications import clock as age_articles
from services.knowledge.verifications import find as find_verifications
from services.knowledge.verifications import queue as stale_articles
from services.knowledge.verifications import verify as verify_article
from shared.app import Service, create_app

service = Service(
    name="knowledge",
    base=models.Base,
    slices=[
        privacy,
        # search: /search/gaps before /search/{id}
        search,
        search_gaps,
        click_hit,
        search_log,
        entitlements,
        describe_collection,
        find_collections,
        archive_collection,
        # articles: /articles/stale before /articles/{id}
        stale_articles,
        draft_article,
        find_articles,
        read_article,
        save_draft,
        revisions,
        change_article,
        release_article,
        retire_article,
        rate_article,
        draft_from_source,
        deflect_inquiry,
        submit_draft,
        judge_draft,
        find_reviews,
        verify_article,
        find_verifications,
        age_articles,
        # questions: /questions/invitations before /questions/{id}
        question_invitations,
        ask_question,
        find_questions,
        change_question,
        close_question,
        mark_duplicate,
        invite_to_answer,
        answer_question,
        find_answers,
        revise_answer,
        accept_answer,
        vote_on_answer,
        verify_answer,
        outdate_answer,
        add_resource,
        find_resources,
        change_resource,
        look_at_resources,
        departures,
        feedback,
        inquiries,
        merges,
        moderation,
        recaps,
        add_attachment,
        show_attachments,
        open_call,
        find_calls,
        answer_call,
        expire_calls,
        find_tasks,
        settle_task,
        find_contributors,
        contributor_network,
        start_import,
        find_imports,
        work_through_imports,
        export_collection,
    ],
)
app = create_app(service)
