-- The five questions in the best ClickHouse SQL known to us; what each asks: ../behaviour.h. 604800000 is a week in ms,
-- 2592000000 are 30 days.

-- name: funnel.window_funnel
SELECT level, count() FROM (
  SELECT windowFunnel(604800000)(at_ms, kind = 3, kind = 4, kind = 5, kind = 6) AS level
  FROM {events} WHERE kind IN (3, 4, 5, 6) GROUP BY person)
WHERE level > 0 GROUP BY level
-- name: funnel.window_funnel_in_order
SELECT level, count() FROM (
  SELECT windowFunnel(604800000)(at_ms, kind = 3, kind = 4, kind = 5, kind = 6) AS level
  FROM {events} WHERE kind IN (3, 4, 5, 6) GROUP BY person SETTINGS optimize_aggregation_in_order = 1)
WHERE level > 0 GROUP BY level

-- name: retention.bits
SELECT arr[1] AS c, arrayJoin(arr) - c AS k, count() FROM (
  SELECT bitPositionsToArray(groupBitOr(bitShiftLeft(toUInt32(1), intDiv(at_ms - {t0}, 604800000)))) AS arr
  FROM {events} WHERE kind = 6 GROUP BY person)
WHERE k <= 12 GROUP BY c, k
-- name: retention.bits_in_order
SELECT arr[1] AS c, arrayJoin(arr) - c AS k, count() FROM (
  SELECT bitPositionsToArray(groupBitOr(bitShiftLeft(toUInt32(1), intDiv(at_ms - {t0}, 604800000)))) AS arr
  FROM {events} WHERE kind = 6 GROUP BY person SETTINGS optimize_aggregation_in_order = 1)
WHERE k <= 12 GROUP BY c, k

-- name: segment.in_sets
SELECT count() FROM (
  SELECT person FROM {events} WHERE at_ms >= {now-30d} AND kind IN (6, 8)
    AND person IN (SELECT person FROM tags WHERE tag = 1) AND person NOT IN (SELECT person FROM tags WHERE tag = 2)
  GROUP BY person HAVING countIf(kind = 6) >= 2 AND sumIf(amount_fen, kind = 6) >= 20000
    AND countIf(kind = 8 AND at_ms >= {now-14d}) = 0)
-- name: segment.bitmaps
WITH (SELECT bitmapAndnot((SELECT groupBitmapMergeState(bits) FROM tag_bits WHERE tag = 1),
                          (SELECT groupBitmapMergeState(bits) FROM tag_bits WHERE tag = 2))) AS tagged
SELECT count() FROM (
  SELECT person FROM {events} WHERE at_ms >= {now-30d} AND kind IN (6, 8) AND bitmapContains(tagged, person)
  GROUP BY person HAVING countIf(kind = 6) >= 2 AND sumIf(amount_fen, kind = 6) >= 20000
    AND countIf(kind = 8 AND at_ms >= {now-14d}) = 0)
-- name: segment.tags_last
SELECT count() FROM (
  SELECT person FROM {events} WHERE at_ms >= {now-30d} AND kind IN (6, 8)
  GROUP BY person HAVING countIf(kind = 6) >= 2 AND sumIf(amount_fen, kind = 6) >= 20000
    AND countIf(kind = 8 AND at_ms >= {now-14d}) = 0)
WHERE person IN (SELECT person FROM tags WHERE tag = 1) AND person NOT IN (SELECT person FROM tags WHERE tag = 2)
-- name: segment.payments_first
SELECT count() FROM (
  SELECT person FROM {events} WHERE kind = 6 AND at_ms >= {now-30d}
  GROUP BY person HAVING count() >= 2 AND sum(amount_fen) >= 20000)
WHERE person IN (SELECT person FROM tags WHERE tag = 1) AND person NOT IN (SELECT person FROM tags WHERE tag = 2)
  AND person NOT IN (SELECT person FROM {events} WHERE kind = 8 AND at_ms >= {now-14d})

-- name: rfm.ranks
SELECT R, F, M, count(), sum(m) FROM (
  SELECT m, 1 + intDiv(5 * (rank() OVER (ORDER BY l) - 1), count() OVER ()) AS R,
    1 + intDiv(5 * (rank() OVER (ORDER BY f) - 1), count() OVER ()) AS F,
    1 + intDiv(5 * (rank() OVER (ORDER BY m) - 1), count() OVER ()) AS M
  FROM (SELECT max(at_ms) AS l, count() AS f, sum(amount_fen) AS m FROM {events} WHERE kind = 6 GROUP BY person))
GROUP BY R, F, M
-- name: rfm.thresholds
WITH a AS (SELECT max(at_ms) AS l, count() AS f, sum(amount_fen) AS m FROM {events} WHERE kind = 6 GROUP BY person),
  (SELECT (arrayMap(i -> ls[i], ix), arrayMap(i -> fs[i], ix), arrayMap(i -> ms[i], ix)) FROM (
     SELECT arraySort(groupArray(l)) AS ls, arraySort(groupArray(f)) AS fs, arraySort(groupArray(m)) AS ms,
       arrayMap(j -> intDiv(j * count() + 4, 5), [1, 2, 3, 4]) AS ix FROM a)) AS t
SELECT 1 + (l > t.1[1]) + (l > t.1[2]) + (l > t.1[3]) + (l > t.1[4]) AS R, 1 + (f > t.2[1]) + (f > t.2[2]) + (f > t.2[3]) + (f > t.2[4]) AS F,
  1 + (m > t.3[1]) + (m > t.3[2]) + (m > t.3[3]) + (m > t.3[4]) AS M, count(), sum(m)
FROM a GROUP BY R, F, M

-- name: first_touch.asof
SELECT if(t.at_ms > 0 AND t.at_ms <= p.at_ms, t.channel, 0) AS ch, count(), sum(p.amount_fen)
FROM (SELECT person, at_ms, toUInt64(at_ms - 2592000000) AS from_ms, amount_fen FROM {events}
      WHERE kind = 6 AND at_ms >= {now-30d}) AS p
ASOF LEFT JOIN (SELECT person, at_ms, channel FROM {events} WHERE kind = 1 AND at_ms >= {now-60d}) AS t
  ON p.person = t.person AND p.from_ms <= t.at_ms
GROUP BY ch
-- name: first_touch.arrays
SELECT ch, count(), sum(fen) FROM (
  SELECT arrayJoin(payments) AS p, p.2 AS fen, arrayFirst(t -> t.1 >= p.1 - 2592000000, touches) AS first,
    if(first.1 > 0 AND first.1 <= p.1, first.2, 0) AS ch
  FROM (SELECT arraySort(groupArrayIf((at_ms, channel), kind = 1)) AS touches,
          groupArrayIf((at_ms, amount_fen), kind = 6 AND at_ms >= {now-30d}) AS payments
        FROM {events} WHERE kind IN (1, 6) AND at_ms >= {now-60d} GROUP BY person HAVING notEmpty(payments)))
GROUP BY ch
