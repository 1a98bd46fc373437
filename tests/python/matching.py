"""`match` statements: imported only where Python has them."""

import linkwa


def kind(value: object) -> str:
    match value:
        case linkwa.Text(body, preview_url=True):
            return f"preview of {body}"
        case linkwa.Text(body):
            return f"text {body}"
        case linkwa.Location(latitude=north, longitude=east):
            return f"at {north}, {east}"
        case linkwa.Image(link):
            return f"image {link}"
        case linkwa.Template("yourTemplate", components=[linkwa.Header([str(text)]), *_]):
            return f"template with header {text}"
        case linkwa.Body([str(), linkwa.Currency(code=code, amount_1000=amount)]):
            return f"{amount} {code}"
        case linkwa.Finding(path, code, _, "error"):
            return f"error {code} at {path}"
        case _:
            return "else"
