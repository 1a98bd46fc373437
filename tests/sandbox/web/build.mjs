// Builds the page into dist/, which is committed: node build.mjs. With --check it only compares, and fails if dist/ is stale.

import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))

const licenses = await Promise.all(
  ['preact', '@preact/signals'].map(async (name) => {
    const { version } = JSON.parse(await readFile(here(`node_modules/${name}/package.json`), 'utf8'))
    return `${name} ${version}\n${(await readFile(here(`node_modules/${name}/LICENSE`), 'utf8')).trim()}`
  }),
)

const built = await build({
  entryPoints: { app: here('src/main.tsx') },
  absWorkingDir: here('.'),
  outdir: here('dist'),
  bundle: true,
  write: false,
  minify: true,
  format: 'esm',
  target: ['es2022'],
  charset: 'utf8',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  logLevel: 'warning',
  banner: { js: `/*\n${licenses.join('\n\n')}\n*/` },
})

const files = [
  { path: here('dist/index.html'), contents: await readFile(here('src/index.html')) },
  ...built.outputFiles.map(({ path, contents }) => ({ path, contents: Buffer.from(contents) })),
]

const stale = []
for (const { path, contents } of files) {
  const old = await readFile(path).catch(() => null)
  if (old?.equals(contents)) continue
  stale.push(path)
  if (!process.argv.includes('--check')) await writeFile(path, contents)
}

if (process.argv.includes('--check') && stale.length > 0) {
  console.error(`Stale: ${stale.join(', ')}. Run tests/sandbox/web/run build, and commit what it writes.`)
  process.exitCode = 1
}
for (const { path, contents } of files) console.log(`${path.split('/').pop()}: ${contents.length} bytes`)
