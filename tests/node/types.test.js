'use strict'

// The types of messages and requests match core: both have the same fields and words.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { validate } = require('../../node/index.js')
const vectors = require('./request-vectors.js')
const { PACKAGE, compile, ts } = require('./typescript.js')

const { checker, source } = compile(`
import type { FindingCode, LanguageCode, MessageRequest, Severity } from './index.js'
export declare const request: MessageRequest
export declare const language: LanguageCode
export declare const code: FindingCode
export declare const severity: Severity
`)

/** The type of one of the constants above. */
function typeOf(name) {
  const [symbol] = checker.getExportsOfModule(checker.getSymbolAtLocation(source)).filter((s) => s.name === name)
  return checker.getTypeOfSymbol(symbol)
}

const partsOf = (type) => (type.isUnion() ? type.types : [type])
const isNothing = (type) => (type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null | ts.TypeFlags.Never)) !== 0
/** The words of a union of them. */
const wordsOf = (type) => new Set(partsOf(type).map((part) => part.value))

/** The types of a field, without `undefined`. */
function typesOf(property) {
  return partsOf(checker.getTypeOfSymbol(property)).filter((type) => !isNothing(type))
}

const isWord = (types) => types.length > 0 && types.every((type) => type.isStringLiteral())
const isOptional = (property) => (property.flags & ts.SymbolFlags.Optional) !== 0
const fieldsOf = (type) => checker.getPropertiesOfType(type)

/** The values of a type that is a union of string literals. */
const TEXTS = {
  absoluteValidityTime: '2096-03-18T16:49:21Z',
  amount1000: '1000',
  birthday: '1977-02-25',
  code: 'USD',
  destinations: '+46000000001',
  link: 'https://example.com/a',
  source: '+46000000000',
}

/** Sample values of a type, which together have all its fields and all members of its unions. */
function samples(type, name) {
  if (type.isUnion()) return type.types.filter((part) => !isNothing(part)).flatMap((part) => samples(part, name))
  if (type.flags & (ts.TypeFlags.StringLiteral | ts.TypeFlags.NumberLiteral)) return [type.value]
  if (type.flags & ts.TypeFlags.BooleanLiteral) return [checker.typeToString(type) === 'true']
  if (type.flags & ts.TypeFlags.String) return [TEXTS[name] ?? '1']
  if (type.flags & ts.TypeFlags.Number) return [1]
  if (type.isIntersection()) return samples(type.types[0], name)
  if (checker.isTupleType(type)) {
    const items = checker.getTypeArguments(type).map((item) => samples(item, name))
    return [items.map(([first]) => first)]
  }
  if (checker.isArrayType(type)) {
    const items = checker.getTypeArguments(type).flatMap((item) => samples(item, name))
    // For a second medium in a list core reports nothing else, so each sample has one.
    return name === 'parameters' ? items.map((item) => [item]) : [items]
  }
  assert.ok(type.flags & ts.TypeFlags.Object, `${name}: ${checker.typeToString(type)}`)
  if (checker.getIndexInfoOfType(type, ts.IndexKind.String)) return [{ a: 'b' }]
  return objects(type)
}

/** A few of the languages are enough. */
const some = (types) => (types.length > 20 ? types.slice(-2) : types)

function objects(type) {
  const fields = fieldsOf(type)
    .map((field) => [field.name, some(typesOf(field)).flatMap((part) => samples(part, field.name))])
    .filter(([, values]) => values.length > 0)
  const count = Math.max(...fields.map(([, values]) => values.length))
  const object = (index) => Object.fromEntries(fields.map(([name, values]) => [name, values[index % values.length]]))
  return Array.from({ length: count }, (_, index) => object(index))
}

/** The member of a union to which a value belongs. */
function memberOf(types, value) {
  const fits = (type) =>
    fieldsOf(type).every((field) => {
      const types = typesOf(field)
      if (!(field.name in value)) return isOptional(field)
      return types.length > 0 && (!isWord(types) || types.some((part) => part.value === value[field.name]))
    })
  const found = types.filter(fits)
  assert.equal(found.length, 1, JSON.stringify(value))
  return found[0]
}

/** Calls `visit` for each object in a sample with its type, and with the union that it belongs to. */
function walk(types, value, at, visit) {
  if (Array.isArray(value)) {
    const lists = types.filter((type) => checker.isArrayType(type) || checker.isTupleType(type))
    const items = lists.flatMap((type) => checker.getTypeArguments(type)).flatMap(partsOf)
    for (const [index, item] of value.entries()) walk(items, item, `${at}[${index}]`, visit)
  } else if (typeof value === 'object') {
    const type = memberOf(types, value)
    if (checker.getIndexInfoOfType(type, ts.IndexKind.String)) return
    visit(value, type, at, types)
    for (const field of fieldsOf(type)) {
      if (field.name in value) walk(typesOf(field), value[field.name], at ? `${at}.${field.name}` : field.name, visit)
    }
  }
}

const requests = samples(typeOf('request'), 'request')

/** Calls `visit` for each object of each sample. `visit` may change the object, but must undo the change. */
function visitAll(visit) {
  let count = 0
  for (const request of requests) {
    walk([typeOf('request')], request, '', (object, type, at, types) => {
      count += 1
      visit({ at, object, request, type, types })
    })
  }
  assert.ok(count > 50)
}

/** Core's findings at this path if a field of the object has another value; `undefined` removes the field. */
function changed(request, object, name, value) {
  const had = Object.getOwnPropertyDescriptor(object, name)
  object[name] = value
  try {
    return validate(request, { extensions: true })
  } finally {
    delete object[name]
    if (had) Object.defineProperty(object, name, had)
  }
}

const inside = (at, name) => (at === '' ? name : `${at}.${name}`)
const messageAt = (findings, at, code) => findings.find((f) => f.path === at && f.code === code)?.message

test('every field and word of the types is known to the core', () => {
  // Ignores findings about several media in a list, text beside media, and repeated button indexes.
  const strange = new Set(['required', 'wrong_type', 'unknown_field', 'unknown_type', 'unknown_value', 'incomplete'])
  for (const request of requests) {
    const findings = validate(request, { extensions: true }).filter(({ code }) => strange.has(code))
    assert.deepEqual(findings, [], JSON.stringify(request))
  }
})

test('every field that the core knows is in the types', () => {
  visitAll(({ at, object, request, type }) => {
    const message = messageAt(changed(request, object, 'zzzzzzzzzz', 1), inside(at, 'zzzzzzzzzz'), 'unknown_field')
    const [, known] = /; the fields are (.*)$/.exec(message)
    assert.deepEqual(new Set(fieldsOf(type).map((field) => field.name)), new Set(known.split(', ')), at)
  })
})

test('a field may be left out where the core says so', () => {
  visitAll(({ at, object, request, type }) => {
    for (const field of fieldsOf(type)) {
      if (!(field.name in object)) continue
      const place = inside(at, field.name)
      for (const absent of [undefined, null]) {
        const findings = changed(request, object, field.name, absent)
        const isNeeded = findings.some(
          ({ path, code }) => (path === place && code === 'required') || code === 'incomplete',
        )
        assert.equal(isNeeded, !isOptional(field), place)
      }
    }
  })
})

test('every type that the core knows is in the types', () => {
  const parameters = new Set()
  let parametersOfCore
  visitAll(({ at, object, request, types }) => {
    const tags = types.flatMap((type) => fieldsOf(type).filter((field) => field.name === 'type'))
    const words = new Set(tags.flatMap((tag) => typesOf(tag)).map((type) => type.value))
    if (words.size === 0 || words.has(undefined)) return
    const isInteractive = /interactive(\.action\.buttons\[\d+\])?$/.test(at)
    const code = isInteractive ? 'unknown_value' : 'unknown_type'
    const message = messageAt(changed(request, object, 'type', 'zzzzzzzzzz'), `${at}.type`, code)
    const known = new Set(/(?:; the types are|must be) (.*)$/.exec(message)[1].replaceAll('`', '').split(', '))
    if (!at.includes('parameters') && !at.endsWith('.header')) {
      assert.deepEqual(words, known, at)
      return
    }
    for (const word of words) parameters.add(word)
    parametersOfCore = known
    const other = [...known].find((word) => !words.has(word))
    const taken = messageAt(changed(request, object, 'type', other), at, 'not_allowed')
    assert.deepEqual(words, new Set(/, only (.*)$/.exec(taken)[1].split(', ')), at)
  })
  assert.deepEqual(parameters, parametersOfCore)
})

test('every word that the core knows is in the types', () => {
  let count = 0
  visitAll(({ at, object, request, types }) => {
    for (const name of ['priority', 'subType']) {
      if (!(name in object)) continue
      count += 1
      const message = messageAt(changed(request, object, name, 'zzzzzzzzzz'), inside(at, name), 'unknown_value')
      const known = /^must be (.*)$/
        .exec(message)[1]
        .match(/\w+/g)
        .filter((word) => word !== 'or')
      const fields = types.flatMap((type) => fieldsOf(type).filter((field) => field.name === name))
      assert.deepEqual(new Set(fields.flatMap(typesOf).map((type) => type.value)), new Set(known), at)
    }
  })
  assert.ok(count >= 4)
})

test('the type of languages has exactly those without a warning', () => {
  const { given } = vectors.find(({ id }) => id === 'languages-all-68')
  const codes = JSON.parse(given).messages.map(({ template }) => template.language.code)
  assert.equal(codes.length, 68)
  assert.deepEqual(wordsOf(typeOf('language')), new Set(codes))
})

test('the codes of findings are those of the core, with their severities', () => {
  const core = fs.readFileSync(path.join(PACKAGE, '..', 'core', 'src', 'finding.rs'), 'utf8')
  const known = [...core.matchAll(/^ {4}\w+ = "(\w+)", (Error|Warning);$/gm)]
  assert.ok(known.length > 20)
  assert.deepEqual(wordsOf(typeOf('code')), new Set(known.map(([, code]) => code)))
  assert.deepEqual(wordsOf(typeOf('severity')), new Set(known.map(([, , severity]) => severity.toLowerCase())))
  const types = fs.readFileSync(path.join(PACKAGE, 'types', 'message.d.ts'), 'utf8')
  const documented = [...types.matchAll(/\*\s+An? (error|warning): (?:(?!\*\/).)*\*\/\n {2}\| '(\w+)'/gs)]
  const severities = (pairs) => Object.fromEntries(pairs)
  assert.deepEqual(
    severities(documented.map(([, severity, code]) => [code, severity])),
    severities(known.map(([, code, severity]) => [code, severity.toLowerCase()])),
  )
})

/** The ids of the vectors that the compiler does not accept as a MessageRequest, with its errors. */
function refused(chosen) {
  const literal = (given) => JSON.stringify(JSON.parse(given)).replace(/[\u2028\u2029]/g, ' ')
  const lines = chosen.map(({ given }, index) => `export const v${index}: MessageRequest = ${literal(given)}`)
  const { errors } = compile(["import type { MessageRequest } from './index.js'", ...lines].join('\n'))
  return new Map(errors().map(({ line, message }) => [chosen[line - 1]?.id, message]))
}

test('the compiler accepts what core accepts', () => {
  // An unknown name whose value is null.
  const stricter = [
    'audio-null-caption',
    'header-null-index',
    'nulls-dropped-everywhere',
    'parameter-null-payload-beside-text',
    'preview-null-beside-image',
    'text-with-null-image',
    'unknown-field-null',
  ]
  const found = refused(vectors.filter(({ isValid }) => isValid))
  assert.deepEqual([...found.keys()].sort(), stricter, JSON.stringify([...found]))
})

test('the compiler refuses what core refuses for its shape', () => {
  const shape = new Set([
    'required',
    'wrong_type',
    'unknown_field',
    'unknown_type',
    'unknown_value',
    'not_allowed',
    'incomplete',
  ])
  const isShape = ({ code, severity }) => severity === 'warning' || shape.has(code)
  const chosen = vectors.filter(({ isJson, isValid, findings }) => isJson && !isValid && findings.every(isShape))
  assert.ok(chosen.length > 100)
  const found = refused(chosen)
  // Two media among the parameters, a name without any of its parts, sections of which one has no title, and what needs a namespace
  // only without extensions.
  const laxer = [
    'header-two-images',
    'header-three-media',
    'name-formatted-alone',
    'name-formatted-and-null',
    'template-without-namespace-without-the-switch',
    'template-null-namespace',
    'interactive-first-of-two-without-title',
    'template-no-namespace',
  ]
  assert.deepEqual(
    chosen.map(({ id }) => id).filter((id) => !found.has(id)),
    laxer,
  )
})
