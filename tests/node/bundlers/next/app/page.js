import { describeResultCode } from 'linkwa'

export const dynamic = 'force-dynamic'

/** A server component. */
export default function Page() {
  return <p>{describeResultCode(112003).name}</p>
}
