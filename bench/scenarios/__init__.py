"""The scenarios, in the order in which they are run: the archive fills the database, and comes last."""

from bench.scenarios.api import Api
from bench.scenarios.archive import Archive
from bench.scenarios.counter import Counter
from bench.scenarios.ingest import Ingest
from bench.scenarios.long_thread import LongThread
from bench.scenarios.offer import OfferTime
from bench.scenarios.panels import ManyPanels
from bench.scenarios.send import Send
from bench.scenarios.trial import Trial

ALL = (Ingest, OfferTime, Send, Api, LongThread, Counter, Trial, ManyPanels, Archive)
