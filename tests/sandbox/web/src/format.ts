// Times, numbers and names as people read them.

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hour12: false })
const exactClock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hour12: false,
})
const dayAndMonth = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' })
const shortDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })

const startOfDay = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
const daysAgo = (date: Date) => Math.round((startOfDay(new Date()) - startOfDay(date)) / 86_400_000)

export const time = (at: string) => clock.format(new Date(at))
export const exactTime = (at: string) => exactClock.format(new Date(at))
export const sameDay = (a: string, b: string) => startOfDay(new Date(a)) === startOfDay(new Date(b))

export function day(at: string): string {
  const date = new Date(at)
  const days = daysAgo(date)
  return days === 0 ? 'Today' : days === 1 ? 'Yesterday' : dayAndMonth.format(date)
}

/** A time in a list: the clock today, else the day. */
export function when(at: string): string {
  const date = new Date(at)
  const days = daysAgo(date)
  return days === 0 ? clock.format(date) : days === 1 ? 'Yesterday' : shortDay.format(date)
}

export function moment(at: string): string {
  const days = daysAgo(new Date(at))
  return days === 0
    ? `${time(at)} today`
    : days === -1
      ? `${time(at)} tomorrow`
      : `${time(at)} on ${shortDay.format(new Date(at))}`
}

/** What is left until a time: `23 h 59 min`. */
export function left(until: string): string {
  const minutes = Math.max(0, Math.floor((new Date(until).getTime() - Date.now()) / 60_000))
  const hours = Math.floor(minutes / 60)
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`
}

/** `+46000000001` as `+46 000 000 001`; other ids as they are. */
export function number(of: string): string {
  const digits = /^(\+?)(\d{2})(\d{5,13})$/.exec(of)
  if (!digits) return of
  const [, plus = '', country = '', rest = ''] = digits
  const first = rest.length % 3 === 0 ? 3 : rest.length % 3
  return `${plus}${country} ${rest.slice(0, first)}${rest.slice(first).replace(/\d{3}/g, ' $&')}`
}

export const count = (of: number, one: string, many: string) => `${of.toLocaleString()} ${of === 1 ? one : many}`

const CODES: Record<number, string> = {
  112000: 'unknown error',
  112001: 'queued',
  112002: 'sent',
  112003: 'delivered',
  112004: 'ok',
  112005: 'received',
  112006: 'sent by WhatsApp',
  112007: 'read',
  112008: 'deleted',
  112400: 'unauthorized',
  112401: 'no access',
  112402: 'bad request',
  112403: 'not delivered',
  112404: 'invalid contact',
  112405: 'failed authentication',
  112406: 'failed WA request',
  112500: 'server error',
}

export const codeName = (code: number) => CODES[code] ?? 'another code'
