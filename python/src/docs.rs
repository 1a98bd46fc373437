//! The docstrings of what core declares. `make gen` writes this file: do not edit it.

/// The text about a class, or about a field of it.
macro_rules! text_of {
    (Text) => {
        r#"A text.

    >>> import linkwa
    >>> linkwa.Text("Track it: https://example.com/t/17", preview_url=True)
    Text(body='Track it: https://example.com/t/17', preview_url=True)"#
    };
    (Text body) => {
        "The text. Not empty. Over 4,096 Unicode code points is a warning, and so is a body of white space only. A URL in it must start with `http://` or `https://`."
    };
    (Text preview_url) => {
        "Whether the recipient sees a preview of the URL in the body. Without it the gateway shows none. `True` without a URL in the body is a warning."
    };
    (Image) => {
        r#"A picture: JPEG or PNG.

    >>> import linkwa
    >>> linkwa.Image("https://example.com/a.png", caption="The new door")
    Image(link='https://example.com/a.png', caption='The new door')"#
    };
    (Image link) => {
        "The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path that ends in another extension than `.jpeg`, `.jpg` or `.png` is a warning."
    };
    (Image id) => {
        "The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's document: it needs the setting `extensions`."
    };
    (Image caption) => {
        "The text below the picture. Over 1,024 Unicode code points is a warning. Not allowed in a template's header."
    };
    (Audio) => {
        r#"A sound: AAC, MP4, AMR, MPEG, or Ogg with Opus inside. It has no caption.

    >>> import linkwa
    >>> linkwa.Audio("https://example.com/a.ogg")
    Audio(link='https://example.com/a.ogg')"#
    };
    (Audio link) => {
        "The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path that ends in another extension than `.aac`, `.mp4`, `.m4a`, `.amr`, `.mpeg`, `.mp3`, `.ogg` or `.opus` is a warning."
    };
    (Audio id) => {
        "The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's document: it needs the setting `extensions`."
    };
    (Video) => {
        r#"A video: MP4 or 3GPP.

    >>> import linkwa
    >>> linkwa.Video("https://example.com/a.mp4", caption="How to get there")
    Video(link='https://example.com/a.mp4', caption='How to get there')"#
    };
    (Video link) => {
        "The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path that ends in another extension than `.mp4`, `.3gpp` or `.3gp` is a warning."
    };
    (Video id) => {
        "The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's document: it needs the setting `extensions`."
    };
    (Video caption) => {
        "The text below the video. Over 1,024 Unicode code points is a warning. Not allowed in a template's header."
    };
    (Document) => {
        r#"A document of any MIME type. In a template's header it is a PDF; another extension is a warning there.

    >>> import linkwa
    >>> linkwa.Document("https://example.com/17.pdf", filename="invoice.pdf")
    Document(link='https://example.com/17.pdf', filename='invoice.pdf')"#
    };
    (Document link) => {
        "The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet."
    };
    (Document id) => {
        "The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's document: it needs the setting `extensions`."
    };
    (Document caption) => {
        "The text below the document. Over 1,024 Unicode code points is a warning. Not allowed in a template's header."
    };
    (Document filename) => {
        "The file name that the recipient sees."
    };
    (Location) => {
        r#"A place on the map.

    >>> import linkwa
    >>> linkwa.Location(latitude=59.33, longitude=18.07, name="Office", address="Drottninggatan 1")
    Location(latitude=59.33, longitude=18.07, name='Office', address='Drottninggatan 1')"#
    };
    (Location latitude) => {
        "Degrees north of the equator, -90 to 90."
    };
    (Location longitude) => {
        "Degrees east of Greenwich, -180 to 180."
    };
    (Location name) => {
        "The name of the place."
    };
    (Location address) => {
        "Its address, shown below the name. Without a `name` it is not shown, which is a warning."
    };
    (Contacts) => {
        r#"Contact cards.

    >>> import linkwa
    >>> linkwa.Contacts([linkwa.Contact(phones=[linkwa.Phone("+1 (650) 555-1234")])])
    Contacts(contacts=(Contact(phones=(Phone(phone='+1 (650) 555-1234'),)),))"#
    };
    (Contacts contacts) => {
        "Contact cards."
    };
    (Contact) => {
        r#"A contact card. Every part is optional, but an empty card is an error.

    >>> import linkwa
    >>> card = linkwa.Contact(
    ...     name=linkwa.Name("Anna Berg", first_name="Anna"),
    ...     phones=[linkwa.Phone("+46 70 000 00 01", type="WORK")],
    ...     birthday="1977-02-25",
    ... )
    >>> card.phones[0].type
    'WORK'"#
    };
    (Contact name) => {
        "The contact's name."
    };
    (Contact phones) => {
        "Phone numbers."
    };
    (Contact emails) => {
        "E-mail addresses."
    };
    (Contact addresses) => {
        "Postal addresses."
    };
    (Contact urls) => {
        "Web addresses."
    };
    (Contact org) => {
        "Where the contact works."
    };
    (Contact birthday) => {
        "The day of birth, `YYYY-MM-DD`. Another form is a warning."
    };
    (Address) => {
        r#"A postal address of a `Contact`.

    >>> import linkwa
    >>> linkwa.Address(street="Drottninggatan 1", city="Stockholm", country_code="SE")
    Address(street='Drottninggatan 1', city='Stockholm', country_code='SE')"#
    };
    (Address street) => {
        "Street and number."
    };
    (Address city) => {
        "The city."
    };
    (Address state) => {
        "The state or region."
    };
    (Address zip) => {
        "The postal code."
    };
    (Address country) => {
        "The country's name."
    };
    (Address country_code) => {
        "The country's two-letter code (ISO 3166)."
    };
    (Address r#type) => {
        "The kind of address, for example `HOME` or `WORK`."
    };
    (Email) => {
        r#"An e-mail address of a `Contact`.

    >>> import linkwa
    >>> linkwa.Email("anna@example.com", type="WORK")
    Email(email='anna@example.com', type='WORK')"#
    };
    (Email email) => {
        "The address."
    };
    (Email r#type) => {
        "The kind of address, for example `HOME` or `WORK`."
    };
    (Name) => {
        r#"The name of a `Contact`: as shown, and at least one of its parts.

    >>> import linkwa
    >>> linkwa.Name("Anna Berg", first_name="Anna", last_name="Berg")
    Name(formatted_name='Anna Berg', first_name='Anna', last_name='Berg')"#
    };
    (Name formatted_name) => {
        "The name as shown."
    };
    (Name first_name) => {
        "The given name."
    };
    (Name last_name) => {
        "The family name."
    };
    (Name middle_name) => {
        "The middle name."
    };
    (Name prefix) => {
        "What precedes the name, such as `Dr.`"
    };
    (Name suffix) => {
        "What follows the name, such as `Jr.`"
    };
    (Org) => {
        r#"Where a `Contact` works.

    >>> import linkwa
    >>> linkwa.Org(company="Example", title="Engineer")
    Org(company='Example', title='Engineer')"#
    };
    (Org company) => {
        "The company."
    };
    (Org department) => {
        "The department."
    };
    (Org title) => {
        "The person's title."
    };
    (Phone) => {
        r#"A phone number of a `Contact`, written as people write it.

    >>> import linkwa
    >>> linkwa.Phone("+1 (650) 555-1234", type="WORK", wa_id="16505551234")
    Phone(phone='+1 (650) 555-1234', type='WORK', wa_id='16505551234')"#
    };
    (Phone phone) => {
        "The number: `+1 (650) 555-1234`."
    };
    (Phone r#type) => {
        "The kind of number, for example `HOME` or `WORK`."
    };
    (Phone wa_id) => {
        "The number's WhatsApp id, digits only."
    };
    (Url) => {
        r#"A web address of a `Contact`.

    >>> import linkwa
    >>> linkwa.Url("https://example.com", type="WORK")
    Url(url='https://example.com', type='WORK')"#
    };
    (Url url) => {
        "The address."
    };
    (Url r#type) => {
        "The kind of address, for example `HOME` or `WORK`."
    };
    (Event kind) => {
        "What it reports."
    };
    (Event time) => {
        "When that happened."
    };
    (Event elapsed) => {
        "How long the attempt has taken at its phases and its end; how long the send has taken at its end; otherwise zero."
    };
    (Event send_id) => {
        "The number of the send, from 1; no other send of this process has it."
    };
    (Event ref_id) => {
        "The `refId` of the send, or the reference of the run."
    };
    (Event message_types) => {
        "The type of each message of the send: `text`, `image` and so on. Empty for a request to another resource, and for one that is sent without being read."
    };
    (Event destinations) => {
        "The number of destinations of the send."
    };
    (Event method) => {
        "The HTTP method of the send."
    };
    (Event url) => {
        "The URL of the messages, without credentials. A request to another resource has none, because its path may have a phone number in it."
    };
    (Event host) => {
        "The host of the gateway."
    };
    (Event port) => {
        "The port of the gateway."
    };
    (Event attempt) => {
        "The number of the attempt, from 1."
    };
    (Event phase) => {
        "The phase that the attempt has reached."
    };
    (Event dns_time) => {
        "How long the name look-up took. A kept connection has none, nor has an address."
    };
    (Event connect_time) => {
        "How long the connection took. A kept one has none."
    };
    (Event tls_time) => {
        "How long the TLS handshake took. A kept connection has none."
    };
    (Event answer_time) => {
        "How long the attempt took from the body to its end."
    };
    (Event outcome) => {
        "How the attempt or the send ended."
    };
    (Event http_status) => {
        "The status of the gateway's answer."
    };
    (Event result_code) => {
        "The result code of the gateway's answer."
    };
    (Event code) => {
        "The code of the error."
    };
    (Event reason) => {
        "The reason of the error."
    };
    (Event pause) => {
        "How long the send pauses before its next attempt, if there is one; how long the run pauses."
    };
    (Event queued) => {
        "How many sends of the client wait for a worker, this one not counted; at `send_queued` and `attempt_begun`."
    };
    (Event under_way) => {
        "How many sends of the client have a worker or their caller's thread, and so a connection; at `send_queued` without this one, at `attempt_begun` with it."
    };
    (Event refusal) => {
        "Why the callback is refused: a word of `Refusal`."
    };
}

pub(crate) use text_of;
