// The requests that the sandbox did not accept, newest first.

import { signal } from '@preact/signals'
import { api, type ReceivedRequest } from '../api.ts'
import { failed } from './notices.ts'

const PAGE = 100
const MOST = 1000

export const refused = signal<readonly ReceivedRequest[]>([])
export const moreRefused = signal(false)
export const refusedLoaded = signal(false)

export async function loadRefused() {
  try {
    const page = await api.refused({ newest: true, limit: PAGE })
    refused.value = page.requests.reverse()
    moreRefused.value = page.more
    refusedLoaded.value = true
  } catch (error) {
    failed(error)
  }
}

export async function loadMoreRefused() {
  const oldest = refused.value.at(-1)
  if (!oldest) return
  try {
    const page = await api.refused({ newest: true, limit: PAGE, before: oldest.id })
    moreRefused.value = page.more
    refused.value = [...refused.value, ...page.requests.reverse()]
  } catch (error) {
    failed(error)
  }
}

export function noteRefused(requests: readonly ReceivedRequest[]) {
  const byId = new Map(refused.value.map((request) => [request.id, request]))
  for (const request of requests) byId.set(request.id, request)
  const sorted = [...byId.values()].sort((a, b) => b.id - a.id)
  if (sorted.length > MOST) moreRefused.value = true
  refused.value = sorted.slice(0, MOST)
}

export function forgetRefused() {
  refused.value = []
  moreRefused.value = false
}
