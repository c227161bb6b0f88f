"""docs/tokens.md and docs/wire.md say what the code does: scopes, tokens, accounting."""

from __future__ import annotations

import json
import logging
import re

import jwt
import pytest
from doc_pages import TOKENS_PAGE, WIRE_PAGE, code, table
from jupyter_events import EventLogger
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.api.handlers import IdentityHandler

from escherpad_ext.grants import Grant
from escherpad_ext.grants.database import Database
from escherpad_ext.policy import lifetimes
from escherpad_ext.policy.refusals import refuse
from escherpad_ext.policy.scopes import BUNDLES, FULL, NEVER, SCOPES, required_scope
from escherpad_ext.policy.tokens import (
    ISSUER_PREFIX,
    KEY_ID_PREFIX,
    MAX_LENGTH,
    REASONS,
    Claims,
    mint,
)
from escherpad_ext.secret import Secret
from escherpad_ext.server import accounting, sockets, watcher
from escherpad_ext.server.refusal_log import INTERVAL_SECONDS, LINES_PER_INTERVAL, RefusalLog

PAGE = TOKENS_PAGE.read_text(encoding="utf-8")
