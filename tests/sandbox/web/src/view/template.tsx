// A template: its name, language and parameters, and its text where the user of the page wrote it down.

import { useState } from 'preact/hooks'
import type { Message } from '../api.ts'
import { Formatted } from '../formatted.tsx'
import { Icon } from '../icons.tsx'
import { at, list, text } from '../json.ts'
import { keepTemplateText, type TemplateText, templateTexts } from '../state/templates.ts'
import { answer, pressedOf } from '../state/user.ts'
import { FileCard } from './cards.tsx'
import { Dialog } from './dialog.tsx'
import { Press } from './press.tsx'

interface Parameter {
  kind: string
  value: string
  note?: string
}

/** A parameter as the user reads it: currency and date by their fallback. */
function parameter(of: unknown): Parameter {
  const kind = text(of, 'type') ?? ''
  switch (kind) {
    case 'currency': {
      const amount = Number(text(of, 'currency.amount1000')) / 1000
      return {
        kind,
        value: text(of, 'currency.fallbackValue') ?? '',
        note: `${text(of, 'currency.code') ?? ''} ${Number.isFinite(amount) ? amount : ''}`,
      }
    }
    case 'dateTime':
      return { kind: 'date', value: text(of, 'dateTime.fallbackValue') ?? '' }
    default:
      return { kind, value: text(of, 'text', 'payload') ?? '' }
  }
}

const isMedia = (of: unknown) => ['image', 'document', 'video'].includes(text(of, 'type') ?? '')

function fill(template: string, parameters: Parameter[]): string {
  return template.replace(/\{\{\s*(\d+)\s*\}\}/g, (whole, index) => parameters[Number(index) - 1]?.value ?? whole)
}

interface Button {
  kind: 'quickReply' | 'url'
  index: number
  value: string
}

export function Template({ message, mark }: { message: Message; mark: string }) {
  const template = at(message.content, 'template')
  const name = text(template, 'name') ?? ''
  const language = text(template, 'language.code') ?? ''
  const key = `${name}/${language}`
  const components = list(template, 'components')
  const parametersOf = (type: string) =>
    components
      .filter((component) => text(component, 'type') === type)
      .flatMap((component) => list(component, 'parameters'))
  const header = parametersOf('header')
  const headerTexts = header.filter((of) => !isMedia(of)).map(parameter)
  const body = parametersOf('body').map(parameter)
  const buttons: Button[] = components
    .filter((component) => text(component, 'type') === 'button')
    .map((component) => ({
      kind: text(component, 'subType') === 'url' ? ('url' as const) : ('quickReply' as const),
      index: Number(text(component, 'index') ?? 0),
      value: text(list(component, 'parameters')[0], 'payload', 'text') ?? '',
    }))
    .sort((a, b) => a.index - b.index)
  const known = templateTexts.value[key]
  const [editing, edit] = useState(false)

  return (
    <div class="template">
      <p class="template-name">
        <Icon name="template" size={15} />
        <span>
          <b>{name}</b> · {language}
        </span>
        <button type="button" class="quiet" onClick={() => edit(true)}>
          {known ? 'Edit text' : 'Add its text'}
        </button>
      </p>
      {header.filter(isMedia).map((of, index) => {
        const kind = text(of, 'type') as 'image' | 'document' | 'video'
        const file = at(of, kind)
        return (
          <FileCard
            key={index}
            kind={kind}
            link={text(file, 'link')}
            id={text(file, 'id')}
            filename={text(file, 'filename')}
          />
        )
      })}
      {known ? (
        <>
          {known.header && <p class="text strong">{fill(known.header, headerTexts)}</p>}
          <p class="text">
            <Formatted text={fill(known.body, body)} mark={mark} />
          </p>
          {known.footer && <p class="note">{known.footer}</p>}
        </>
      ) : (
        <>
          {headerTexts.length > 0 && <p class="text strong">{headerTexts.map(({ value }) => value).join(' ')}</p>}
          {body.length > 0 && (
            <dl class="parameters">
              {body.map(({ kind, value, note }, index) => (
                <div key={index}>
                  <dt>{`{{${index + 1}}}`}</dt>
                  <dd>
                    {value}
                    {kind !== 'text' && <span class="note"> {note ? `${kind}, ${note}` : kind}</span>}
                  </dd>
                </div>
              ))}
            </dl>
          )}
        </>
      )}
      <TemplateButtons message={message} buttons={buttons} labels={known?.buttons ?? []} />
      {editing && (
        <EditText
          name={key}
          known={known}
          buttons={buttons}
          parameters={body.length}
          close={(next) => {
            if (next) keepTemplateText(key, next)
            edit(false)
          }}
        />
      )}
    </div>
  )
}

function TemplateButtons({ message, buttons, labels }: { message: Message; buttons: Button[]; labels: string[] }) {
  if (buttons.length === 0) return null
  const pressed = pressedOf(message)
  return (
    <div class="presses">
      {buttons.map(({ kind, index, value }) => {
        const label = labels[index] || (kind === 'url' ? `Link ${index + 1}` : value || `Button ${index + 1}`)
        return kind === 'url' ? (
          <span key={index} class="press url" title="The link itself is part of the registered template">
            <Icon name="link" size={15} /> {label} <span class="note">{value}</span>
          </span>
        ) : (
          <Press
            key={index}
            label={label}
            pressed={pressed.has(value || label)}
            onPress={() => void answer(message, { type: 'button', text: label, payload: value || label })}
          />
        )
      })}
    </div>
  )
}

interface EditProps {
  name: string
  known: TemplateText | undefined
  buttons: Button[]
  parameters: number
  close: (next: TemplateText | null) => void
}

function EditText({ name, known, buttons, parameters, close }: EditProps) {
  const example = Array.from({ length: parameters }, (_, index) => `{{${index + 1}}}`).join(' ')
  return (
    <Dialog title={`Text of ${name}`} close={() => close(null)}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const data = new FormData(event.currentTarget)
          const field = (of: string) => String(data.get(of) ?? '')
          const labels: string[] = []
          for (const { index } of buttons) labels[index] = field(`button${index}`)
          const filled = Array.from(labels, (label) => label ?? '')
          close({ header: field('header'), body: field('body'), footer: field('footer'), buttons: filled })
        }}
      >
        <p class="muted">
          The gateway gets a template's name and parameters; WhatsApp has its text. Write the text down here, and the
          page shows the message as the user sees it. It stays in this browser, for this address: start the sandbox with{' '}
          <code>--port</code> to find it again.
        </p>
        <label>
          Header
          <input name="header" defaultValue={known?.header ?? ''} />
        </label>
        <label>
          Body
          <textarea name="body" rows={4} required defaultValue={known?.body ?? ''} placeholder={`Hello ${example}`} />
        </label>
        <label>
          Footer
          <input name="footer" defaultValue={known?.footer ?? ''} />
        </label>
        {buttons.map(({ index }) => (
          <label key={index}>
            Label of button {index + 1}
            <input name={`button${index}`} defaultValue={known?.buttons[index] ?? ''} />
          </label>
        ))}
        <div class="actions">
          <button type="submit" class="primary">
            Keep
          </button>
        </div>
      </form>
    </Dialog>
  )
}
