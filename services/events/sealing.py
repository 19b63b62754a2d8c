"""What a community's contacts, answers and links are sealed under."""

from services.events.audience.models import CommunityKey
from shared.sealing import Sealing

_sealing = Sealing(CommunityKey)
sealer_of, known_sealer = _sealing.sealer_of, _sealing.known_sealer
