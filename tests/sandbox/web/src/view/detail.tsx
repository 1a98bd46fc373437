// The timeline of a message: what came, what was answered, and what was reported.

import { useState } from 'preact/hooks'
import { api, type Callback, type MessageInDetail } from '../api.ts'
import { codeName, count, exactTime } from '../format.ts'
import { Icon } from '../icons.tsx'
import { detail } from '../state/live.ts'
import { done, failed } from '../state/notices.ts'
import { go, path } from '../state/route.ts'
import { replyTo } from '../state/user.ts'
import { CopyButton, Json } from './code.tsx'
import { Form } from './composer.tsx'
import { Dialog } from './dialog.tsx'
import { AnswerStep, RequestStep, Step, VerdictStep } from './steps.tsx'

/** How late a report is that is sent late. */
const LATE_MS = 10_000

export function Detail({ conversation }: { conversation: string }) {
  const open = detail.value
  if (!open) return null
  const { message, problem } = open
  return (
    <aside class="detail" aria-label="Timeline">
      <header class="bar">
        <h2>Timeline</h2>
        <a class="icon-button" href={path.conversation(conversation)} aria-label="Close the timeline">
          <Icon name="close" />
        </a>
      </header>
      <div class="detail-body">
        {problem && <p class="empty-note">{problem}</p>}
        {message && <Timeline message={message} />}
      </div>
    </aside>
  )
}

async function report(order: object) {
  try {
    const { callbacks } = await api.report(order)
    done(`${count(callbacks.length, 'report is', 'reports are')} on the way.`)
  } catch (error) {
    failed(error)
  }
}

function Timeline({ message }: { message: MessageInDetail }) {
  const [failing, fail] = useState(false)
  const { request, answer } = message
  return (
    <>
      <dl class="facts">
        <Fact name="Type" value={message.type} />
        <Fact name="Status" value={message.status} />
        <Fact name="Reference" value={message.refId} copy />
        <Fact name="Message id" value={message.messageId} copy />
        {(message.messageIndex ?? 0) > 0 && <Fact name="Index" value={String(message.messageIndex)} />}
        <Fact name="Scenario" value={message.scenario} />
      </dl>
      {message.messageId && message.conversation !== null && (
        <button
          type="button"
          class="reply"
          onClick={() => {
            replyTo.value = message
            go(path.conversation(message.conversation ?? ''))
          }}
        >
          <Icon name="reply" size={16} /> Reply as the user
        </button>
      )}
      {message.direction === 'outbound' && (
        <section class="report" aria-label="Send a report">
          <h3>Send a report</h3>
          <div class="row">
            <button type="button" onClick={() => void report({ message: message.id, status: 'delivered' })}>
              <Icon name="checks" size={16} /> Delivered
            </button>
            <button type="button" onClick={() => void report({ message: message.id, status: 'read' })}>
              <Icon name="checks" size={16} /> Read
            </button>
            <button type="button" onClick={() => void report({ message: message.id, status: 'deleted' })}>
              <Icon name="clear" size={16} /> Deleted
            </button>
            <button type="button" onClick={() => fail(true)}>
              <Icon name="error" size={16} /> Fail with code…
            </button>
          </div>
        </section>
      )}
      <ol class="timeline">
        {request && (
          <>
            <RequestStep request={request} />
            <VerdictStep request={request} scenario={message.scenario} />
            <AnswerStep answer={answer} />
          </>
        )}
        {message.callbacks.map((callback) => (
          <CallbackStep key={callback.id} callback={callback} message={message} />
        ))}
      </ol>
      {message.direction === 'inbound' && message.callbacks.length === 0 && (
        <p class="empty-note">No callback was made of this message.</p>
      )}
      {failing && <FailDialog message={message} close={() => fail(false)} />}
    </>
  )
}

const CODES = [112403, 112404, 112406, 112401, 112405, 112500, 112000]

function FailDialog({ message, close }: { message: MessageInDetail; close: () => void }) {
  return (
    <Dialog title="Fail with a code" close={close}>
      <Form
        submit="Send the report"
        onSubmit={async (field) => {
          const description = field('description')
          await report({
            message: message.id,
            resultCode: Number(field('code')),
            ...(description ? { description } : {}),
            ...(field('late') ? { delayMs: LATE_MS } : {}),
            ...(field('twice') ? { times: 2 } : {}),
          })
          close()
        }}
      >
        <label>
          Result code
          <input name="code" type="number" list="codes" min="0" max="4294967295" required defaultValue="112403" />
        </label>
        <datalist id="codes">
          {CODES.map((code) => (
            <option key={code} value={code}>
              {codeName(code)}
            </option>
          ))}
        </datalist>
        <label>
          Description
          <input name="description" placeholder="that of the code" />
        </label>
        <label class="check">
          <input type="checkbox" name="late" value="yes" /> Late, in {LATE_MS / 1000} seconds
        </label>
        <label class="check">
          <input type="checkbox" name="twice" value="yes" /> Twice
        </label>
      </Form>
    </Dialog>
  )
}

const STATES: Record<Callback['state'], { text: string; kind: 'good' | 'bad' | 'warn' | undefined }> = {
  waiting: { text: 'waiting', kind: undefined },
  taken: { text: 'taken', kind: 'good' },
  failed: { text: 'not taken', kind: 'bad' },
  dropped: { text: 'dropped', kind: 'bad' },
  skipped: { text: 'not sent', kind: 'warn' },
}

function CallbackStep({ callback, message }: { callback: Callback; message: MessageInDetail }) {
  const { resultCode: code, gate, state, reason, attempts } = callback
  const again = (more: object) => void report({ message: message.id, callback: callback.id, ...more })
  return (
    <Step
      icon="webhook"
      kind={STATES[state].kind}
      title={code === null ? 'Callback: received message' : `Report ${code} ${codeName(code)}`}
      note={[STATES[state].text, reason, gate && `gate ${gate}`].filter(Boolean).join(' · ')}
      at={callback.createdAt}
    >
      {attempts.length > 0 && (
        <ul class="attempts">
          {attempts.map((attempt, index) => (
            <li key={index}>
              <time dateTime={attempt.at}>{exactTime(attempt.at)}</time>{' '}
              <span
                class={
                  attempt.status !== null && attempt.status < 300 && attempt.status >= 200 ? 'good-text' : 'bad-text'
                }
              >
                {attempt.status === null ? (attempt.error ?? 'no answer') : `HTTP ${attempt.status}`}
              </span>{' '}
              <span class="muted">{attempt.durationMs} ms</span>
            </li>
          ))}
        </ul>
      )}
      <Json title="Body" value={callback.body} />
      {callback.kind === 'report' && (
        <div class="row small">
          <button type="button" onClick={() => again({})}>
            <Icon name="repeat" size={14} /> Send again
          </button>
          <button
            type="button"
            title={`Sends it in ${LATE_MS / 1000} seconds`}
            onClick={() => again({ delayMs: LATE_MS })}
          >
            <Icon name="clock" size={14} /> Late
          </button>
          <button type="button" onClick={() => again({ times: 2 })}>
            <Icon name="copy" size={14} /> Twice
          </button>
        </div>
      )}
    </Step>
  )
}

function Fact({ name, value, copy = false }: { name: string; value: string | null; copy?: boolean }) {
  if (value === null || value === '') return null
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span>{value}</span>
        {copy && <CopyButton text={value} />}
      </dd>
    </div>
  )
}
