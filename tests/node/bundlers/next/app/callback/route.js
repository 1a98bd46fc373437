import { CallbackGuard } from 'linkwa'
import { CallbackReceiver } from 'linkwa/receiver'

const reports = []
const guard = new CallbackGuard({ ranges: ['127.0.0.1'] })
const receiver = new CallbackReceiver(({ refId, status }) => reports.push({ refId, status }), { guard })

export const POST = (request) => receiver.fetch(request, { peer: '127.0.0.1' })
export const GET = () => Response.json(reports)
