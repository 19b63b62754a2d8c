"""Engagement: what people say, read and like, in the community's own channels and on other platforms."""

from services.engagement import (
    activities,
    channels,
    conversation,
    delete,
    edit,
    import_posts,
    import_topics,
    lock,
    lookup,
    models,
    posts,
    privacy,
    react,
    reads,
    topics,
)
from shared.app import Service, create_app

service = Service(
    name="engagement",
    base=models.Base,
    slices=[
        channels,
        activities,
        topics,
        lock,
        posts,
        edit,
        delete,
        react,
        reads,
        import_topics,
        import_posts,
        lookup,
        conversation,
        privacy,
    ],
)
app = create_app(service)
