// What stands in a bubble beside text: files, places, contacts.

import type { ComponentChildren } from 'preact'
import { Formatted, fileOf, hostOf, Link } from '../formatted.tsx'
import { Icon, type IconName } from '../icons.tsx'
import { list, text } from '../json.ts'

type FileKind = 'image' | 'audio' | 'video' | 'document'

const FILES: Record<FileKind, { icon: IconName; name: string }> = {
  image: { icon: 'image', name: 'Picture' },
  audio: { icon: 'sound', name: 'Audio' },
  video: { icon: 'video', name: 'Video' },
  document: { icon: 'document', name: 'Document' },
}

/** A file by its link. The page loads nothing from other hosts, so it shows where the file is. */
export function FileCard({
  kind,
  link,
  id,
  filename,
}: {
  kind: FileKind
  link?: string
  id?: string
  filename?: string
}) {
  const { icon, name } = FILES[kind]
  const shown = filename ?? (link && fileOf(link)) ?? name
  return (
    <div class={`card file ${kind}`}>
      <span class="card-icon">
        <Icon name={icon} size={22} />
      </span>
      <span class="card-text">
        <span class="card-title">{link ? <Link to={link}>{shown}</Link> : shown}</span>
        <span class="muted">{link ? `${name} · ${hostOf(link)}` : `${name} · uploaded file ${id ?? ''}`}</span>
      </span>
    </div>
  )
}

export function kindOfMime(mime: string | undefined): FileKind {
  const kind = mime?.split('/')[0]
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'document'
}

interface Place {
  latitude?: string
  longitude?: string
  name?: string
  address?: string
  url?: string
}

export function PlaceCard({ latitude, longitude, name, address, url }: Place) {
  const at = `${latitude ?? '?'}, ${longitude ?? '?'}`
  const map = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=15/${latitude}/${longitude}`
  return (
    <div class="card place">
      <svg class="map" viewBox="0 0 280 110" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
        <path class="park" d="M0 0h96l-22 46L0 62zM196 70l84-18v58h-96z" />
        <path
          class="water"
          d="M0 92c50-22 84 6 126-8s52-44 92-48 46 6 62 0v18c-22 8-34 0-60 4s-46 36-86 46-70-4-134 18z"
        />
        <path class="road" d="M-6 40l120 22 70-50 102 26M74-6l36 124M188-6l-6 124" />
        <path class="pin" d="M140 66c10-12 15-19 15-27a15 15 0 10-30 0c0 8 5 15 15 27z" />
        <circle class="hole" cx="140" cy="39" r="5.5" />
      </svg>
      <span class="card-text">
        {name && <span class="card-title">{name}</span>}
        {address && <span>{address}</span>}
        <span class="muted">
          <Link to={url ?? map}>{at}</Link>
        </span>
      </span>
    </div>
  )
}

/** A contact, in the words of a request or of a received message. */
export function ContactCard({ contact }: { contact: unknown }) {
  const first = text(contact, 'name.firstName', 'name.first_name')
  const lastName = text(contact, 'name.lastName', 'name.last_name')
  const name =
    text(contact, 'name.formattedName', 'name.formatted_name') ??
    ([first, lastName].filter(Boolean).join(' ') || 'A contact')
  const company = [text(contact, 'org.title'), text(contact, 'org.company')].filter(Boolean).join(', ')
  const lines: ComponentChildren[] = [
    ...list(contact, 'phones').map((phone) => text(phone, 'phone')),
    ...list(contact, 'emails').map((email) => text(email, 'email')),
    ...list(contact, 'urls').map((url) => {
      const to = text(url, 'url')
      return to && <Link to={to}>{to}</Link>
    }),
    ...list(contact, 'addresses').map((address) =>
      ['street', 'zip', 'city', 'country'].flatMap((part) => text(address, part) ?? []).join(', '),
    ),
  ].filter(Boolean)
  return (
    <div class="card contact">
      <span class="card-icon round">
        <Icon name="contact" size={22} />
      </span>
      <span class="card-text">
        <span class="card-title">{name}</span>
        {company && <span class="muted">{company}</span>}
        {lines.map((line, index) => (
          <span key={index}>{line}</span>
        ))}
      </span>
    </div>
  )
}

const LONG = 1200

/** A text; the end of a very long one is shown on demand. */
export function Body({ text: whole, mark }: { text: string; mark: string }) {
  if (whole.length <= LONG) {
    return (
      <p class="text">
        <Formatted text={whole} mark={mark} />
      </p>
    )
  }
  return (
    <details class="long">
      <summary>
        <p class="text">
          <Formatted text={`${whole.slice(0, 600)}…`} mark={mark} />
        </p>
        <span class="more">Show all {whole.length.toLocaleString()} characters</span>
      </summary>
      <p class="text">
        <Formatted text={whole} mark={mark} />
      </p>
    </details>
  )
}
