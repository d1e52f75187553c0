import { expect, test } from 'vitest'
import { Echo } from '../../../components/echo.ts'

test('Echo returns the data of its context', () => {
  expect(new Echo().execute({ service_id: 'echo', data: { a: [1] } })).toEqual({ echo: { a: [1] } })
})
