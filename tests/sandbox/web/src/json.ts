// Reading JSON whose shape is not certain: a message that a user wrote can be anything.

/** The value at a path such as `text.body` or `contacts.0.name`, or undefined. */
export function at(value: unknown, path: string): unknown {
  let here = value
  for (const name of path.split('.')) {
    if (typeof here !== 'object' || here === null) return undefined
    here = (here as Record<string, unknown>)[name]
  }
  return here
}

/** The text at the first of these paths that has one; numbers count as text. */
export function text(value: unknown, ...paths: string[]): string | undefined {
  for (const path of paths) {
    const found = at(value, path)
    if (typeof found === 'string' && found !== '') return found
    if (typeof found === 'number') return String(found)
  }
  return undefined
}

export function list(value: unknown, path: string): unknown[] {
  const found = at(value, path)
  return Array.isArray(found) ? found : []
}

/** The JSON in a text, or undefined. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** JSON over several lines. A text keeps its numbers and its order as they are written; one that is no JSON stays as it is. */
export function pretty(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value, null, 2) ?? ''
  return parsed(value) === undefined ? value : indented(value)
}

function indented(json: string): string {
  let depth = 0
  const line = () => `\n${'  '.repeat(depth)}`
  const tokens = json.match(/"(?:[^"\\]|\\.)*"|[{[]\s*[}\]]|[{}[\],:]|[^\s{}[\],:"]+/g) ?? []
  const shown = tokens.map((token) => {
    switch (token) {
      case '{':
      case '[':
        depth += 1
        return token + line()
      case '}':
      case ']':
        depth -= 1
        return line() + token
      case ',':
        return token + line()
      case ':':
        return ': '
      default:
        return /^[{[]/.test(token) ? token.replace(/\s/g, '') : token
    }
  })
  return shown.join('')
}
