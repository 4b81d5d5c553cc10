"""Posts in group chats of staff: new and late tickets, what residents add, and „Sūtīt iedzīvotājam?”."""

from collections.abc import Callable, Sequence

from bot.alerts.outcomes import LEASE, Outcomes
from bot.alerts.posts import PostWriter
from bot.channels.telegram.staff_posts import Posted, StaffPosts
from bot.content import Content
from bot.storage import alerts as stored
from bot.storage import audit, post_erasures, staff_groups
from bot.storage.alerts import AlertKind, GroupBag, GroupPost, Way
from bot.storage.database import Database
from domain.errors import ChannelUnavailable, ContactUnreachable, MessageRefused
from domain.ports import Clock
from domain.tickets import TicketState


class Posting:
    """Posts what is due, in order within a group."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        content: Callable[[], Content],
        posts: StaffPosts,
        public_url: str | None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._content = content
        self._posts = posts
        self._public_url = public_url
        self._outcomes = Outcomes(database=database, clock=clock, way=Way.GROUP)

    async def send_due(self) -> None:
        """Post everything that is due, group by group."""
        while (bag := await self._take()) is not None:
            true = [post for post in bag.posts if _is_true(post)]
            needless = [post.alert for post in bag.posts if post not in true]
            await self._outcomes.needless(needless)
            await self._send(bag, true)

    async def _take(self) -> GroupBag | None:
        async with self._database.unit_of_work() as work:
            now = self._clock.now()
            bag = await stored.take_group_bag(work.connection, now=now, lease=LEASE)
            await work.commit()
        return bag

    async def _send(self, bag: GroupBag, posts: Sequence[GroupPost]) -> None:
        writer = PostWriter(
            queues=self._content().queues,
            public_url=self._public_url,
            with_words=bag.with_words,
        )
        chat = bag.chat
        for place, post in enumerate(posts):
            left = [later.alert for later in posts[place:]]
            try:
                posted = await self._posts.post(
                    chat,
                    writer.text(post),
                    reply_to=post.reply_to,
                    buttons=writer.buttons(post),
                )
            except MessageRefused as refused:
                await self._outcomes.refused([post.alert], str(refused))
            except ChannelUnavailable as unavailable:
                await self._outcomes.postponed(left, unavailable)
                return
            except ContactUnreachable as gone:
                await self._outcomes.refused(left, str(gone))
                await self._switch_off(bag)
                return
            else:
                chat = posted.chat  # another one when the group has become a supergroup
                await self._note(bag, post, posted)

    async def _note(self, bag: GroupBag, post: GroupPost, posted: Posted) -> None:
        """Remember where a post stands. Whose resident erased their data meanwhile is to be blanked at once."""
        now = self._clock.now()
        async with self._database.unit_of_work() as work:
            if not await stored.mark_sent(
                work.connection, [post.alert], at=now, vendor_id=posted.key
            ):
                await post_erasures.queue_post(
                    work.connection,
                    posted.key,
                    group=bag.group,
                    ticket=post.alert.ticket,
                    posted_at=now,
                    at=now,
                )
            await work.commit()
        self._outcomes.count("sent", [post.alert])

    async def _switch_off(self, bag: GroupBag) -> None:
        """We were put out of the group: the administrator sees it and links it again."""
        now = self._clock.now()
        async with self._database.unit_of_work() as work:
            await staff_groups.switch_off(work.connection, bag.group, at=now)
            await audit.append(work.connection, "group.off", at=now, detail=bag.chat)
            await work.commit()


def _is_true(post: GroupPost) -> bool:
    """Whether it is still so: nobody needs to hear of a ticket that was finished meanwhile."""
    if post.alert.kind is AlertKind.DRAFT:
        return bool(post.reply_to)
    if post.alert.kind is AlertKind.RETURNED:
        return post.alert.state is TicketState.NEW
    return post.alert.state in (TicketState.NEW, TicketState.CLAIMED)
