// Where callbacks go, and which of them the endpoints did not take.

import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { api, type Gate } from '../api.ts'
import { count } from '../format.ts'
import { Icon } from '../icons.tsx'
import { status } from '../state/live.ts'
import { done, failed } from '../state/notices.ts'
import { Form } from './composer.tsx'

const gates = signal<Gate[] | null>(null)

async function load() {
  try {
    gates.value = (await api.gates()).gates
  } catch (error) {
    failed(error)
  }
}

/** What to do about a callback that was not taken. */
function advice(reason: string): string | undefined {
  if (reason === 'no connection') return 'Nothing listens at the URL: start your endpoint, or set another URL.'
  if (/401|403/.test(reason)) return 'Your endpoint asks for credentials: give them to the gate.'
  if (/404|405/.test(reason)) return 'Your endpoint has no route for POST at the path of the URL.'
  if (/status 4\d\d/.test(reason)) return 'Your endpoint does not accept the callback: look at its log.'
  if (/status 5\d\d/.test(reason)) return 'Your endpoint failed: look at its log.'
  if (reason === 'no answer in time') return 'Your endpoint answers too late: answer first, then work.'
  if (reason === 'no answer') return 'Your endpoint closes the connection without an answer: look at its log.'
  if (/waiting/.test(reason)) return 'Your endpoint takes callbacks more slowly than they are made.'
  return undefined
}

export function CallbacksView() {
  const known = status.value
  const { count: lost = 0, reasons = {} } = known?.callbacksNotTaken ?? {}
  useEffect(() => {
    void load()
  }, [known?.defaultGate])
  return (
    <div class="page">
      <section>
        <h2>Callback URLs</h2>
        <p class="muted">
          The sandbox posts reports and received messages to a <em>gate</em>: LINK's name for a callback URL. Requests
          name gates by id; the default gate gets all others, and what users write.
        </p>
        {gates.value?.length === 0 && (
          <p class="callout">There is no gate yet, so no callbacks are sent. Set a URL below.</p>
        )}
        {gates.value && gates.value.length > 0 && (
          <ul class="gates">
            {gates.value.map((gate) => (
              <li key={gate.id}>
                <Icon name="webhook" />
                <span>
                  <b>{gate.id}</b> {gate.default && gate.id !== 'default' && <span class="chip">default</span>}
                  <br />
                  <span class="muted">{gate.url}</span>
                </span>
              </li>
            ))}
          </ul>
        )}
        <details class="set-gate" open={gates.value?.length === 0}>
          <summary>Set a callback URL</summary>
          <Form
            submit="Set the default gate"
            onSubmit={async (field) => {
              const [username, password] = [field('username'), field('password')]
              try {
                await api.addGate({
                  id: field('id'),
                  url: field('url'),
                  default: true,
                  ...(username || password ? { username: username ?? '', password: password ?? '' } : {}),
                })
                done('The next callbacks go there.')
                await load()
              } catch (error) {
                failed(error)
              }
            }}
          >
            <label>
              URL
              <input name="url" type="url" required placeholder="http://127.0.0.1:8000/callback" />
            </label>
            <label>
              Id
              <input name="id" required defaultValue="default" />
            </label>
            <div class="two">
              <label>
                Username
                <input name="username" autocomplete="off" placeholder="none" />
              </label>
              <label>
                Password
                <input name="password" type="password" autocomplete="off" placeholder="none" />
              </label>
            </div>
          </Form>
        </details>
      </section>
      <section>
        <h2>Not taken</h2>
        {lost === 0 ? (
          <p class="muted">Every callback that was posted was taken with a 2xx answer.</p>
        ) : (
          <>
            <p>{count(lost, 'callback was', 'callbacks were')} given up after several attempts, or dropped.</p>
            <ul class="lost">
              {Object.entries(reasons)
                .sort(([, a], [, b]) => b - a)
                .map(([reason, times]) => (
                  <li key={reason}>
                    <span class="chip bad">{times.toLocaleString()}</span>
                    <span>
                      <b>{reason}</b>
                      <br />
                      <span class="muted">{advice(reason)}</span>
                    </span>
                  </li>
                ))}
            </ul>
          </>
        )}
        {(known?.pendingCallbacks ?? 0) > 0 && (
          <p class="muted">{count(known?.pendingCallbacks ?? 0, 'callback waits', 'callbacks wait')}.</p>
        )}
      </section>
    </div>
  )
}
