// The steps of a timeline that a message and a refused request have in common.

import type { ComponentChildren } from 'preact'
import type { Answer, ReceivedRequest } from '../api.ts'
import { codeName, exactTime } from '../format.ts'
import { Icon, type IconName } from '../icons.tsx'
import { Json } from './code.tsx'

interface StepProps {
  icon: IconName
  title: string
  note?: string | undefined
  at?: string
  kind?: 'good' | 'bad' | 'warn' | undefined
  children?: ComponentChildren
}

export function Step({ icon, title, note, at, kind, children }: StepProps) {
  return (
    <li class={`step ${kind ?? ''}`}>
      <span class="step-icon">
        <Icon name={icon} size={15} />
      </span>
      <div>
        <p class="step-title">
          <b>{title}</b>
          {at && <time dateTime={at}>{exactTime(at)}</time>}
        </p>
        {note && <p class="muted">{note}</p>}
        {children}
      </div>
    </li>
  )
}

export function RequestStep({ request, open = false }: { request: ReceivedRequest; open?: boolean }) {
  const { method, path, headers, body, bodyBase64, bodyComplete, receivedAt } = request
  return (
    <Step icon="down" title={`${method} ${path}`} at={receivedAt}>
      {!bodyComplete && <p class="warn-text">The body broke off.</p>}
      {body !== null && <Json title="Body" value={body} open={open} />}
      {bodyBase64 && <Json title="Body, in Base64 because it is not UTF-8" value={bodyBase64} />}
      <Json
        title={`${headers.length} headers`}
        value={headers.map(([name, value]) => `${name}: ${value}`).join('\n')}
      />
    </Step>
  )
}

export function VerdictStep({ request, scenario }: { request: ReceivedRequest; scenario: string | null }) {
  const refused = request.reason !== null
  return (
    <Step
      icon={refused ? 'error' : 'check'}
      kind={refused ? 'bad' : 'good'}
      title={refused ? `Refused: ${reasonText(request.reason ?? '')}` : 'Valid'}
      note={scenario ? `scenario ${scenario}` : undefined}
    >
      <Findings of={request} />
    </Step>
  )
}

export function AnswerStep({ answer, open = false }: { answer: Answer | null; open?: boolean }) {
  const status = answer?.status
  const code = answer?.resultCode
  return (
    <Step
      icon="send"
      kind={status && status < 300 ? 'good' : 'bad'}
      title={status ? `Answer ${status}` : 'No answer was read'}
      note={code ? `${code} ${codeName(code)}` : undefined}
    >
      {answer?.body && <Json title="Body" value={answer.body} open={open} />}
    </Step>
  )
}

function Findings({ of }: { of: ReceivedRequest }) {
  if (of.findings.length === 0) return null
  return (
    <ul class="findings">
      {of.findings.map((finding, index) => (
        <li key={index}>
          <code>{finding.path || 'the request'}</code> {finding.message} <span class="muted">({finding.rule})</span>
        </li>
      ))}
    </ul>
  )
}

const REASONS: Record<string, string> = {
  credentials: 'wrong or missing credentials',
  invalid: 'not a valid request',
  path: 'no such path',
  method: 'not a method of this path',
  tooLong: 'the body is too long',
  tooSlow: 'the body came too slowly',
  brokenOff: 'the body broke off',
  scenario: 'a scenario asked for it',
  rate: 'more requests in a second than --rate allows',
}

export const reasonText = (reason: string) => REASONS[reason] ?? reason
