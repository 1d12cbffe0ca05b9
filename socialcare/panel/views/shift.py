"""My shift: on queue, off queue, presence, I'm back, and how the panel speaks and looks to me."""

from django.utils.translation import gettext as _

from interactions import shifts
from socialcare.panel.answers import Done, PanelRequest, action, cleaned
from socialcare.panel.forms import PreferencesForm, PresenceForm, RoutingForm
from socialcare.panel.views.places import back_to


@action
def routing(request: PanelRequest) -> Done:
    """Go on queue or off queue."""
    to = cleaned(RoutingForm(request.POST))["to"]
    (shifts.go_on_queue if to == "on" else shifts.go_off_queue)(request.user)
    return Done(back_to(request))


@action
def presence(request: PanelRequest) -> Done:
    """Choose a presence; any but *On queue* goes off queue."""
    shifts.choose_presence(request.user, cleaned(PresenceForm(request.POST))["presence"])
    return Done(back_to(request))


@action
def back(request: PanelRequest) -> Done:
    """*I'm back*."""
    shifts.come_back(request.user)
    return Done(back_to(request))


@action
def preferences(request: PanelRequest) -> Done:
    """Language, time zone, theme, sound, notifications."""
    before = (request.user.language, request.user.theme, request.user.timezone)
    form = PreferencesForm(request.POST, request.user)
    cleaned(form)
    user = form.save()
    reload = before != (user.language, user.theme, user.timezone)
    return Done(back_to(request), {"reload": reload}, "" if reload else _("Saved"))
