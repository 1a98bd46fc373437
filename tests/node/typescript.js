'use strict'

// Runs TypeScript on texts that are not files.

const { createRequire } = require('node:module')
const path = require('node:path')

const PACKAGE = path.join(__dirname, '..', '..', 'node')
const load = createRequire(path.join(PACKAGE, 'package.json'))
const ts = load('typescript')
/** The oldest version that the types support. */
const oldest = load('typescript-5.2')

const OPTIONS = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipDefaultLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.Node16,
  moduleResolution: ts.ModuleResolutionKind.Node16,
  types: ['node'],
  typeRoots: [path.join(PACKAGE, 'node_modules', '@types')],
}

// Parsed files by compiler options. Programs with the same options share them, because they write into them.
const parsed = new Map()

/** Makes a program of one text, as if it were a file beside those of the package. Only the text is checked; `errorsOf` checks all. */
function compile(text, options = {}) {
  const file = path.join(PACKAGE, 'of-a-test.mts')
  const all = { ...OPTIONS, skipLibCheck: true, ...options }
  const host = ts.createCompilerHost(all)
  const key = JSON.stringify(all)
  if (!parsed.has(key)) parsed.set(key, new Map())
  const known = parsed.get(key)
  const { fileExists, getSourceFile, readFile } = host
  host.fileExists = (name) => name === file || fileExists(name)
  host.readFile = (name) => (name === file ? text : readFile(name))
  host.getSourceFile = (name, ...rest) => {
    if (name === file) return ts.createSourceFile(name, text, ...rest)
    if (!known.has(name)) known.set(name, getSourceFile(name, ...rest))
    return known.get(name)
  }
  const program = ts.createProgram([file], all, host)
  return { checker: program.getTypeChecker(), errors: () => complaints(program), source: program.getSourceFile(file) }
}

/** The errors of a compiler in files. */
function errorsOf(files, options, compiler = ts) {
  return complaints(compiler.createProgram(files, { ...OPTIONS, ...options }), compiler)
}

/** The file, the line from 0, and the message. */
function complaints(program, compiler = ts) {
  return compiler.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => ({
    file: file && path.basename(file.fileName),
    line: file?.getLineAndCharacterOfPosition(start).line,
    message: compiler.flattenDiagnosticMessageText(messageText, '\n'),
  }))
}

module.exports = { PACKAGE, compile, errorsOf, oldest, ts }
