"""What search says of an article: its released revision, where it stands, how fresh it is."""

from services.knowledge.articles.models import THE_REVISION, Article
from services.knowledge.articles.rules import READABLE, ArticleState
from services.knowledge.collections.shelves import key_of
from services.knowledge.rendering.plain import plain_text
from services.knowledge.rules import Visibility
from services.knowledge.search import index
from services.knowledge.search.entries import Entry
from services.knowledge.search.rules import Found
from shared.store import Tx


async def entry_of(tx: Tx, article: Article) -> Entry:
    """What is found of an article something is released of."""
    given = {"article_id": article.id, "number": article.released_revision}
    revision = await tx.one(THE_REVISION, given)
    visibility, requires = Visibility.MEMBERS, [article.requires]
    if article.collection_id is not None:  # which says at any time who reads it
        visibility = Visibility.PUBLIC
        requires.append(key_of(article.collection_id))
    fresh = [each for each in (article.published_at, article.verified_at) if each is not None]
    return Entry(
        id=article.id,
        kind=Found.ARTICLE,
        title=article.title,
        text=plain_text(revision.body),
        tags=article.tags,
        language=article.language,
        visibility=visibility,
        requires=" ".join(filter(None, requires)) or None,
        fresh_at=max(fresh, default=article.created_at),
        trusted=article.state is ArticleState.VERIFIED,
        outdated=article.state in (ArticleState.STALE, ArticleState.DEPRECATED),
        slug=article.slug,
    )


async def keep_findable(tx: Tx, article: Article) -> None:
    """Let search say what is so now; the last thing a handler does."""
    if article.state in READABLE:
        await index.put(tx, await entry_of(tx, article))
    else:
        await index.take_out(tx, [article.id])
