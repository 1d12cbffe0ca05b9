"""The panel's addresses. What changes something is a POST; each calls one use case."""

from django.urls import path

from socialcare.panel.views import attachments, emoji, handling, offers, reading, replying, shift

app_name = "panel"
urlpatterns = [
    path("", reading.home, name="home"),
    path("parts/", reading.parts, name="parts"),
    path("emoji/<slug:language>.json", emoji.emoji_json, name="emoji"),
    path("routing/", shift.routing, name="routing"),
    path("presence/", shift.presence, name="presence"),
    path("back/", shift.back, name="back"),
    path("preferences/", shift.preferences, name="preferences"),
    path("offers/<uuid:offer_id>/accept/", offers.accept, name="accept"),
    path("offers/<uuid:offer_id>/decline/", offers.decline, name="decline"),
    path("queues/<uuid:queue_id>/pull/", offers.pull, name="pull"),
    path("i/<uuid:interaction_id>/", reading.interaction, name="interaction"),
    path("i/<uuid:interaction_id>/earlier/", reading.earlier, name="earlier"),
    path("i/<uuid:interaction_id>/canned/", reading.canned, name="canned"),
    path("i/<uuid:interaction_id>/reply/", replying.reply, name="reply"),
    path("i/<uuid:interaction_id>/draft/", replying.draft, name="draft"),
    path("i/<uuid:interaction_id>/note/", handling.note, name="note"),
    path("i/<uuid:interaction_id>/transfer/", handling.transfer, name="transfer"),
    path("i/<uuid:interaction_id>/park/", handling.park, name="park"),
    path("i/<uuid:interaction_id>/resume/", handling.resume, name="resume"),
    path("i/<uuid:interaction_id>/end/", handling.end, name="end"),
    path("i/<uuid:interaction_id>/wrapup/", handling.wrapup, name="wrapup"),
    path("i/<uuid:interaction_id>/read/", handling.read, name="read"),
    path("i/<uuid:interaction_id>/uploads/", attachments.uploads, name="uploads"),
    path("messages/<uuid:message_id>/resend/", replying.resend, name="resend"),
    path("attachments/<uuid:attachment_id>/", attachments.attachment, name="attachment"),
    path("attachments/<uuid:attachment_id>/discard/", attachments.discard, name="discard"),
    path("attachments/<uuid:attachment_id>/describe/", attachments.describe, name="describe"),
]
