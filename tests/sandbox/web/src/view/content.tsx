// What a message says, as its user sees it.

import type { Message } from '../api.ts'
import { Marked } from '../formatted.tsx'
import { at, list, pretty, text } from '../json.ts'
import { Body, ContactCard, FileCard, kindOfMime, PlaceCard } from './cards.tsx'
import { Interactive } from './interactive.tsx'
import { Template } from './template.tsx'

export function Content({ message, mark }: { message: Message; mark: string }) {
  return message.direction === 'outbound' ? (
    <Sent message={message} mark={mark} />
  ) : (
    <Written message={message} mark={mark} />
  )
}

function Sent({ message, mark }: { message: Message; mark: string }) {
  const { content, type } = message
  const body = at(content, type)
  switch (type) {
    case 'text':
      return <Body text={text(body, 'body') ?? ''} mark={mark} />
    case 'image':
    case 'audio':
    case 'video':
    case 'document': {
      const caption = text(body, 'caption')
      return (
        <>
          <FileCard kind={type} link={text(body, 'link')} id={text(body, 'id')} filename={text(body, 'filename')} />
          {caption && <Body text={caption} mark={mark} />}
        </>
      )
    }
    case 'location':
      return (
        <PlaceCard
          latitude={text(body, 'latitude')}
          longitude={text(body, 'longitude')}
          name={text(body, 'name')}
          address={text(body, 'address')}
        />
      )
    case 'contacts':
      return <Contacts of={list(content, 'contacts')} />
    case 'template':
      return <Template message={message} mark={mark} />
    case 'interactive':
      return <Interactive message={message} mark={mark} />
    default:
      return <Raw value={content} />
  }
}

function Written({ message, mark }: { message: Message; mark: string }) {
  const { content } = message
  switch (message.type) {
    case 'text':
      return <Body text={text(content, 'text') ?? ''} mark={mark} />
    case 'button':
      return (
        <Pressed
          title={text(content, 'button.text') ?? ''}
          note={`payload ${text(content, 'button.payload') ?? ''}`}
          mark={mark}
        />
      )
    case 'buttonReply':
      return (
        <Pressed
          title={text(content, 'interactive.button_reply.title') ?? ''}
          note={`id ${text(content, 'interactive.button_reply.id') ?? ''}`}
          mark={mark}
        />
      )
    case 'listReply':
      return (
        <Pressed
          title={text(content, 'interactive.list_reply.title') ?? ''}
          note={[
            text(content, 'interactive.list_reply.description'),
            `id ${text(content, 'interactive.list_reply.id') ?? ''}`,
          ]
            .filter(Boolean)
            .join(' · ')}
          mark={mark}
        />
      )
    case 'media': {
      const caption = text(content, 'media.caption')
      return (
        <>
          <FileCard kind={kindOfMime(text(content, 'media.type'))} link={text(content, 'media.source')} />
          {caption && <Body text={caption} mark={mark} />}
        </>
      )
    }
    case 'location':
      return (
        <PlaceCard
          latitude={text(content, 'location.latitude')}
          longitude={text(content, 'location.longitude')}
          name={text(content, 'location.name')}
          address={text(content, 'location.address')}
          url={text(content, 'location.url')}
        />
      )
    case 'contacts':
      return <Contacts of={list(content, 'contacts')} />
    case 'reaction':
      return <p class="text emoji">{text(content, 'reaction.emoji') ?? 'Reaction taken back'}</p>
    default:
      return <Raw value={content} />
  }
}

function Pressed({ title, note, mark }: { title: string; note: string; mark: string }) {
  return (
    <>
      <p class="text">
        <Marked text={title} mark={mark} />
      </p>
      <p class="note">{note}</p>
    </>
  )
}

const Contacts = ({ of }: { of: unknown[] }) => (
  <>
    {of.map((contact, index) => (
      <ContactCard key={index} contact={contact} />
    ))}
  </>
)

const Raw = ({ value }: { value: unknown }) => (
  <>
    <p class="note">not a known kind of message</p>
    <pre class="raw">{pretty(value)}</pre>
  </>
)

/** A message in one line. */
export function summary(message: Message): string {
  const { content, type } = message
  const body = message.direction === 'outbound' ? at(content, type) : content
  switch (type) {
    case 'text':
      return text(body, 'body', 'text') ?? ''
    case 'button':
      return text(body, 'button.text') ?? 'Button pressed'
    case 'buttonReply':
      return text(body, 'interactive.button_reply.title') ?? 'Button pressed'
    case 'listReply':
      return text(body, 'interactive.list_reply.title') ?? 'Choice from a list'
    case 'image':
    case 'video':
    case 'document':
    case 'audio': {
      const name = { image: 'Picture', video: 'Video', document: 'Document', audio: 'Audio' }[type]
      const said = text(body, 'caption', 'filename')
      return said ? `${name}: ${said}` : name
    }
    case 'media':
      return `Media${text(body, 'media.caption') ? `: ${text(body, 'media.caption')}` : ''}`
    case 'location': {
      const name = text(body, 'name', 'location.name')
      return name ? `Location: ${name}` : 'Location'
    }
    case 'contacts': {
      const first = list(content, 'contacts')[0]
      const name = text(first, 'name.formattedName', 'name.formatted_name')
      return name ? `Contact: ${name}` : 'Contact'
    }
    case 'template':
      return `Template ${text(body, 'name') ?? ''}`
    case 'interactive':
      return text(body, 'body.text') ?? 'Interactive message'
    case 'reaction':
      return `${text(content, 'reaction.emoji') ?? ''} to a message`
    default:
      return 'Raw message'
  }
}

/** The bubble that a message answers, by the gateway's id. */
export const contextOf = (message: Message) =>
  message.direction === 'inbound' ? text(message.content, 'context.messageId', 'context.id') : undefined
