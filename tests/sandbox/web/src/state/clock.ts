// The time, for what changes as time passes.

import { signal } from '@preact/signals'

export const now = signal(Date.now())

setInterval(() => {
  now.value = Date.now()
}, 15_000)
