// The first message: sends a text and says what is known about it.
//
//     npm install linkwa
//     node first-message.mts [NUMBER [TEXT]]
//
// Node 22.18 or newer runs TypeScript directly. For an older one, and to have the types checked, compile it first:
//
//     npm install --save-dev typescript @types/node
//     npx tsc --strict --module nodenext --target es2022 first-message.mts
//     node first-message.mjs [NUMBER [TEXT]]
//
// The environment selects the gateway and the account: LINKWA_REGION or LINKWA_BASE_URL, LINKWA_USERNAME, LINKWA_PASSWORD,
// LINKWA_PLATFORM_ID, LINKWA_PLATFORM_PARTNER_ID, LINKWA_SOURCE.

import { LinkwaError, newRefId, sendText } from 'linkwa'

/** What the person who runs the program does next. */
const next = { nothing: 0, fix: 1, reconcile: 2, runAgain: 3 }

async function main(to = '+46000000001', text = 'Hello'): Promise<number> {
  const refId = newRefId() // a program that must survive a crash stores this before it sends
  try {
    const sent = await sendText(to, text, { refId })
    console.log(`accepted: refId ${sent.refId}`)
    for (const messageId of sent.messageIds) console.log(`message id ${messageId}`)
    return next.nothing
  } catch (error) {
    if (!(error instanceof LinkwaError)) throw error
    console.error(error.message)
    if (error.outcome === 'unknown') {
      // It may have been accepted. Sending it again now could send it twice.
      console.error(`Do not send it again before you have looked for the event report of ${refId}.`)
      return next.reconcile
    }
    // `not_sent`: nothing left this machine, and what was in the way may be gone the next time. Otherwise it is a configuration that
    // cannot work, a message that is invalid, or one that the gateway refused.
    return error.code === 'not_sent' ? next.runAgain : next.fix
  }
}

const [to, text] = process.argv.slice(2)
process.exitCode = await main(to, text)
