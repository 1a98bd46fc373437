// Requests that were not accepted.

import type { ReceivedRequest } from '../api.ts'
import { when } from '../format.ts'
import { Icon } from '../icons.tsx'
import { parsed, text } from '../json.ts'
import { loadMoreRefused, moreRefused, refused, refusedLoaded } from '../state/refused.ts'
import { path } from '../state/route.ts'
import { AnswerStep, RequestStep, reasonText, VerdictStep } from './steps.tsx'

export function RefusedView({ open }: { open: number | null }) {
  const request = refused.value.find(({ id }) => id === open)
  return (
    <div class={`refused ${request ? 'with-detail' : ''}`}>
      <section class="refused-list" aria-label="Refused requests">
        {refusedLoaded.value && refused.value.length === 0 && (
          <div class="empty">
            <Icon name="shield" size={40} />
            <h2>Nothing was refused</h2>
            <p>
              Requests that the sandbox does not accept stand here, with the path and the reason: wrong credentials, a
              body that is not valid, or a scenario that asked for a refusal.
            </p>
          </div>
        )}
        <ul>
          {refused.value.map((each) => (
            <li key={each.id}>
              <a class="request" href={path.request(each.id)} aria-current={each.id === open ? 'page' : undefined}>
                <span class="line">
                  <span class="name">
                    <span class="chip bad">{each.status ?? 'cut'}</span> {reasonText(each.reason ?? '')}
                  </span>
                  <time dateTime={each.receivedAt}>{when(each.receivedAt)}</time>
                </span>
                <span class="last">{why(each)}</span>
                {referenceOf(each) && <span class="business">{referenceOf(each)}</span>}
              </a>
            </li>
          ))}
        </ul>
        {moreRefused.value && (
          <button type="button" class="more-button" onClick={() => void loadMoreRefused()}>
            Show earlier ones
          </button>
        )}
      </section>
      {request ? (
        <aside class="detail" aria-label="Refused request">
          <header class="bar">
            <a class="icon-button back" href={path.refused} aria-label="Back to the list">
              <Icon name="back" />
            </a>
            <h2>{referenceOf(request) ?? 'Refused request'}</h2>
            <a class="icon-button" href={path.refused} aria-label="Close the request">
              <Icon name="close" />
            </a>
          </header>
          <div class="detail-body">
            <ol class="timeline">
              <VerdictStep request={request} scenario={null} />
              <RequestStep request={request} open />
              <AnswerStep answer={request.answer} open />
            </ol>
          </div>
        </aside>
      ) : (
        refused.value.length > 0 && (
          <div class="empty wide">
            <p>Choose a request to see what it says and why it was refused.</p>
          </div>
        )
      )}
    </div>
  )
}

/** The reference of a request; one that is not valid may have it all the same. */
function referenceOf({ refId, body }: ReceivedRequest): string | undefined {
  return refId ?? (body === null ? undefined : text(parsed(body), 'refId'))
}

function why(request: ReceivedRequest): string {
  const [first, ...others] = request.findings
  if (!first) return `${request.method} ${request.path}`
  return `${first.path || 'the request'}: ${first.message}${others.length > 0 ? ` (and ${others.length} more)` : ''}`
}
