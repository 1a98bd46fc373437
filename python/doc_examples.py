"""The examples in the docstrings that generate.py writes, by class and verb."""

EXAMPLES = {
    "Text": """
>>> import linkwa
>>> linkwa.Text("Track it: https://example.com/t/17", preview_url=True)
Text(body='Track it: https://example.com/t/17', preview_url=True)
""",
    "Image": """
>>> import linkwa
>>> linkwa.Image("https://example.com/a.png", caption="The new door")
Image(link='https://example.com/a.png', caption='The new door')
""",
    "Audio": """
>>> import linkwa
>>> linkwa.Audio("https://example.com/a.ogg")
Audio(link='https://example.com/a.ogg')
""",
    "Video": """
>>> import linkwa
>>> linkwa.Video("https://example.com/a.mp4", caption="How to get there")
Video(link='https://example.com/a.mp4', caption='How to get there')
""",
    "Document": """
>>> import linkwa
>>> linkwa.Document("https://example.com/17.pdf", filename="invoice.pdf")
Document(link='https://example.com/17.pdf', filename='invoice.pdf')
""",
    "Location": """
>>> import linkwa
>>> linkwa.Location(latitude=59.33, longitude=18.07, name="Office", address="Drottninggatan 1")
Location(latitude=59.33, longitude=18.07, name='Office', address='Drottninggatan 1')
""",
    "Contacts": """
>>> import linkwa
>>> linkwa.Contacts([linkwa.Contact(phones=[linkwa.Phone("+1 (650) 555-1234")])])
Contacts(contacts=(Contact(phones=(Phone(phone='+1 (650) 555-1234'),)),))
""",
    "Contact": """
>>> import linkwa
>>> card = linkwa.Contact(
...     name=linkwa.Name("Anna Berg", first_name="Anna"),
...     phones=[linkwa.Phone("+46 70 000 00 01", type="WORK")],
...     birthday="1977-02-25",
... )
>>> card.phones[0].type
'WORK'
""",
    "Name": """
>>> import linkwa
>>> linkwa.Name("Anna Berg", first_name="Anna", last_name="Berg")
Name(formatted_name='Anna Berg', first_name='Anna', last_name='Berg')
""",
    "Phone": """
>>> import linkwa
>>> linkwa.Phone("+1 (650) 555-1234", type="WORK", wa_id="16505551234")
Phone(phone='+1 (650) 555-1234', type='WORK', wa_id='16505551234')
""",
    "Email": """
>>> import linkwa
>>> linkwa.Email("anna@example.com", type="WORK")
Email(email='anna@example.com', type='WORK')
""",
    "Url": """
>>> import linkwa
>>> linkwa.Url("https://example.com", type="WORK")
Url(url='https://example.com', type='WORK')
""",
    "Address": """
>>> import linkwa
>>> linkwa.Address(street="Drottninggatan 1", city="Stockholm", country_code="SE")
Address(street='Drottninggatan 1', city='Stockholm', country_code='SE')
""",
    "Org": """
>>> import linkwa
>>> linkwa.Org(company="Example", title="Engineer")
Org(company='Example', title='Engineer')
""",
    "EventReport": """
>>> import linkwa
>>> body = b'{"messageId": "m", "refId": "order-17", "resultCode": 112403, "resultDescription": "why"}'
>>> report = linkwa.parse_callback(body)
>>> report.ref_id, report.status, report.result_description
('order-17', 'failed', 'why')
>>> report.key
'report:m:order-17:-:112403'
""",
    "ReceivedMessage": """
>>> import linkwa
>>> content = '{"message": {"contentType": "BUTTON", "button": {"text": "Yes", "payload": "yes-17"}}}'
>>> body = '{"messageId": "m", "source": "+46000000001", "content": %s}' % content
>>> message = linkwa.parse_callback(body)
>>> message.reply_to, message.button.payload, message.key
('+46000000001', 'yes-17', 'message:m')
""",
    "send": """
>>> import linkwa
>>> image = linkwa.Image("https://example.com/a.png", caption="The new door")
>>> sent = linkwa.send(["+46000000001", "+46000000002"], image, priority="HIGH", ref_id="order-17")
>>> sent.ref_id, sent.result_code, len(sent.message_ids)
('order-17', 112001, 2)
>>> linkwa.send("+46000000001", {"type": "text", "text": {"body": "Hello"}}).result_code
112001
""",
    "send_text": """
>>> import linkwa
>>> sent = linkwa.send_text("+46000000001", "Track it: https://example.com/t/17", preview_url=True)
>>> sent.result_code, len(sent.message_ids)
(112001, 1)
""",
    "send_image": """
>>> import linkwa
>>> linkwa.send_image("+46000000001", "https://example.com/a.png", caption="The new door").result_code
112001
""",
    "send_audio": """
>>> import linkwa
>>> linkwa.send_audio("+46000000001", "https://example.com/a.ogg").result_code
112001
""",
    "send_video": """
>>> import linkwa
>>> linkwa.send_video("+46000000001", "https://example.com/a.mp4", caption="How to get there").result_code
112001
""",
    "send_document": """
>>> import linkwa
>>> linkwa.send_document("+46000000001", "https://example.com/17.pdf", filename="invoice.pdf").result_code
112001
""",
    "send_location": """
>>> import linkwa
>>> linkwa.send_location("+46000000001", latitude=59.33, longitude=18.07, name="Office").result_code
112001
""",
    "send_contacts": """
>>> import linkwa
>>> anna = linkwa.Name("Anna Berg", first_name="Anna")
>>> card = linkwa.Contact(name=anna, phones=[linkwa.Phone("+46 70 000 00 01")])
>>> linkwa.send_contacts("+46000000001", [card]).result_code
112001
""",
    "send_template": """
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
""",
    "send_interactive": """
>>> import linkwa
>>> buttons = linkwa.Buttons("Where to?", [linkwa.Button("home", "Home"), linkwa.Button("shop", "Shop")])
>>> with linkwa.Client.from_env(extensions=True) as client:
...     client.send_interactive("+46000000001", buttons).result_code
112001
""",
    "SendOptions": """
>>> import linkwa
>>> urgent: linkwa.SendOptions = {"priority": "HIGH", "timeout": 5.0}
>>> linkwa.send_text("+46000000001", "Hello", **urgent).result_code
112001
""",
}
