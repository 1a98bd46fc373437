// As smoke.cjs, for ES modules; what they import is what CommonJS requires.

import assert from 'node:assert'
import { createRequire } from 'node:module'
import * as linkwa from 'linkwa'
import smoke from './smoke.cjs'

const required = createRequire(import.meta.url)('linkwa')
assert.deepEqual(Object.keys(linkwa).sort(), Object.keys(required).sort())
for (const [name, value] of Object.entries(linkwa)) assert.equal(value, required[name], name)
await smoke.main(linkwa)
