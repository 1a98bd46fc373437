"""The verbs that send messages. `make gen` writes this file from the declarations in core: do not edit it."""

from __future__ import annotations

from collections.abc import Sequence

from . import _linkwa
from ._lazy import Lazy
from ._linkwa import Body, Buttons, Contact, Header, List, QuickReplyButton, SendResult, UrlButton

TYPE_CHECKING = False
if TYPE_CHECKING:
    import typing

    from . import types
else:
    # Importing these would take longer than all the rest of linkwa.
    types, typing = Lazy("linkwa.types"), Lazy("typing")


class Verbs:
    """The verbs of a client."""

    def _send(
        self,
        to: typing.Union[str, Sequence[str]],
        message: types.Messages,
        options: types.SendOptions,
    ) -> SendResult:
        raise NotImplementedError

    def send(
        self,
        to: typing.Union[str, Sequence[str]],
        message: types.Messages,
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Sends one message or several to one destination or several, and returns the gateway's answer.

        `to` is a number of 3 to 15 digits, with or without `+`, or a sequence of them; each gets every message.
        `message` is an object of a message class (`Text` and the others), a mapping in wire form (see `linkwa.types`),
        or a sequence of these.

        Every verb that sends takes these `options` (`SendOptions`). One that is left out, or `None`, is as the client
        has it.

        - `platform_service_id`: The id of the service on the platform.
        - `platform_service_type`: The type of the service on the platform.
        - `platform_transaction_id`: The id of the transaction on the platform.
        - `priority`: The message's priority. Without one it is `NORMAL`. A word, or a `Priority`.
        - `relative_validity_time`: How long the gateway may try to deliver, counted from the send. Sent in
          milliseconds; less than one is an error. `absolute_validity_time` overrides this.
        - `absolute_validity_time`: Until when the gateway may try to deliver: an RFC 3339 date-time with an offset,
          `2030-03-18T16:49:21Z`. It overrides `relative_validity_time`. A time in the past is a warning. With neither,
          the gateway tries for 48 hours. An aware `datetime` does as well as a text.
        - `event_report_gates`: The gates that event reports go to, instead of the client's. An empty list removes the
          client's gates.
        - `ref_id`: Your own reference, which every event report repeats. Not empty. Without it the library makes a
          unique one. To reconcile after a crash, make one with `new_ref_id` and store it before sending.
        - `custom_parameters`: Names and texts that every event report repeats, instead of the client's. If it is empty,
          there are none.
        - `source`: The business number to send from, instead of the client's: 3 to 15 digits, with or without `+`.
        - `timeout`: The longest time of the send, from the call to the result: above 0, and at most 24 hours. Without
          it the client's timeout, 30 seconds by default. In seconds.

        Returns a `SendResult`; its `warnings` are those of validation. Raises `InvalidRequest` with everything that
        validation found, `NotSent`, `Rejected`, `OutcomeUnknown` or `InternalError` (see `Client`); a `TypeError` that
        names an argument of a wrong type or name, and a `ValueError` for a datetime without a time zone or an unknown
        priority.

            >>> import linkwa
            >>> image = linkwa.Image("https://example.com/a.png", caption="The new door")
            >>> sent = linkwa.send(["+46000000001", "+46000000002"], image, priority="HIGH", ref_id="order-17")
            >>> sent.ref_id, sent.result_code, len(sent.message_ids)
            ('order-17', 112001, 2)
            >>> linkwa.send("+46000000001", {"type": "text", "text": {"body": "Hello"}}).result_code
            112001
        """
        return self._send(to, message, options)

    def send_text(
        self,
        to: typing.Union[str, Sequence[str]],
        body: str,
        *,
        preview_url: typing.Optional[bool] = None,
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Sends a text.

        - `body`: The text. Not empty. Over 4,096 Unicode code points is a warning, and so is a body of white space
          only. A URL in it must start with `http://` or `https://`.
        - `preview_url`: Whether the recipient sees a preview of the URL in the body. Without it the gateway shows none.
          `True` without a URL in the body is a warning.

        See `Text`. Options and errors are those of `send`.

            >>> import linkwa
            >>> sent = linkwa.send_text("+46000000001", "Track it: https://example.com/t/17", preview_url=True)
            >>> sent.result_code, len(sent.message_ids)
            (112001, 1)
        """
        message = _linkwa.Text(body, preview_url=preview_url)
        return self._send(to, message, options)

    def send_image(
        self,
        to: typing.Union[str, Sequence[str]],
        link: typing.Optional[str] = None,
        *,
        id: typing.Optional[str] = None,
        caption: typing.Optional[str] = None,
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Sends a picture: JPEG or PNG.

        - `link`: The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A
          path that ends in another extension than `.jpeg`, `.jpg` or `.png` is a warning.
        - `id`: The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's
          document: it needs the setting `extensions`.
        - `caption`: The text below the picture. Over 1,024 Unicode code points is a warning. Not allowed in a
          template's header.

        See `Image`. Options and errors are those of `send`.

            >>> import linkwa
            >>> linkwa.send_image("+46000000001", "https://example.com/a.png", caption="The new door").result_code
            112001
        """
        message = _linkwa.Image(link, id=id, caption=caption)
        return self._send(to, message, options)

    def send_audio(
        self,
        to: typing.Union[str, Sequence[str]],
        link: typing.Optional[str] = None,
        *,
        id: typing.Optional[str] = None,
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Sends a sound: AAC, MP4, AMR, MPEG, or Ogg with Opus inside. It has no caption.

        - `link`: The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A
          path that ends in another extension than `.aac`, `.mp4`, `.m4a`, `.amr`, `.mpeg`, `.mp3`, `.ogg` or `.opus` is
          a warning.
        - `id`: The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's
          document: it needs the setting `extensions`.

        See `Audio`. Options and errors are those of `send`.

            >>> import linkwa
            >>> linkwa.send_audio("+46000000001", "https://example.com/a.ogg").result_code
            112001
        """
        message = _linkwa.Audio(link, id=id)
        return self._send(to, message, options)

    def send_video(
        self,
        to: typing.Union[str, Sequence[str]],
        link: typing.Optional[str] = None,
        *,
        id: typing.Optional[str] = None,
        caption: typing.Optional[str] = None,
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Sends a video: MP4 or 3GPP.

        - `link`: The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A
          path that ends in another extension than `.mp4`, `.3gpp` or `.3gp` is a warning.
        - `id`: The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's
          document: it needs the setting `extensions`.
        - `caption`: The text below the video. Over 1,024 Unicode code points is a warning. Not allowed in a template's
          header.

        See `Video`. Options and errors are those of `send`.

            >>> import linkwa
            >>> linkwa.send_video("+46000000001", "https://example.com/a.mp4", caption="How to get there").result_code
            112001
        """
        message = _linkwa.Video(link, id=id, caption=caption)
        return self._send(to, message, options)

    def send_document(
        self,
        to: typing.Union[str, Sequence[str]],
        link: typing.Optional[str] = None,
        *,
        id: typing.Optional[str] = None,
        caption: typing.Optional[str] = None,
        filename: typing.Optional[str] = None,
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Sends a document of any MIME type. In a template's header it is a PDF; another extension is a warning there.

        - `link`: The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet.
        - `id`: The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's
          document: it needs the setting `extensions`.
        - `caption`: The text below the document. Over 1,024 Unicode code points is a warning. Not allowed in a
          template's header.
        - `filename`: The file name that the recipient sees.

        See `Document`. Options and errors are those of `send`.

            >>> import linkwa
            >>> linkwa.send_document("+46000000001", "https://example.com/17.pdf", filename="invoice.pdf").result_code
            112001
        """
        message = _linkwa.Document(link, id=id, caption=caption, filename=filename)
        return self._send(to, message, options)

    def send_location(
        self,
        to: typing.Union[str, Sequence[str]],
        *,
        latitude: float,
        longitude: float,
        name: typing.Optional[str] = None,
        address: typing.Optional[str] = None,
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Sends a place on the map.

        - `latitude`: Degrees north of the equator, -90 to 90.
        - `longitude`: Degrees east of Greenwich, -180 to 180.
        - `name`: The name of the place.
        - `address`: Its address, shown below the name. Without a `name` it is not shown, which is a warning.

        See `Location`. Options and errors are those of `send`.

            >>> import linkwa
            >>> linkwa.send_location("+46000000001", latitude=59.33, longitude=18.07, name="Office").result_code
            112001
        """
        message = _linkwa.Location(latitude=latitude, longitude=longitude, name=name, address=address)
        return self._send(to, message, options)

    def send_contacts(
        self,
        to: typing.Union[str, Sequence[str]],
        contacts: Sequence[Contact],
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Sends contact cards.

        - `contacts`: Contact cards.

        See `Contacts`. Options and errors are those of `send`.

            >>> import linkwa
            >>> anna = linkwa.Name("Anna Berg", first_name="Anna")
            >>> card = linkwa.Contact(name=anna, phones=[linkwa.Phone("+46 70 000 00 01")])
            >>> linkwa.send_contacts("+46000000001", [card]).result_code
            112001
        """
        message = _linkwa.Contacts(contacts)
        return self._send(to, message, options)

    def send_template(
        self,
        to: typing.Union[str, Sequence[str]],
        name: str,
        *,
        namespace: typing.Optional[str] = None,
        language: str,
        components: typing.Optional[Sequence[typing.Union[Header, Body, QuickReplyButton, UrlButton]]] = None,
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Sends a template message: a text that WhatsApp approved beforehand, with its parameters filled in.

        It is the only message type that may be sent at any time; all others only within 24 hours of the recipient's
        last message. Name, namespace, language and the number of parameters must be those of the approved template;
        only the gateway can check that.

        - `name`: The template's name.
        - `namespace`: Its namespace. Not empty. Version 1.4.1 of LINK's document requires it; with the client's setting
          `extensions` it may be left out.
        - `language`: The code of its language: `en`, `pt_BR`, …; one that is not among the 68 of the API's list is a
          warning.
        - `components`: Its components, in order.

        See `Template`. Options and errors are those of `send`.

            >>> import linkwa
            >>> sent = linkwa.send_template(
            ...     "+46000000001",
            ...     "order_update",
            ...     namespace="namespace",
            ...     language="en",
            ...     components=[linkwa.Body("Anna", linkwa.Currency("$100.99", code="USD", amount_1000=100990))],
            ... )
            >>> sent.result_code
            112001
        """
        message = _linkwa.Template(name, namespace=namespace, language=language, components=components)
        return self._send(to, message, options)

    def send_interactive(
        self,
        to: typing.Union[str, Sequence[str]],
        interactive: typing.Union[Buttons, List],
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Sends an interactive message: reply buttons, or a list to choose from. Not in version 1.4.1 of LINK's document:
        it needs the setting `extensions`.

        - `interactive`: An object of `Buttons` or `List`.

        See `Buttons` and `List`. Options and errors are those of `send`.

            >>> import linkwa
            >>> buttons = linkwa.Buttons("Where to?", [linkwa.Button("home", "Home"), linkwa.Button("shop", "Shop")])
            >>> with linkwa.Client.from_env(extensions=True) as client:
            ...     client.send_interactive("+46000000001", buttons).result_code
            112001
        """
        if type(interactive) not in (Buttons, List):
            raise TypeError(f"argument 'interactive' must be Buttons or List, not {type(interactive).__name__}")
        return self._send(to, interactive, options)


class AsyncVerbs:
    """The verbs of an asynchronous client."""

    async def _send(
        self,
        to: typing.Union[str, Sequence[str]],
        message: types.Messages,
        options: types.SendOptions,
    ) -> SendResult:
        raise NotImplementedError

    async def send(
        self,
        to: typing.Union[str, Sequence[str]],
        message: types.Messages,
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Does what `Client.send` does, without blocking the event loop."""
        return await self._send(to, message, options)

    async def send_text(
        self,
        to: typing.Union[str, Sequence[str]],
        body: str,
        *,
        preview_url: typing.Optional[bool] = None,
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Does what `Client.send_text` does, without blocking the event loop."""
        message = _linkwa.Text(body, preview_url=preview_url)
        return await self._send(to, message, options)

    async def send_image(
        self,
        to: typing.Union[str, Sequence[str]],
        link: typing.Optional[str] = None,
        *,
        id: typing.Optional[str] = None,
        caption: typing.Optional[str] = None,
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Does what `Client.send_image` does, without blocking the event loop."""
        message = _linkwa.Image(link, id=id, caption=caption)
        return await self._send(to, message, options)

    async def send_audio(
        self,
        to: typing.Union[str, Sequence[str]],
        link: typing.Optional[str] = None,
        *,
        id: typing.Optional[str] = None,
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Does what `Client.send_audio` does, without blocking the event loop."""
        message = _linkwa.Audio(link, id=id)
        return await self._send(to, message, options)

    async def send_video(
        self,
        to: typing.Union[str, Sequence[str]],
        link: typing.Optional[str] = None,
        *,
        id: typing.Optional[str] = None,
        caption: typing.Optional[str] = None,
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Does what `Client.send_video` does, without blocking the event loop."""
        message = _linkwa.Video(link, id=id, caption=caption)
        return await self._send(to, message, options)

    async def send_document(
        self,
        to: typing.Union[str, Sequence[str]],
        link: typing.Optional[str] = None,
        *,
        id: typing.Optional[str] = None,
        caption: typing.Optional[str] = None,
        filename: typing.Optional[str] = None,
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Does what `Client.send_document` does, without blocking the event loop."""
        message = _linkwa.Document(link, id=id, caption=caption, filename=filename)
        return await self._send(to, message, options)

    async def send_location(
        self,
        to: typing.Union[str, Sequence[str]],
        *,
        latitude: float,
        longitude: float,
        name: typing.Optional[str] = None,
        address: typing.Optional[str] = None,
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Does what `Client.send_location` does, without blocking the event loop."""
        message = _linkwa.Location(latitude=latitude, longitude=longitude, name=name, address=address)
        return await self._send(to, message, options)

    async def send_contacts(
        self,
        to: typing.Union[str, Sequence[str]],
        contacts: Sequence[Contact],
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Does what `Client.send_contacts` does, without blocking the event loop."""
        message = _linkwa.Contacts(contacts)
        return await self._send(to, message, options)

    async def send_template(
        self,
        to: typing.Union[str, Sequence[str]],
        name: str,
        *,
        namespace: typing.Optional[str] = None,
        language: str,
        components: typing.Optional[Sequence[typing.Union[Header, Body, QuickReplyButton, UrlButton]]] = None,
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Does what `Client.send_template` does, without blocking the event loop."""
        message = _linkwa.Template(name, namespace=namespace, language=language, components=components)
        return await self._send(to, message, options)

    async def send_interactive(
        self,
        to: typing.Union[str, Sequence[str]],
        interactive: typing.Union[Buttons, List],
        **options: types.Unpack[types.SendOptions],
    ) -> SendResult:
        """Does what `Client.send_interactive` does, without blocking the event loop."""
        if type(interactive) not in (Buttons, List):
            raise TypeError(f"argument 'interactive' must be Buttons or List, not {type(interactive).__name__}")
        return await self._send(to, interactive, options)
