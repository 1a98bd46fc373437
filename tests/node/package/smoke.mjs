// As smoke.cjs, for ES modules. They import what CommonJS requires, by name and as the default export.

import assert from 'node:assert'
import { createRequire } from 'node:module'
import * as namespace from 'linkwa'
import { CallbackReceiver } from 'linkwa/receiver'
import smoke from './smoke.cjs'

const require = createRequire(import.meta.url)
const required = require('linkwa')
const { default: whole, ...linkwa } = namespace
assert.equal(whole, required)
assert.deepEqual(Object.keys(linkwa).sort(), Object.keys(required).sort())
for (const [name, value] of Object.entries(linkwa)) assert.equal(value, required[name], name)
assert.equal(CallbackReceiver, require('linkwa/receiver').CallbackReceiver)
await smoke.main(linkwa)
