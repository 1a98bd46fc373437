// What goes wrong with the next message.

import { signal } from '@preact/signals'
import { api, type QueuedScenario, type Scenario } from '../api.ts'
import { number } from '../format.ts'
import { Icon } from '../icons.tsx'
import { status } from '../state/live.ts'
import { done, failed } from '../state/notices.ts'
import { Menu } from './dialog.tsx'

const known = signal<Scenario[]>([])
const queue = signal<QueuedScenario[]>([])

async function load() {
  try {
    const found = await api.scenarios()
    known.value = found.scenarios
    queue.value = found.queue
  } catch (error) {
    failed(error)
  }
}

async function add(order: { digits?: string; latencyMs?: [number, number] }, to: string | undefined) {
  try {
    await api.queueScenario({ ...order, ...(to === undefined ? {} : { to }) })
    done('It applies to the next valid request.')
    await load()
  } catch (error) {
    failed(error)
  }
}

async function clear() {
  try {
    await api.clearScenarios()
    await load()
  } catch (error) {
    failed(error)
  }
}

const SLOW = [500, 2000, 10_000, 30_000]
const seconds = (ms: number) => `${(ms / 1000).toLocaleString()} s`

/** A menu: the next request, or the next one to a number, meets a scenario. */
export function NextMessage({ to }: { to?: string }) {
  const waiting = status.value?.scenarioQueue ?? 0
  const text = to === undefined && waiting > 0 ? `Next message (${waiting})` : 'Next message'
  const groups = [
    { title: 'The answer', scenarios: known.value.filter(({ digits }) => !digits.startsWith('3')) },
    { title: 'The reports', scenarios: known.value.filter(({ digits }) => digits.startsWith('3')) },
  ]
  const label = to === undefined ? 'What happens to the next message' : `What happens to the next message to ${to}`
  return (
    <Menu
      icon="bolt"
      label={label}
      text={to === undefined ? text : undefined}
      class="scenarios"
      onOpen={() => void load()}
    >
      <p class="menu-title">{to === undefined ? 'The next valid request …' : `The next request to ${number(to)} …`}</p>
      {queue.value.length > 0 && (
        <div class="queue">
          {queue.value.slice(0, 5).map((next, index) => (
            <span key={index} class="muted">
              {index + 1}. {next.digits ?? ''} {next.latencyMs ? `after ${seconds(next.latencyMs[0])}` : ''}{' '}
              {next.to ? `to ${number(next.to)}` : ''}
            </span>
          ))}
          {queue.value.length > 5 && <span class="muted">… and {queue.value.length - 5} more</span>}
          <button type="button" class="quiet" onClick={() => void clear()}>
            Take them back
          </button>
        </div>
      )}
      {groups.map(({ title, scenarios }) => (
        <section key={title} aria-label={title}>
          <p class="menu-heading">{title}</p>
          {scenarios.map(({ digits, what }) => (
            <button key={digits} type="button" data-closes onClick={() => void add({ digits }, to)}>
              <span class="chip">{digits}</span> {what}
            </button>
          ))}
        </section>
      ))}
      <section aria-label="Slow">
        <p class="menu-heading">Slow</p>
        <div class="slow">
          {SLOW.map((ms) => (
            <button key={ms} type="button" data-closes onClick={() => void add({ latencyMs: [ms, ms] }, to)}>
              <Icon name="clock" size={16} /> {seconds(ms)}
            </button>
          ))}
        </div>
      </section>
    </Menu>
  )
}
