// What the bundlers bundle: sends a text to the gateway of the environment, and prints what its event reports say.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { CallbackGuard, newRefId, sendText } from 'linkwa'
import { CallbackReceiver } from 'linkwa/receiver'

async function main() {
  const refId = newRefId()
  const statuses = []
  const guard = new CallbackGuard({ ranges: ['127.0.0.1'] })
  const server = createServer()
  const delivered = new Promise((resolve) => {
    const receiver = new CallbackReceiver(
      (report) => {
        statuses.push(report.status)
        if (report.status === 'delivered') resolve()
      },
      { guard },
    )
    server.on('request', receiver.node)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const gate = { id: refId, url: `http://127.0.0.1:${server.address().port}/` }
  const added = await fetch(`${process.env.CONTROL_URL}/gates`, { method: 'POST', body: JSON.stringify(gate) })
  if (!added.ok) throw new Error(await added.text())

  await sendText('+46000000001', 'Hello', { refId, eventReportGates: [refId] })
  await delivered
  server.close()
  server.closeAllConnections()
  console.log(JSON.stringify({ refId, statuses }))
}

/** The development server of Vite waits for it. */
export const done = main()
