import { sendText } from 'linkwa'

export const POST = async (request) => Response.json(await sendText('+46000000001', 'Hello', await request.json()))
