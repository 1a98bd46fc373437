"""Match statements on callbacks; for Python 3.10 and newer."""

from __future__ import annotations

import linkwa


def kind(callback: linkwa.EventReport | linkwa.ReceivedMessage) -> str:
    match callback:
        case linkwa.EventReport(status="delivered", ref_id=ref_id):
            return f"delivered {ref_id}"
        case linkwa.EventReport(result_code=linkwa.ResultCode.INVALID_CONTACT):
            return "failed INVALID_CONTACT"
        case linkwa.EventReport("failed" | "other" as status):
            return f"{status} {callback.result_code}"
        case linkwa.ReceivedMessage(user, button=linkwa.InboundButton(payload=str(payload))):
            return f"button {payload} of {user}"
        case linkwa.ReceivedMessage(user, str(text)):
            return f"text {text} of {user}"
        case _:
            return "something else"
