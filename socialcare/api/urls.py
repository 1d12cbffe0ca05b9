"""The REST API, version 2: the paths of the reference product."""

from itertools import chain

from django.urls import path

from . import (
    canned_libraries,
    canned_responses,
    constants,
    contacts,
    conversation_acts,
    conversation_media,
    conversation_messages,
    conversation_wrapup,
    conversations,
    escalation_rules,
    escalations,
    grants,
    ingestion_rules,
    integrations,
    notifications,
    observations,
    open_messages,
    people,
    queue_members,
    queues,
    schema_views,
    skills,
    supported_content,
    topics,
    user_skills,
    users,
    utilization,
    wrapup_codes,
)
from .errors import no_such_page

CONFIGURATION = (queues, queue_members, wrapup_codes, grants, skills, user_skills, utilization, people)
CONVERSATIONS = (conversations, conversation_acts, conversation_messages, conversation_media, conversation_wrapup)
INTEGRATIONS = (integrations, supported_content)
KNOWLEDGE = (canned_libraries, canned_responses, contacts)
LISTENING = (topics, ingestion_rules, escalation_rules, escalations)
AREAS = (
    schema_views,
    users,
    constants,
    open_messages,
    *CONVERSATIONS,
    notifications,
    *CONFIGURATION,
    *INTEGRATIONS,
    *KNOWLEDGE,
    *LISTENING,
    observations,
)

app_name = "api"
urlpatterns = [
    *chain.from_iterable(area.urlpatterns for area in AREAS),
    path("", no_such_page),
    path("<path:anything>", no_such_page),
]
